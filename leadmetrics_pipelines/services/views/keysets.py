"""Places in a long list: an instant and an id, written as one short text for addresses.

Paging by place costs the same on page 1,000 as on page 1, and does not shift when rows come or go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from leadmetrics_pipelines.errors import InvalidInput


@dataclass(frozen=True)
class Place:
    """The row after (or before) which to go on. `at` is UTC with microseconds, as Postgres keeps it."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        micros = (self.at - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
        return f"{micros:x}-{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what `str` wrote, else raise InvalidInput."""
        micros, _, identity = text.partition("-")
        try:
            return cls(datetime(1970, 1, 1, tzinfo=UTC) + int(micros, 16) * _MICROSECOND, UUID(identity))
        except (ValueError, OverflowError):
            msg = "This address names no place in the list. Open the list from its beginning."
            raise InvalidInput(msg, field="after") from None


_MICROSECOND = datetime.resolution
