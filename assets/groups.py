"""Names that assets share, as constants: a typo must be an error, not a phantom group."""

from __future__ import annotations

from typing import Final

OWNERS = ["team:operators"]


class Group:
    """Groups of assets in the Dagster UI. Plain strings: Dagster cannot serialise an enum here."""

    PLANNING: Final = "planning"
    CONTENT: Final = "content"
    CHANNELS: Final = "channels"
