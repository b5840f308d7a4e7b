"""Daily series of insights: asked together, and one by one when a name has died. For Pages and accounts alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.platforms.meta.account import read_time
from leadmetrics_pipelines.platforms.meta.client import GraphClient
from leadmetrics_pipelines.platforms.reading import DailyFigure

_WINDOW = timedelta(days=90)
_DAY = timedelta(days=1)


def read_series(
    client: GraphClient, path: str, metrics: Mapping[str, str], *, first: date, last: date, zone: ZoneInfo
) -> list[DailyFigure]:
    """The figures of these days, in our words. `metrics`: from the platform's names to ours; `zone`: where days end.

    One name that is gone fails the whole call (4.3), so then each is asked for alone and the dead are left out.
    """
    found: list[DailyFigure] = []
    for start, end in _cut(first, last):
        try:
            found += _ask(client, path, metrics, start, end, zone)
        except InvalidInput:
            for name, ours in metrics.items():
                found += _ask_one(client, path, {name: ours}, start, end, zone)
    return sorted(found, key=lambda figure: (figure.day, figure.metric))


def _ask_one(
    client: GraphClient, path: str, metrics: Mapping[str, str], start: date, end: date, zone: ZoneInfo
) -> list[DailyFigure]:
    try:
        return _ask(client, path, metrics, start, end, zone)
    except (InvalidInput, AccessRevoked):
        return []


def _ask(
    client: GraphClient, path: str, metrics: Mapping[str, str], start: date, end: date, zone: ZoneInfo
) -> list[DailyFigure]:
    since, until = (int(datetime.combine(day, time(), zone).timestamp()) for day in (start, end + _DAY))
    query = {"metric": ",".join(metrics), "period": "day", "since": str(since), "until": str(until)}
    answer = client.get(path, query, doing="Reading the figures")
    figures = []
    for series in answer.get("data") or ():
        for entry in series.get("values") or ():
            ended = read_time(entry.get("end_time"))
            value = _sum(entry.get("value"))
            if ended is None or value is None or series.get("name") not in metrics:
                continue
            # `end_time` is the midnight on which the day ended.
            day = ended.astimezone(zone).date() - _DAY
            if start <= day <= end:
                figures.append(DailyFigure(day=day, metric=metrics[series["name"]], value=value))
    return figures


def _cut(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days in pieces that one call answers."""
    while first <= last:
        end = min(last, first + _WINDOW - _DAY)
        yield first, end
        first = end + _DAY


def _sum(value: object) -> float | None:
    """A value, or the sum over its kinds."""
    if isinstance(value, dict):
        parts = [part for part in value.values() if isinstance(part, int | float)]
        return float(sum(parts)) if parts else None
    return float(value) if isinstance(value, int | float) else None
