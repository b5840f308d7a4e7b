"""Search Console: dana's properties, and search analytics over invented queries (reference 14).

Rows are made for each day, query, page, country and device, and summed up to what is asked for. Google keeps rare
queries to itself: without the query among the dimensions there is a fifth more of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request

from leadmetrics_pipelines.sandbox.google.desk import Desk, Refused, make_router, read_json
from leadmetrics_pipelines.sandbox.google.figures import FIRST_DAY, days_between, noise, pacific_day, value_of

_SCOPES = ("https://www.googleapis.com/auth/webmasters.readonly", "https://www.googleapis.com/auth/webmasters")
SITES = {
    "sc-domain:acme.example": "siteOwner",
    "https://acme.example/": "siteFullUser",
    "https://lakeside-terraces.example/": "siteUnverifiedUser",
}
_SITE = "/{host}/webmasters/v3/sites"
_ROWS_MOST = 25_000
_HIDDEN = 0.2
_KEPT_DAYS = 16 * 30
_DIMENSIONS = ("date", "query", "page", "country", "device")
_DEVICES = {"MOBILE": 0.62, "DESKTOP": 0.33, "TABLET": 0.05}
_COUNTRIES = {"che": 0.8, "deu": 0.2}
# A query, the page that is shown for it, impressions a day, and the place it stands at.
_QUERIES = (
    ("acme garden furniture", "", 60, 1.1), ("acme gartenmöbel", "", 34, 1.2),
    ("garden bench larch", "benches", 48, 4.2),
    ("garden furniture zürich", "", 41, 3.6), ("wooden garden table made to measure", "tables", 22, 2.8),
    ("gartentisch nach mass", "tables", 37, 5.1), ("gartenbank lärche", "benches", 44, 6.3),
    ("outdoor dining table 3m", "tables", 29, 8.4), ("larch or teak", "blog/larch-or-teak", 52, 7.2),
    ("how to oil a garden table", "blog/how-to-oil-a-garden-table", 71, 5.9),
    ("gartenmöbel pflegen", "blog/gartenmoebel-pflegen", 66, 9.6), ("bench for small balcony", "benches", 31, 11.2),
    ("balkon bank", "benches", 58, 14.8), ("steel garden chairs", "chairs", 27, 12.1),
    ("stackable garden chairs", "chairs", 39, 18.3), ("gartenstühle stapelbar", "chairs", 47, 21.5),
    ("repair wooden bench", "blog/repair-a-wooden-bench", 25, 8.8),
    ("garden furniture winter cover", "covers", 33, 16.9),
    ("schutzhülle gartentisch", "covers", 45, 19.4), ("garden furniture sale", "", 18, 24.6),
    ("furniture workshop zürich", "", 12, 4.4), ("lärchenholz grau", "blog/larch-or-teak", 29, 10.3),
    ("teak alternative", "blog/larch-or-teak", 16, 13.7), ("terrace lounge wood", "lounge", 35, 22.8),
    ("lounge möbel holz", "lounge", 42, 26.1), ("round garden table 120", "tables", 21, 9.1),
    ("bench with backrest outdoor", "benches", 17, 15.5), ("garden table 8 persons", "tables", 26, 7.7),
    ("weatherproof bench", "benches", 14, 12.9), ("gartenmöbel winterthur", "", 19, 5.8),
)  # fmt: skip


@dataclass
class _Sum:
    clicks: int = 0
    impressions: int = 0
    places: float = 0


def build_router(desk: Desk) -> APIRouter:
    """The routes of Search Console, which answers at two hosts."""
    routes = make_router("")
    for host in ("searchconsole.googleapis.com", "www.googleapis.com"):
        _add(routes, desk, _SITE.format(host=host))
    return routes


def _add(routes: APIRouter, desk: Desk, sites: str) -> None:
    @routes.get(sites)
    async def listing(request: Request) -> dict[str, Any]:
        _check(desk, request, None)
        found = [(url, level) for url, level in SITES.items() if url not in desk.set_up.lost]
        return {"siteEntry": [{"siteUrl": url, "permissionLevel": level} for url, level in found]} if found else {}

    @routes.post(f"{sites}/{{site:path}}/searchAnalytics/query")
    async def query(request: Request, site: str) -> dict[str, Any]:
        _check(desk, request, site)
        return _answer(desk, site, await read_json(request))

    @routes.get(f"{sites}/{{site:path}}/sitemaps")
    async def sitemaps(request: Request, site: str) -> dict[str, Any]:
        _check(desk, request, site)
        path = f"https://{site.removeprefix('sc-domain:').removeprefix('https://').rstrip('/')}/sitemap.xml"
        sitemap = {"path": path, "isPending": False, "errors": "0", "warnings": "2"}
        return {"sitemap": [{**sitemap, "lastSubmitted": f"{FIRST_DAY}T08:00:00.000Z"}]}


def _check(desk: Desk, request: Request, site: str | None) -> None:
    token = desk.consents.live(request.headers.get("authorization", "").removeprefix("Bearer "))
    if token is None or not set(_SCOPES) & set(token.scopes):
        desk.check(request, _SCOPES[0])
    if site is not None and (SITES.get(site, "siteUnverifiedUser") == "siteUnverifiedUser" or site in desk.set_up.lost):
        message = f"User does not have sufficient permission for site '{site}'."
        refused = Refused(403, message)
        error = {"message": message, "domain": "global", "reason": "forbidden"}
        # This API is older than status words.
        refused.body = {"error": {"code": 403, "message": message, "errors": [error]}}
        raise refused


def _answer(desk: Desk, site: str, asked: dict[str, Any]) -> dict[str, Any]:
    dimensions, limit, start = asked.get("dimensions", []), asked.get("rowLimit", 1000), asked.get("startRow", 0)
    if set(dimensions) - set(_DIMENSIONS) or not 1 <= limit <= _ROWS_MOST or start < 0:
        raise Refused(400)
    try:
        first, last = date.fromisoformat(asked["startDate"]), date.fromisoformat(asked["endDate"])
    except (KeyError, ValueError) as error:
        raise Refused(400, "Invalid date.") from error
    if last < first:
        raise Refused(400, "endDate is before startDate.")
    today = pacific_day(desk.now())
    final = today - timedelta(days=desk.set_up.search_lag_days)
    shows_all = asked.get("dataState", "final") == "all"
    last = min(last, today - timedelta(days=1) if shows_all else final)
    days = days_between(max(first, FIRST_DAY, today - timedelta(days=_KEPT_DAYS)), last)
    rows = _rows(site, days, dimensions)
    answer: dict[str, Any] = {"responseAggregationType": "byPage" if "page" in dimensions else "byProperty"}
    if rows[start : start + limit]:
        answer["rows"] = rows[start : start + limit]
    if shows_all and last > final:
        answer["metadata"] = {"first_incomplete_date": (final + timedelta(days=1)).isoformat()}
    return answer


def _rows(site: str, days: list[date], dimensions: list[str]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], _Sum] = {}
    for told, clicks, impressions, place in _make(site, days, {*dimensions}):
        found = sums.setdefault(tuple(told[name] for name in dimensions), _Sum())
        found.clicks += clicks
        found.impressions += impressions
        found.places += place * impressions
    rows = [
        {
            **({"keys": list(keys)} if keys else {}), "clicks": one.clicks, "impressions": one.impressions,
            "ctr": one.clicks / one.impressions, "position": one.places / one.impressions,
        }
        for keys, one in sums.items() if one.impressions
    ]  # fmt: skip
    if dimensions[:1] == ["date"]:
        return sorted(rows, key=lambda row: (row["keys"][0], -row["clicks"], -row["impressions"], row["keys"]))
    return sorted(rows, key=lambda row: (-row["clicks"], -row["impressions"], row.get("keys", [])))


def _make(site: str, days: list[date], wanted: set[str]) -> Iterator[tuple[dict[str, str], int, int, float]]:
    """Each day and query, split by country and device where that is asked for."""
    devices = _DEVICES if "device" in wanted else {"": 1.0}
    countries = _COUNTRIES if "country" in wanted else {"": 1.0}
    # The property of the whole domain sees a little more than the one of the main address.
    size = (1.0 if site.startswith("sc-domain:") else 0.9) * (1 if "query" in wanted else 1 / (1 - _HIDDEN))
    for day in days:
        for query, page, base, place in _QUERIES:
            seen = value_of(query, day, base=base * size, spread=0.5)
            # Pages climb slowly while the agency works on them.
            stands = max(1.0, place - 0.12 * (day - FIRST_DAY).days / 30.4 + noise(query, day, "place") - 0.5)
            for country, share in countries.items():
                for device, part in devices.items():
                    impressions = round(seen * share * part)
                    clicks = round(impressions * min(0.45, 0.34 / stands))
                    told = {
                        "date": day.isoformat(), "query": query, "page": f"https://acme.example/{page}",
                        "country": country, "device": device,
                    }  # fmt: skip
                    yield told, clicks, impressions, stands
