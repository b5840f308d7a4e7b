"""LinkedIn's pages: who looks after them, what they say of themselves, and their statistics (2.2, 2.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.linkedin.models import PERSON_URN, organization_urn
from leadmetrics_pipelines.sandbox.linkedin.rest import (
    POSTING_ROLES,
    Refused,
    answer_json,
    check_encoded,
    denied,
    illegal,
    let_in,
)
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.refusing import RefusingRoute

_REST = "/api.linkedin.com/rest"
_FOLLOWERS = 1840
_KEPT_DAYS = 365
_TIMES = re.compile(r"\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:DAY\)")
_DAY = timedelta(days=1)


def build_router(pages: Pages) -> APIRouter:
    """`/rest/organizationAcls`, `/organizations`, `/networkSizes` and the statistics."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.get(f"{_REST}/organizationAcls")
    async def roles(request: Request) -> Response:
        caller = let_in(request, pages)
        caller.need_scope("rw_organization_admin", "OrganizationAcls.FINDER-roleAssignee")
        held = [(page, role) for page, role in pages.set_up.roles.items() if role]
        start, count = (int(request.query_params.get(name, given)) for name, given in (("start", "0"), ("count", "10")))
        elements = [
            {"roleAssignee": PERSON_URN, "role": role, "state": "APPROVED", "organization": organization_urn(page)}
            for page, role in held[start : start + count]
        ]
        return answer_json({"paging": {"start": start, "count": count, "links": []}, "elements": elements})

    @routes.get(f"{_REST}/organizations/{{number}}")
    async def organization(number: str, request: Request) -> Response:
        caller = let_in(request, pages)
        caller.need_scope("rw_organization_admin", "Organizations.GET")
        found = pages.page(number)
        if found is None:
            raise Refused(404, f"Could not find entity {number}", code="NOT_FOUND")
        if not pages.role_on(number):
            raise denied("Organizations.GET")
        return answer_json(found)

    @routes.get(f"{_REST}/networkSizes/{{urn}}")
    async def followers(urn: str, request: Request) -> Response:
        let_in(request, pages)
        check_encoded(request)
        if request.query_params.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
            raise illegal("Unknown edgeType")
        return answer_json({"firstDegreeSize": _FOLLOWERS + sum(p.author == urn for p in pages.posts())})

    @routes.get(f"{_REST}/organizationalEntityShareStatistics")
    async def shares(request: Request) -> Response:
        return _statistics(request, pages, "totalShareStatistics")

    @routes.get(f"{_REST}/organizationalEntityFollowerStatistics")
    async def gains(request: Request) -> Response:
        return _statistics(request, pages, "followerGains")

    return routes


def _statistics(request: Request, pages: Pages, part: str) -> Response:
    caller = let_in(request, pages)
    check_encoded(request)
    what = "OrganizationalEntityStatistics.FINDER-organizationalEntity"
    caller.need_scope("rw_organization_admin", what)
    urn = request.query_params.get("organizationalEntity", "")
    page = caller.need_page(urn, what, roles=POSTING_ROLES - {"CONTENT_ADMINISTRATOR"})
    elements: list[dict[str, Any]] = []
    for day in _days(request, pages):
        start = int(day.timestamp() * 1000)
        times = {"start": start, "end": start + 86_400_000}
        figures = _share_figures if part == "totalShareStatistics" else _follower_figures
        elements.append({"organizationalEntity": organization_urn(page), "timeRange": times, part: figures(pages, day)})
    return answer_json({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


def _days(request: Request, pages: Pages) -> list[datetime]:
    found = _TIMES.fullmatch(request.query_params.get("timeIntervals", ""))
    if found is None:
        raise illegal("timeIntervals is missing or malformed")
    start, end = (datetime.fromtimestamp(int(text) / 1000, UTC) for text in found.groups())
    if any((moment.hour, moment.minute, moment.second) != (0, 0, 0) for moment in (start, end)):
        raise illegal("timeRange must have day boundaries in UTC")
    first = max(start, pages.clock.now() - _KEPT_DAYS * _DAY)
    return [day for day in (start + n * _DAY for n in range((end - start).days)) if first <= day <= pages.clock.now()]


def _share_figures(pages: Pages, day: datetime) -> dict[str, float]:
    """Made up, but always the same for a day, and a bit better where something was posted."""
    posted = sum(post.created_at.date() == day.date() for post in pages.posts())
    seed = day.date().toordinal()
    counts = {
        "impressionCount": 120 + seed * 37 % 90 + 60 * posted, "uniqueImpressionsCount": 80 + seed * 29 % 60,
        "clickCount": seed * 7 % 9, "likeCount": seed * 5 % 6 + posted, "commentCount": seed % 3,
        "shareCount": seed * 3 % 2,
    }  # fmt: skip
    counts |= {k: v for k, v in pages.set_up.figures.get(f"{day:%Y-%m-%d}", {}).items() if k in counts}
    acts = sum(counts[name] for name in ("clickCount", "likeCount", "commentCount", "shareCount"))
    return {**counts, "engagement": acts / counts["impressionCount"] if counts["impressionCount"] else 0.0}


def _follower_figures(pages: Pages, day: datetime) -> dict[str, int]:
    counts = {"organicFollowerGain": day.date().toordinal() % 4, "paidFollowerGain": 0}
    return counts | {k: v for k, v in pages.set_up.figures.get(f"{day:%Y-%m-%d}", {}).items() if k in counts}
