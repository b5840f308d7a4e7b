"""What is asked of Google Analytics 4, and how its reports are read. Pure (reference platform_apis.md 15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.platforms.reading import DailyFigure

SUMMARIES_URL = "https://analyticsadmin.googleapis.com/v1beta/accountSummaries"
DATA_URL = "https://analyticsdata.googleapis.com/v1beta"
CHANNEL_GROUP = "sessionDefaultChannelGroup"
#: Google's metric to ours.
METRICS: Mapping[str, str] = {"sessions": "sessions", "totalUsers": "total_users", "keyEvents": "key_events"}


def build_report(
    first: date, last: date, dimensions: Sequence[str], metrics: Iterable[str], *, rows: int, start: int = 0
) -> bytes:
    """A question about these days, both included. Whole numbers go as text, as in every 64-bit field of Google's."""
    return canonical_json({
        "dateRanges": [{"startDate": first.isoformat(), "endDate": last.isoformat()}],
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in metrics],
        # Pages are only whole when the order does not change between them.
        "orderBys": [{"dimension": {"dimensionName": name}} for name in dimensions],
        "limit": str(rows),
        "offset": str(start),
    })  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """One row: dimensions in the order of the question, metrics by Google's names."""

    dimensions: tuple[str, ...]
    metrics: Mapping[str, float]


def read_report(content: Mapping[str, Any]) -> tuple[list[ReportRow], int]:
    """The rows, and how many there are over all pages. Raises KeyError, TypeError or ValueError for another shape."""
    names = [header["name"] for header in content.get("metricHeaders", [])]
    rows = [_read_row(raw, names) for raw in content.get("rows", [])]
    return rows, int(content.get("rowCount", 0))


def _read_row(raw: Mapping[str, Any], names: Sequence[str]) -> ReportRow:
    values = [float(one["value"]) for one in raw["metricValues"]]
    return ReportRow(
        dimensions=tuple(str(one["value"]) for one in raw.get("dimensionValues", [])),
        metrics=dict(zip(names, values, strict=True)),
    )


def read_day(text: str) -> date:
    """A day as reports write it, 20260501. Raises ValueError."""
    return date.fromisoformat(text)


def figures_of_days(rows: Iterable[ReportRow], last: date) -> list[DailyFigure]:
    """The property's figures per day. From the first day with a row on, a day without one is a day without visits.

    Before it nothing may have been measured at all, so such days are left out: unknown, not 0.
    """
    by_day = {read_day(row.dimensions[0]): row.metrics for row in rows}
    if not by_day:
        return []
    first = min(by_day)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        DailyFigure(day=day, metric=ours, value=by_day.get(day, {}).get(theirs, 0.0))
        for day in days
        for theirs, ours in METRICS.items()
    ]


def figures_of_groups(rows: Iterable[ReportRow], last: date) -> list[DailyFigure]:
    """The same per channel group, only where there were visits. Users of groups do not add up to the day's users."""
    return [
        DailyFigure(day=day, metric=METRICS[theirs], value=value, dimension=row.dimensions[1])
        for row in rows
        if (day := read_day(row.dimensions[0])) <= last
        for theirs, value in row.metrics.items()
    ]
