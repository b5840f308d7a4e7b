"""The visits of a website, day by day, from Google Analytics 4 (reference platform_apis.md 15).

Figures per day, in the property's time zone: `sessions`, `total_users`, `key_events`; of the whole property (dimension
empty) and of each default channel group (dimension: its name).

Facts, of the last 28 finished days up to the day asked for (or the month's end): `sessions`, `total_users`,
`key_events`, `engagement_rate` (0 to 1), `key_event_rate` (key events per session), `organic_share` (0 to 1),
`sessions_change` to the 28 days before (0.1 is a tenth more); `time_zone`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.google.analytics.payloads import (
    CHANNEL_GROUP,
    DATA_URL,
    METRICS,
    ReportRow,
    build_report,
    figures_of_days,
    figures_of_groups,
    read_report,
)
from leadmetrics_pipelines.platforms.google.client import WINDOW_DAYS, GoogleClient, change_of, understanding
from leadmetrics_pipelines.platforms.google.facts import GA4
from leadmetrics_pipelines.platforms.publishing import Account
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_DOING = "Reading the visits in Google Analytics"
_ORGANIC = "Organic Search"
_SNAPSHOT_METRICS = (*METRICS, "engagementRate")
_NO_DATA = "Google Analytics has measured no visits in these days, or in those to compare with."


@dataclass(frozen=True, kw_only=True)
class _Report:
    rows: list[ReportRow]
    zone: str
    """The property's time zone, an IANA name; empty when the answer had none."""


class AnalyticsReporter:
    """A `Reporter` of one property. `account_id`: `properties/401`. `rows_a_page`: at most 250,000."""

    def __init__(
        self,
        *,
        account_id: str,
        credentials: Credentials,
        http: HttpClients,
        origins: Origins,
        clock: Clock,
        rows_a_page: int = GA4.most("rows_a_page"),
    ) -> None:
        self._property = account_id
        self._rows_a_page = rows_a_page
        self._clock = clock
        self._client = GoogleClient(credentials=credentials, http=http, origins=origins)

    def verify(self) -> Account:
        """Ask for one figure: the property may be listed and its data closed to us. Raises AccessRevoked when not."""
        today = self._clock.now().date()
        self._ask(today, today, [], METRICS)
        return Account(name=self._property, can_publish=False, site_name=self._property, site_url="")

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        days = self._ask(first, last, ["date"], METRICS)
        last = min(last, self._finished(days.zone))
        groups = self._ask(first, last, ["date", CHANNEL_GROUP], METRICS) if first <= last else None
        with understanding(_DOING):
            of_groups = figures_of_groups(groups.rows, last) if groups else []
            return [*figures_of_days(days.rows, last), *of_groups]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        month_last = (month_first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        last = min(today, month_last, self._finished(""))
        first = last - timedelta(days=WINDOW_DAYS - 1)
        # Users are counted once in all these days, so the days are asked for together and not added up.
        now = self._ask(first, last, [], _SNAPSHOT_METRICS)
        before = self._ask(first - timedelta(days=WINDOW_DAYS), first - timedelta(days=1), [], ["sessions"])
        groups = self._ask(first, last, [CHANNEL_GROUP], ["sessions"])
        with understanding(_DOING):
            values = _snapshot_values(now.rows, before.rows, groups.rows)
        facts = [
            SnapshotFact(name=name, value=value, source="POST runReport", why_unknown=_NO_DATA if value is None else "")
            for name, value in values.items()
        ]
        zone = now.zone or None
        why = "" if zone else "Google Analytics did not say it."
        return [*facts, SnapshotFact(name="time_zone", value=zone, source="runReport: metadata", why_unknown=why)]

    def _ask(self, first: date, last: date, dimensions: Sequence[str], metrics: Collection[str]) -> _Report:
        rows: list[ReportRow] = []
        zone, total = "", 1
        while len(rows) < total:
            body = build_report(first, last, dimensions, metrics, rows=self._rows_a_page, start=len(rows))
            page = self._client.ask(f"{DATA_URL}/{self._property}:runReport", body, doing=_DOING)
            with understanding(_DOING):
                found, total = read_report(page.content)
                zone = str(page.content.get("metadata", {}).get("timeZone", ""))
            if not found:
                break
            rows += found
        return _Report(rows=rows, zone=zone)

    def _finished(self, zone: str) -> date:
        """The last day that Google has worked through; without a zone the one that is safe in all of them."""
        with understanding(_DOING):
            today = self._clock.now().astimezone(ZoneInfo(zone or "Etc/GMT+12")).date()
        return today - timedelta(days=GA4.most("figures_lag_days"))


def _snapshot_values(
    now: Sequence[ReportRow], before: Sequence[ReportRow], groups: Sequence[ReportRow]
) -> dict[str, float | None]:
    """Raises KeyError or IndexError for rows of another shape."""
    told: Mapping[str, float] = now[0].metrics if now else {}
    sessions, events = told.get("sessions"), told.get("keyEvents")
    by_group = {row.dimensions[0]: row.metrics["sessions"] for row in groups}
    return {
        **{ours: told.get(theirs) for theirs, ours in METRICS.items()},
        "engagement_rate": told.get("engagementRate"),
        "key_event_rate": events / sessions if sessions and events is not None else None,
        "organic_share": by_group.get(_ORGANIC, 0.0) / sessions if sessions else None,
        "sessions_change": change_of(sessions or 0.0, before[0].metrics["sessions"] if before else None),
    }
