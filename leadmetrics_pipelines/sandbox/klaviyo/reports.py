"""Metrics and reports of a.klaviyo.com/api. Figures are made of the campaigns: a third opens, a twentieth clicks."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.klaviyo.models import METRICS, Campaign
from leadmetrics_pipelines.sandbox.klaviyo.problems import Refused
from leadmetrics_pipelines.sandbox.klaviyo.rest import BASE, Route, enter, give, read_data

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.klaviyo.twin import KlaviyoTwin

_SHARES = {"RECVD1": 1, "OPENED": 3, "CLICKD": 20, "UNSUBM": 400}
_STATISTICS = {"open_rate": 3, "click_rate": 20, "unsubscribe_rate": 400, "bounce_rate": 250}


def build_router(twin: KlaviyoTwin) -> APIRouter:
    """Routes with whole paths."""
    routes = APIRouter(route_class=Route, prefix=BASE)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        enter(twin, request, "metrics:read")
        data = [{"type": "metric", "id": key, "attributes": {"name": name}} for key, name in METRICS.items()]
        return give({"data": data, "links": {"next": None}})

    @routes.post("/metric-aggregates")
    async def aggregate(request: Request) -> Response:
        enter(twin, request, "metrics:read")
        given = (await read_data(request, "metric-aggregate")).get("attributes") or {}
        if given.get("metric_id") not in METRICS:
            raise Refused(400, "The metric does not exist.", "/data/attributes/metric_id")
        days = _days_in(given.get("filter") or [])
        counts = [_count(twin.campaigns(), day, _SHARES.get(given["metric_id"], 0)) for day in days]
        told = {
            "dates": [f"{day}T00:00:00+00:00" for day in days],
            "data": [{"dimensions": [], "measurements": {"count": counts}}],
        }
        return give({"data": {"type": "metric-aggregate", "id": "agg", "attributes": told}})

    @routes.post("/campaign-values-reports")
    async def report(request: Request) -> Response:
        enter(twin, request, "campaigns:read")
        enter(twin, request, "metrics:read")
        given = (await read_data(request, "campaign-values-report")).get("attributes") or {}
        if given.get("conversion_metric_id") not in METRICS:
            raise Refused(400, "'conversion_metric_id' is a required field.", "/data/attributes")
        first, last = (datetime.fromisoformat(given["timeframe"][end]) for end in ("start", "end"))
        sent = [one for one in twin.campaigns() if one.sent_at and first <= one.sent_at < last]
        results = [_result(one, given["statistics"]) for one in sent]
        return give({"data": {"type": "campaign-values-report", "id": "rep", "attributes": {"results": results}}})

    return routes


def _result(campaign: Campaign, statistics: list[str]) -> dict[str, Any]:
    told = {name: round(1 / _STATISTICS[name], 6) for name in statistics if name in _STATISTICS}
    groupings = {"campaign_id": campaign.id, "campaign_message_id": campaign.message_id, "send_channel": "email"}
    return {"groupings": groupings, "statistics": {**told, "recipients": float(campaign.recipients)}}


def _days_in(filters: list[str]) -> list[date]:
    found = [re.search(r"datetime,(\d{4}-\d\d-\d\d)", one) for one in filters]
    if len(found) != 2 or None in found:  # noqa: PLR2004  from and to
        raise Refused(400, "Two filters on datetime are required.", "/data/attributes/filter")
    first, end = (date.fromisoformat(match[1]) for match in found if match)
    return [first + timedelta(days=at) for at in range((end - first).days)]


def _count(campaigns: list[Campaign], day: date, share: int) -> float:
    sent = [one.recipients for one in campaigns if one.sent_at and one.sent_at.date() == day]
    return float(sum(sent) // share) if share else 0.0
