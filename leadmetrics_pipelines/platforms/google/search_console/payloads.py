"""What is asked of Search Console's search analytics, and how its rows are read. Pure (platform_apis.md 14)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.platforms.reading import DailyFigure

SITES_URL = "https://searchconsole.googleapis.com/webmasters/v3/sites"
DOMAIN = "sc-domain:"
UNVERIFIED = "siteUnverifiedUser"


def site_address(site_url: str, rest: str) -> str:
    """The address of something of a property, whose own address is one segment of it."""
    return f"{SITES_URL}/{quote(site_url, safe='')}/{rest}"


def build_query(first: date, last: date, dimensions: Sequence[str], *, rows: int, start: int = 0) -> bytes:
    """A question about web search in these days, both included; only what Google calls final."""
    return canonical_json({
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "dimensions": list(dimensions),
        "type": "web",
        "dataState": "final",
        "rowLimit": rows,
        "startRow": start,
    })  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SearchRow:
    """One row. `ctr`: 0 to 1; `position`: 1 is the top."""

    keys: tuple[str, ...]
    clicks: float
    impressions: float
    ctr: float
    position: float


def read_row(raw: Mapping[str, Any]) -> SearchRow:
    """Raises KeyError, TypeError or ValueError for a row of another shape."""
    numbers = {name: float(raw[name]) for name in ("clicks", "impressions", "ctr", "position")}
    return SearchRow(keys=tuple(str(key) for key in raw.get("keys", ())), **numbers)


def figures_of_days(rows: Iterable[SearchRow], last: date) -> list[DailyFigure]:
    """The site's figures per day. From the first day with a row on, a day without one is a day without impressions.

    Before it the site may not have been in Search Console at all, so such days are left out: unknown, not 0.
    """
    by_day = {date.fromisoformat(row.keys[0]): row for row in rows}
    if not by_day:
        return []
    first = min(by_day)
    days = [first + timedelta(days=number) for number in range((max(last, *by_day) - first).days + 1)]
    return [figure for day in days for figure in _figures(day, by_day.get(day), "")]


def top_of_each_day(rows: Iterable[SearchRow], most: int) -> list[DailyFigure]:
    """The queries with the most clicks of each day, each with its figures. The same day gives the same ones always."""
    by_day: dict[str, list[SearchRow]] = {}
    for row in rows:
        by_day.setdefault(row.keys[0], []).append(row)
    return [
        figure
        for day, found in sorted(by_day.items())
        for row in sorted(found, key=lambda row: (-row.clicks, -row.impressions, row.keys[1]))[:most]
        for figure in _figures(date.fromisoformat(day), row, row.keys[1])
    ]


def _figures(day: date, row: SearchRow | None, dimension: str) -> list[DailyFigure]:
    """Where nothing was shown, there is neither a rate nor a position."""
    told = {"clicks": row.clicks if row else 0.0, "impressions": row.impressions if row else 0.0}
    if row and row.impressions:
        told |= {"ctr": row.ctr, "position": row.position}
    return [
        DailyFigure(day=day, metric=metric, value=value, dimension=dimension)
        for metric, value in told.items()
        if math.isfinite(value)
    ]
