"""What Klaviyo tells of a list and its campaigns.

Daily figures of the whole account (Klaviyo counts events, not lists): `emails_received`, `opens`, `clicks`,
`unsubscribed` (POST /api/metric-aggregates, UTC). Snapshot: `members`, `campaigns_sent` to the list in the month,
`days_since_last_campaign` in that month, and of the month's campaigns to the list, weighted by recipients and as
fractions of 1: `open_rate`, `click_rate`, `unsubscribe_rate`, `bounce_rate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.klaviyo.client import KlaviyoClient
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_METRICS = {
    "emails_received": "Received Email", "opens": "Opened Email", "clicks": "Clicked Email",
    "unsubscribed": "Unsubscribed from Email Marketing",
}  # fmt: skip
_RATES = ("open_rate", "click_rate", "unsubscribe_rate", "bounce_rate")
_REPORT = "POST /api/campaign-values-reports"


class KlaviyoReporter:
    """One list, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._list_id = account_id
        self._client = KlaviyoClient(credentials, http=http, origins=origins)
        self._clock = clock

    @doubting_shapes
    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        last = min(last, self._clock.now().date() - timedelta(days=1))
        if last < first:
            return ()
        ids = self._metric_ids()
        return tuple(
            figure
            for metric, name in _METRICS.items() if name in ids
            for figure in self._count(metric, ids[name], first, last)
        )  # fmt: skip

    @doubting_shapes
    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        sent = self._sent_in(month_first, today)
        last = max((day for _, day in sent), default=None)
        return (
            self._members(),
            _fact("campaigns_sent", len(sent), "GET /api/campaigns status Sent, send_time"),
            _fact(
                "days_since_last_campaign", (today - last).days if last else None, "GET /api/campaigns send_time",
                "No campaign was sent to this list in this month.",
            ),
            *self._rates({campaign_id for campaign_id, _ in sent}, month_first, today),
        )  # fmt: skip

    def _members(self) -> SnapshotFact:
        url = self._client.url(f"lists/{self._list_id}")
        found = self._client.ask(url, {"additional-fields[list]": "profile_count"}, doing="Reading the list")
        count = found["data"]["attributes"].get("profile_count")
        return _fact("members", count, "GET /api/lists/{id} profile_count")

    def _sent_in(self, month_first: date, today: date) -> list[tuple[str, date]]:
        params = {"filter": "equals(messages.channel,'email'),equals(status,'Sent')", "sort": "-created_at"}
        found = []
        for campaign in self._client.walk("campaigns", params, doing="Reading the campaigns"):
            attributes = campaign["attributes"]
            at = attributes.get("send_time")
            day = datetime.fromisoformat(at).date() if isinstance(at, str) and at else None
            included = (attributes.get("audiences") or {}).get("included") or []
            if day and month_first <= day <= today and self._list_id in included:
                found.append((str(campaign["id"]), day))
        return found

    def _rates(self, campaigns: set[str], month_first: date, today: date) -> Iterator[SnapshotFact]:
        why = "No campaign was sent to this list in this month."
        results: list[dict[str, Any]] = []
        if campaigns:
            why = "Klaviyo did not tell."
            try:
                results = self._report(month_first, today)
            except AccessRevoked:
                # The right to read metrics is optional when connecting.
                why = "The right metrics:read was not given. Connect the channel again and allow it."
        ours = [found["statistics"] for found in results if found["groupings"].get("campaign_id") in campaigns]
        mails = sum(float(one.get("recipients") or 0) for one in ours)
        for name in _RATES:
            total = sum(float(one.get(name) or 0) * float(one.get("recipients") or 0) for one in ours)
            yield _fact(name, round(total / mails, 4) if mails else None, f"{_REPORT} {name} x recipients", why)

    def _report(self, month_first: date, today: date) -> list[dict[str, Any]]:
        ids = self._metric_ids()
        if not ids:
            return []
        attributes = {
            "statistics": ["recipients", *_RATES],
            "timeframe": {"start": _midnight(month_first), "end": _midnight(today + timedelta(days=1))},
            # The report asks for one, though no conversion is read.
            "conversion_metric_id": ids.get("Placed Order") or next(iter(ids.values())),
            "filter": "equals(send_channel,'email')",
        }  # fmt: skip
        body = {"data": {"type": "campaign-values-report", "attributes": attributes}}
        url = self._client.url("campaign-values-reports")
        found = self._client.question(url, body, doing="Reading the campaigns' report")
        results: list[dict[str, Any]] = found["data"]["attributes"]["results"]
        return results

    def _metric_ids(self) -> dict[str, str]:
        found = self._client.walk("metrics", {}, doing="Listing the metrics")
        return {str(entry["attributes"]["name"]): str(entry["id"]) for entry in found}

    def _count(self, metric: str, metric_id: str, first: date, last: date) -> Iterator[DailyFigure]:
        attributes = {
            "metric_id": metric_id, "measurements": ["count"], "interval": "day", "timezone": "UTC",
            "filter": [
                f"greater-or-equal(datetime,{_midnight(first)})",
                f"less-than(datetime,{_midnight(last + timedelta(days=1))})",
            ],
        }  # fmt: skip
        body = {"data": {"type": "metric-aggregate", "attributes": attributes}}
        found = self._client.question(self._client.url("metric-aggregates"), body, doing=f"Counting {metric}")
        told = found["data"]["attributes"]
        counts = told["data"][0]["measurements"]["count"] if told.get("data") else []
        for at, count in zip(told["dates"], counts, strict=False):
            yield DailyFigure(day=datetime.fromisoformat(at).date(), metric=metric, value=float(count))


def _midnight(day: date) -> str:
    return f"{day}T00:00:00+00:00"


def _fact(name: str, value: object, source: str, why_unknown: str = "Klaviyo did not tell.") -> SnapshotFact:
    if isinstance(value, bool | int | float | str):
        return SnapshotFact(name=name, value=value, source=source)
    return SnapshotFact(name=name, value=None, source=source, why_unknown=why_unknown)
