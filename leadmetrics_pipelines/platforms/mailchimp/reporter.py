"""What Mailchimp tells of an audience and its campaigns.

Daily figures: `emails_sent`, `opens`, `clicks`, `subscribed`, `unsubscribed`, `bounces` (GET /lists/{id}/activity,
half a year back, days of the account). Snapshot: `members`, `members_added` and `members_lost` in the month,
`campaigns_sent` in the month, `days_since_last_campaign`, and of the month's campaigns, weighted by mails sent and as
fractions of 1: `open_rate`, `click_rate`, `unsubscribe_rate`, `bounce_rate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.mailchimp.client import MailchimpClient
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_METRICS = {
    "emails_sent": ("emails_sent",), "opens": ("unique_opens",), "clicks": ("recipient_clicks",),
    "subscribed": ("subs", "other_adds"), "unsubscribed": ("unsubs", "other_removes"),
    "bounces": ("hard_bounce", "soft_bounce"),
}  # fmt: skip
_RATES = ("open_rate", "click_rate", "unsubscribe_rate", "bounce_rate")
_DAYS = "180"
_PAGE = 1000


class MailchimpReporter:
    """One audience, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._list_id = account_id
        self._client = MailchimpClient(credentials, http=http, origins=origins)
        self._clock = clock

    @doubting_shapes
    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        url = self._client.url(f"lists/{self._list_id}/activity")
        page = self._client.ask(url, {"count": _DAYS}, doing="Reading the audience's activity")
        # The account's day may end up to 14 hours after ours: a day is read once it is over everywhere.
        last = min(last, (self._clock.now() - timedelta(hours=14)).date() - timedelta(days=1))
        return tuple(
            figure
            for row in sorted(page.get("activity") or [], key=lambda row: str(row["day"]))
            if first <= date.fromisoformat(row["day"]) <= last
            for figure in _figures_of(row)
        )

    @doubting_shapes
    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        stats = self._client.ask(self._client.url(f"lists/{self._list_id}"), doing="Reading the audience").get("stats")
        stats = stats if isinstance(stats, dict) else {}
        return (
            _fact("members", stats.get("member_count"), "GET /lists/{id} stats.member_count"),
            _days_since(stats.get("campaign_last_sent"), today),
            *self._growth(month_first),
            *_summarise(self._reports(month_first, today)),
        )

    def _growth(self, month_first: date) -> Iterator[SnapshotFact]:
        url = self._client.url(f"lists/{self._list_id}/growth-history/{month_first:%Y-%m}")
        row = self._client.ask_if_there(url, doing="Reading the audience's growth") or {}
        source = "GET /lists/{id}/growth-history/{month}"
        why = "Mailchimp has no growth history of this month."
        lost = [row[name] for name in ("unsubscribed", "cleaned") if isinstance(row.get(name), int)]
        yield _fact("members_added", row.get("subscribed"), f"{source} subscribed", why)
        yield _fact("members_lost", sum(lost) if lost else None, f"{source} unsubscribed + cleaned", why)

    def _reports(self, month_first: date, today: date) -> list[dict[str, Any]]:
        url = self._client.url("reports")
        params = {
            "count": str(_PAGE),
            "since_send_time": f"{month_first}T00:00:00+00:00",
            "before_send_time": f"{today + timedelta(days=1)}T00:00:00+00:00",
        }
        page = self._client.ask(url, params, doing="Reading the campaigns' reports")
        return [report for report in page.get("reports") or [] if report.get("list_id") == self._list_id]


def _figures_of(row: dict[str, Any]) -> Iterator[DailyFigure]:
    for metric, fields in _METRICS.items():
        values = [row[name] for name in fields if isinstance(row.get(name), int | float)]
        if values:
            yield DailyFigure(day=date.fromisoformat(row["day"]), metric=metric, value=float(sum(values)))


def _days_since(sent: object, today: date) -> SnapshotFact:
    source = "GET /lists/{id} stats.campaign_last_sent"
    if not isinstance(sent, str) or not sent:
        return _fact("days_since_last_campaign", None, source, "No campaign was ever sent to this audience.")
    return _fact("days_since_last_campaign", (today - datetime.fromisoformat(sent).date()).days, source)


def _summarise(reports: list[dict[str, Any]]) -> Iterator[SnapshotFact]:
    """The month's campaigns in one figure each; without a campaign there is no rate, which is not a rate of 0."""
    source = "GET /reports"
    yield _fact("campaigns_sent", len(reports), f"{source} entries of the audience")
    mails = sum(int(report.get("emails_sent") or 0) for report in reports)
    if not mails:
        for name in _RATES:
            yield _fact(name, None, source, "No campaign was sent in this month.")
        return
    opens = sum(int((report.get("opens") or {}).get("unique_opens") or 0) for report in reports)
    clicks = sum(int((report.get("clicks") or {}).get("unique_subscriber_clicks") or 0) for report in reports)
    left = sum(int(report.get("unsubscribed") or 0) for report in reports)
    bounced = sum(
        int((report.get("bounces") or {}).get(kind) or 0)
        for report in reports
        for kind in ("hard_bounces", "soft_bounces")
    )
    for name, count, fields in zip(
        _RATES, (opens, clicks, left, bounced),
        ("opens.unique_opens", "clicks.unique_subscriber_clicks", "unsubscribed", "bounces"), strict=True,
    ):  # fmt: skip
        yield _fact(name, round(count / mails, 4), f"{source} {fields} / emails_sent")


def _fact(name: str, value: object, source: str, why_unknown: str = "Mailchimp did not tell.") -> SnapshotFact:
    if isinstance(value, bool | int | float | str):
        return SnapshotFact(name=name, value=value, source=source)
    return SnapshotFact(name=name, value=None, source=source, why_unknown=why_unknown)
