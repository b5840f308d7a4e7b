"""The sandbox's own clock, which a test can move: tokens end and quotas renew without anybody waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadmetrics_pipelines.kit.clock import Clock


class MovedClock:
    """Another clock, so many seconds ahead."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._base.sleep(seconds)

    def advance(self, seconds: float) -> datetime:
        """Move it on (or back); the instant it shows now."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()

    def set_right(self) -> None:
        """Show the time again."""
        self._ahead = timedelta()
