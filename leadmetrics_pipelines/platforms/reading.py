"""What platforms tell of an account: daily figures, and the facts that a health score is made of.

Reads only. A value that a platform does not tell is None, never 0: unknown stays unknown on its whole way to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class DailyFigure:
    """One figure of one day, in the platform's own time zone."""

    day: date
    metric: str
    """Small letters and underscores: impressions, clicks, followers, sessions, ..."""
    value: float
    dimension: str = ""
    """What the figure is of, where a metric is split: a query, a page, a channel group. Empty: the whole account."""


@dataclass(frozen=True, kw_only=True)
class SnapshotFact:
    """One fact of an account at one instant."""

    name: str
    value: float | bool | str | None
    """None: the platform does not tell, or refused."""
    source: str
    """Where it comes from: the call and field, for people who trace a score."""
    why_unknown: str = ""
    """Filled where the value is None."""


class Reporter(Protocol):
    """One account that is read. Raises the families of `errors.py`; a single missing figure is no error."""

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        """The daily figures of these days, both included; days that the platform has not finished are left out."""
        ...

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        """The facts of the account for that month, up to `today`. Names are listed in the room's `reporter.py`."""
        ...
