"""Accounts, locations and daily figures of Google Business Profile: its v1 APIs (reference 7.1, 7.4, 7.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Request

from leadmetrics_pipelines.sandbox.consent_page import gateway_of
from leadmetrics_pipelines.sandbox.google.desk import ERROR_INFO, Desk, Refused, make_router
from leadmetrics_pipelines.sandbox.google.figures import FIRST_DAY, days_between, value_of
from leadmetrics_pipelines.sandbox.google.places import LOCATIONS_OF, accounts_of, find_location

SCOPE = "https://www.googleapis.com/auth/business.manage"
_BASES = {
    "BUSINESS_IMPRESSIONS_DESKTOP_MAPS": 38, "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH": 64,
    "BUSINESS_IMPRESSIONS_MOBILE_MAPS": 121, "BUSINESS_IMPRESSIONS_MOBILE_SEARCH": 142,
    "BUSINESS_DIRECTION_REQUESTS": 11, "CALL_CLICKS": 3.4, "WEBSITE_CLICKS": 14, "BUSINESS_BOOKINGS": 0.3,
    "BUSINESS_FOOD_MENU_CLICKS": 0, "BUSINESS_CONVERSATIONS": 0, "BUSINESS_FOOD_ORDERS": 0,
}  # fmt: skip
_FIELDS = {
    "name", "title", "languageCode", "metadata", "openInfo", "storefrontAddress", "categories", "websiteUri",
    "phoneNumbers", "profile", "regularHours", "specialHours", "moreHours", "serviceArea", "labels", "latlng",
    "storeCode", "serviceItems", "relationshipData", "adWordsLocationExtensions",
}  # fmt: skip
_MANAGEMENT = "/mybusinessaccountmanagement.googleapis.com/v1"
_INFORMATION = "/mybusinessbusinessinformation.googleapis.com/v1"
_PERFORMANCE = "/businessprofileperformance.googleapis.com/v1"


def build_router(desk: Desk) -> APIRouter:
    """The routes of the three v1 hosts."""
    routes = make_router("")

    @routes.get(f"{_MANAGEMENT}/accounts")
    async def accounts(request: Request) -> dict[str, Any]:
        check_business(desk, request)
        return desk.page(request, accounts_of(desk), "accounts", most=20)

    @routes.get(f"{_INFORMATION}/accounts/{{account}}/locations")
    async def locations(request: Request, account: str) -> dict[str, Any]:
        check_business(desk, request)
        desk.check_not_lost(f"accounts/{account}")
        names = [name for name in LOCATIONS_OF.get(f"accounts/{account}", ()) if name not in desk.set_up.lost]
        mask = _mask(request)
        found = [_masked(find_location(desk, name, gateway_of(request)), mask) for name in names]
        return {**desk.page(request, found, "locations", most=100), "totalSize": len(found)}

    @routes.get(f"{_INFORMATION}/locations/{{location}}")
    async def one(request: Request, location: str) -> dict[str, Any]:
        check_business(desk, request)
        name = f"locations/{location}"
        desk.check_not_lost(name)
        return _masked(find_location(desk, name, gateway_of(request)), _mask(request))

    @routes.get(f"{_PERFORMANCE}/locations/{{location}}:fetchMultiDailyMetricsTimeSeries")
    async def performance(request: Request, location: str) -> dict[str, Any]:
        check_business(desk, request)
        desk.check_not_lost(f"locations/{location}")
        metrics = request.query_params.getlist("dailyMetrics")
        if not metrics or set(metrics) - set(_BASES):
            raise Refused(400)
        first, last = _day(request, "startDate"), _day(request, "endDate")
        days = days_between(max(first, FIRST_DAY), min(last, desk.now().date()))
        series = [_series(metric, location, days) for metric in metrics]
        return {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}]}

    return routes


def check_business(desk: Desk, request: Request) -> None:
    """The right to Business Profile, and that the project has a quota at all."""
    desk.check(request, SCOPE)
    if desk.set_up.no_quota:
        info = {
            "@type": ERROR_INFO, "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com",
            "metadata": {"quota_limit_value": "0", "quota_metric": "mybusiness.googleapis.com/default_requests"},
        }  # fmt: skip
        raise Refused(429, details=[info])


def _mask(request: Request) -> set[str]:
    mask = {field for field in request.query_params.get("readMask", "").split(",") if field}
    unknown = {field.partition(".")[0] for field in mask} - _FIELDS
    if not mask or unknown:
        violation = {"field": "readMask", "description": "Invalid field mask provided"}
        detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
        raise Refused(400, details=[detail])
    return {field.partition(".")[0] for field in mask}


def _masked(location: dict[str, Any] | None, mask: set[str]) -> dict[str, Any]:
    if location is None:
        raise Refused(404)
    return {field: value for field, value in location.items() if field in mask}


def _day(request: Request, end: str) -> date:
    asked = request.query_params
    try:
        return date(*(int(asked[f"dailyRange.{end}.{part}"]) for part in ("year", "month", "day")))
    except (KeyError, ValueError) as error:
        raise Refused(400) from error


def _series(metric: str, location: str, days: list[date]) -> dict[str, Any]:
    # The second shop is smaller.
    base = _BASES[metric] * (1 if location == "201" else 0.4)
    values = [(day, value_of(f"{metric}{location}", day, base=base)) for day in days]
    dated = [
        {"date": {"year": day.year, "month": day.month, "day": day.day}, **({"value": str(value)} if value else {})}
        for day, value in values
    ]
    return {"dailyMetric": metric, "timeSeries": {"datedValues": dated}}
