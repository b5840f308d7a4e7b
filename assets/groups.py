"""Names that assets share, as constants: a typo must be an error, not a phantom group."""

from __future__ import annotations

from enum import StrEnum

OWNERS = ["team:operators"]


class Group(StrEnum):
    """Groups of assets in the Dagster UI."""

    PLANNING = "planning"
    CONTENT = "content"
