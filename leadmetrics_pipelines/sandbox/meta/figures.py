"""Invented figures that stay the same when asked again: made of the account, the name and the day."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from leadmetrics_pipelines.sandbox.meta.graph import Call, stamp

_DAY = timedelta(days=1)
# A day of a Page ends at midnight in California; the offset is that of the winter.
_DAY_END_HOUR = 8


def day_value(account: str, name: str, most: int) -> int:
    """A number from 1 to `most`."""
    return int.from_bytes(hashlib.sha256(f"{account} {name}".encode()).digest()[:4]) % most + 1


def daily_series(call: Call, account: str, name: str, *, level: bool = False, most: int = 120) -> dict[str, Any]:
    """A metric by day, for the days that are over. `level`: it grows from day to day."""
    now = call.now
    since = _read_time(call.params.get("since"), now - 2 * _DAY)
    until = min(_read_time(call.params.get("until"), now), now)
    end = since.replace(hour=_DAY_END_HOUR, minute=0, second=0, microsecond=0)
    values = []
    while end <= until:
        if end > since:
            value = 1800 + end.toordinal() % 400 if level else day_value(f"{account} {end:%Y-%m-%d}", name, most)
            values.append({"value": value, "end_time": stamp(end)})
        end += _DAY
    return {"name": name, "period": "day", "values": values, "title": name, "id": f"{account}/insights/{name}/day"}


def _read_time(value: str | None, otherwise: datetime) -> datetime:
    """`since` or `until`: unix seconds or a day."""
    if not value:
        return otherwise
    return (
        datetime.fromtimestamp(int(value), UTC)
        if value.isdigit()
        else datetime.fromisoformat(value).replace(tzinfo=UTC)
    )
