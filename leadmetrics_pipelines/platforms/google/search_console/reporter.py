"""How a site is found in Google Search, day by day (reference platform_apis.md 14).

Figures per day: `clicks`, `impressions`, `ctr` (0 to 1), `position` (1 is the top; the mean over impressions); of the
site (dimension empty) and of each day's top queries (dimension: the query). Google keeps rare queries to itself, so
queries never add up to the site. Days are Pacific time; only days that Google calls final come.

Facts: `permission`; of the last 28 final days up to the day asked for (or the month's end) `clicks`, `impressions`,
`click_rate` (0 to 1), `average_position`, `queries`, `queries_top10` (mean position 10 or better), `pages_shown`;
`clicks_change` and `impressions_change` to the 28 days before (0.1 is a tenth more); `has_sitemap`, `sitemaps`,
`sitemap_errors`, `sitemap_warnings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.errors import AccessRevoked, PermanentError
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.google.client import WINDOW_DAYS, GoogleClient, change_of, understanding
from leadmetrics_pipelines.platforms.google.facts import SEARCH_CONSOLE
from leadmetrics_pipelines.platforms.google.search_console.payloads import (
    DOMAIN,
    SITES_URL,
    UNVERIFIED,
    SearchRow,
    build_query,
    figures_of_days,
    read_row,
    site_address,
    top_of_each_day,
)
from leadmetrics_pipelines.platforms.publishing import Account
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_PACIFIC = ZoneInfo("America/Los_Angeles")
# Enough for 31 days of the 50,000 rows that Google keeps of a day, and an end to a list that has none.
_PAGES = 64
_TOP_TEN = 10
_NO_DATA = "Search Console has no final data of these days."
_NOTHING_BEFORE = "There is nothing before to compare with."
_SEARCH_FACTS = (
    "clicks", "impressions", "click_rate", "average_position", "queries", "queries_top10", "pages_shown",
    "clicks_change", "impressions_change",
)  # fmt: skip


class SearchConsoleReporter:
    """A `Reporter` of one property. `account_id`: its siteUrl. `rows_a_page`: at most what the facts say."""

    def __init__(
        self,
        *,
        account_id: str,
        credentials: Credentials,
        http: HttpClients,
        origins: Origins,
        clock: Clock,
        rows_a_page: int = SEARCH_CONSOLE.most("rows_a_page"),
    ) -> None:
        self._rows_a_page = rows_a_page
        self._site = account_id
        self._clock = clock
        self._client = GoogleClient(credentials=credentials, http=http, origins=origins)

    def verify(self) -> Account:
        """Ask whether the property can be read. Raises AccessRevoked when not."""
        self._read_permission()
        name = self._site.removeprefix(DOMAIN)
        address = self._site if name == self._site else f"https://{name}/"
        return Account(name=name, can_publish=False, site_name=name, site_url=address)

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        # Older than the lag is final even where no row says so; a younger day only where one does.
        days = list(self._ask(first, last, ["date"], doing="Reading the site's days in Search Console"))
        queries = self._ask(first, last, ["date", "query"], doing="Reading the site's queries in Search Console")
        totals = figures_of_days(days, min(last, self._settled()))
        return [*totals, *top_of_each_day(queries, SEARCH_CONSOLE.most("queries_a_day"))]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        # First, and its refusal is raised: without it the channel is dead, not merely unknown.
        facts = [SnapshotFact(name="permission", value=self._read_permission(), source="GET sites: permissionLevel")]
        month_last = (month_first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        facts += self._search_facts(min(today, month_last, self._settled()))
        facts += self._sitemap_facts()
        return facts

    def _search_facts(self, last: date) -> list[SnapshotFact]:
        doing = "Reading the site's month in Search Console"
        first = last - timedelta(days=WINDOW_DAYS - 1)
        now = next(self._ask(first, last, [], doing=doing), None)
        if now is None:
            return [_fact(name, None, _NO_DATA) for name in _SEARCH_FACTS]
        before = next(self._ask(first - timedelta(days=WINDOW_DAYS), first - timedelta(days=1), [], doing=doing), None)
        queries = list(self._ask(first, last, ["query"], doing=doing))
        values = {
            "clicks": now.clicks,
            "impressions": now.impressions,
            "click_rate": now.ctr,
            "average_position": now.position,
            "queries": float(len(queries)),
            "queries_top10": float(sum(row.position <= _TOP_TEN for row in queries)),
            "pages_shown": float(sum(1 for _ in self._ask(first, last, ["page"], doing=doing))),
            "clicks_change": change_of(now.clicks, before.clicks if before else None),
            "impressions_change": change_of(now.impressions, before.impressions if before else None),
        }
        return [_fact(name, values[name], _NOTHING_BEFORE if values[name] is None else "") for name in _SEARCH_FACTS]

    def _sitemap_facts(self) -> list[SnapshotFact]:
        doing, source = "Reading the site's sitemaps in Search Console", "GET sitemaps"
        try:
            sitemaps = self._client.get(site_address(self._site, "sitemaps"), doing=doing).rows("sitemap")
        except PermanentError as error:
            names = ("has_sitemap", "sitemaps", "sitemap_errors", "sitemap_warnings")
            return [SnapshotFact(name=name, value=None, source=source, why_unknown=str(error)) for name in names]
        with understanding(doing):
            # Google gives both numbers as text.
            errors, warnings = (sum(int(one.get(name, 0)) for one in sitemaps) for name in ("errors", "warnings"))
        return [
            SnapshotFact(name="has_sitemap", value=bool(sitemaps), source=source),
            SnapshotFact(name="sitemaps", value=float(len(sitemaps)), source=source),
            SnapshotFact(name="sitemap_errors", value=float(errors), source=f"{source}: errors"),
            SnapshotFact(name="sitemap_warnings", value=float(warnings), source=f"{source}: warnings"),
        ]

    def _read_permission(self) -> str:
        page = self._client.get(SITES_URL, doing="Listing the properties of Search Console")
        levels = {site.get("siteUrl"): str(site.get("permissionLevel", "")) for site in page.rows("siteEntry")}
        level = levels.get(self._site, "")
        if not level or level == UNVERIFIED:
            msg = f"{self._site} is no verified property any more of the Google account that connected it."
            raise AccessRevoked(f"{msg} Verify it in Search Console, or connect with another account.")
        return level

    def _ask(self, first: date, last: date, dimensions: Sequence[str], *, doing: str) -> Iterator[SearchRow]:
        url, most = site_address(self._site, "searchAnalytics/query"), self._rows_a_page
        for number in range(_PAGES):
            body = build_query(first, last, dimensions, rows=most, start=number * most)
            page = self._client.ask(url, body, doing=doing)
            with understanding(doing):
                rows = [read_row(raw) for raw in page.rows("rows")]
            yield from rows
            if len(rows) < most:
                return

    def _settled(self) -> date:
        """The last day that is final for certain."""
        today = self._clock.now().astimezone(_PACIFIC).date()
        return today - timedelta(days=SEARCH_CONSOLE.most("figures_lag_days"))


def _fact(name: str, value: float | None, why: str = "") -> SnapshotFact:
    return SnapshotFact(name=name, value=value, source="POST searchAnalytics/query, final data", why_unknown=why)
