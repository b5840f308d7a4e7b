"""Deliverable periods: one deliverable in one month, and how it is doing."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.domain.states import StateMachine, table
from leadmetrics_pipelines.errors import InvalidInput


class PeriodStatus(StrEnum):
    """Where a deliverable period stands."""

    PLANNED = "planned"
    DM_REVIEW = "dm_review"
    CLIENT_PREVIEW = "client_preview"
    ACTIVE = "active"
    COMPLETED = "completed"
    MISSED = "missed"
    REJECTED = "rejected"


class Health(StrEnum):
    """Derived, never stored: will the promise be kept?"""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    COMPLETED = "completed"
    MISSED = "missed"


_S = PeriodStatus

PERIOD = StateMachine(
    "deliverable period",
    table({
        _S.PLANNED: {_S.DM_REVIEW, _S.ACTIVE, _S.MISSED},
        _S.DM_REVIEW: {_S.CLIENT_PREVIEW, _S.ACTIVE, _S.REJECTED},
        _S.CLIENT_PREVIEW: {_S.ACTIVE, _S.REJECTED},
        _S.ACTIVE: {_S.COMPLETED, _S.MISSED},
        # A promise kept late is still kept.
        _S.MISSED: {_S.COMPLETED, _S.ACTIVE},
        _S.COMPLETED: set(),
        _S.REJECTED: {_S.PLANNED},
    }),
)  # fmt: skip

_MONTH = re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month. Its text is `YYYY-MM`; its partition key in Dagster is that text too."""

    first_day: date

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `YYYY-MM` (years 2000 to 2099), else raise InvalidInput."""
        match = _MONTH.fullmatch(text)
        if match is None:
            msg = f"'{text}' is not a month. Write it as YYYY-MM, for example 2026-11."
            raise InvalidInput(msg, field="month")
        return cls(date(int(match["year"]), int(match["month"]), 1))

    @classmethod
    def of(cls, instant: datetime, zone: str = "UTC") -> Month:
        """The month in which the instant lies for somebody in that zone."""
        return cls(instant.astimezone(ZoneInfo(zone)).date().replace(day=1))

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m}"

    @property
    def title(self) -> str:
        """For people, e.g. "November 2026"."""
        return f"{self.first_day:%B %Y}"

    @property
    def last_day(self) -> date:
        """The last day of the month."""
        return self.first_day.replace(day=monthrange(self.first_day.year, self.first_day.month)[1])

    def following(self) -> Month:
        """The month after this one."""
        year, month = divmod(self.first_day.year * 12 + self.first_day.month, 12)
        return Month(date(year, month + 1, 1))

    def preceding(self) -> Month:
        """The month before this one."""
        year, month = divmod(self.first_day.year * 12 + self.first_day.month - 2, 12)
        return Month(date(year, month + 1, 1))

    def starts_at(self, zone: str = "UTC") -> datetime:
        """The instant the month begins in that zone, in UTC."""
        first = self.first_day
        return datetime(first.year, first.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def elapsed(self, instant: datetime, zone: str = "UTC") -> float:
        """The share of the month that has passed, 0.0 to 1.0."""
        start, end = self.starts_at(zone), self.following().starts_at(zone)
        return min(1.0, max(0.0, (instant - start) / (end - start)))


def judge_health(*, completed: int, target: int, elapsed: float) -> Health:
    """Derive the health of a period.

    At risk when fewer units are done than the share of the month that has passed asks for, after a first third in which
    research, drafting and review take their time: expected = target * (elapsed - 1/3) / (2/3).
    """
    if completed >= target:
        return Health.COMPLETED
    if elapsed >= 1.0:
        return Health.MISSED
    expected = target * max(0.0, elapsed - 1 / 3) / (2 / 3)
    return Health.ON_TRACK if completed >= expected - 1 else Health.AT_RISK
