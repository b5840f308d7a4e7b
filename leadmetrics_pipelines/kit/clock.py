"""Time, as an argument. The only module that asks the machine what time it is, or waits.

All instants are aware and in UTC; a tenant's time zone is applied where people see or choose a time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time and can wait."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class FixedClock:
    """A clock that stands still until it is told to move; waiting moves it."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds)

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        """Move the clock forward."""
        self.at += timedelta(seconds=seconds, days=days)
