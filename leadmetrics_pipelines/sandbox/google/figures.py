"""Invented figures that look like a business: a level, a week, a slow growth and some noise, all made from the date."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

#: The first day with figures.
FIRST_DAY = date(2025, 1, 6)
_PACIFIC = ZoneInfo("America/Los_Angeles")
#: Monday to Sunday: garden furniture is looked for at the weekend.
_WEEK = (0.94, 0.9, 0.92, 0.95, 1.0, 1.18, 1.26)


@lru_cache(maxsize=65_536)
def noise(*seed: object) -> float:
    """0 to 1, the same for the same seed, for ever."""
    digest = hashlib.sha256("|".join(str(part) for part in seed).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF


def value_of(name: str, day: date, *, base: float, spread: float = 0.3, growth: float = 0.015) -> int:
    """A figure of a day; `growth` is per month since the first day, `spread` the width of the noise."""
    if day < FIRST_DAY:
        return 0
    months = (day - FIRST_DAY).days / 30.4
    level = base * (1 + growth * months) * _WEEK[day.weekday()]
    return round(level * (1 + spread * (noise(name, day) - 0.5)))


def days_between(first: date, last: date) -> list[date]:
    """Both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def pacific_day(now: datetime) -> date:
    """The day as Search Console counts it."""
    return now.astimezone(_PACIFIC).date()
