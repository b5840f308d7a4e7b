"""Google Analytics 4: dana's properties, and reports over invented visits (reference 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.google.desk import Desk, Refused, make_router, read_json
from leadmetrics_pipelines.sandbox.google.figures import FIRST_DAY, days_between, noise, value_of

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
_ACCOUNTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("accounts/301", "Acme Garden Furniture", (("properties/401", "Acme website"), ("properties/402", "Acme shop"))),
    ("accounts/302", "Northlight Agency", (("properties/403", "Northlight blog"),)),
)
_SIZES = {"properties/401": 1.0, "properties/402": 0.35, "properties/403": 0.1}
_ZONE = "Europe/Zurich"
#: Sessions a day, engaged share, key events per session.
_GROUPS = {
    "Organic Search": (96, 0.64, 0.021), "Direct": (52, 0.55, 0.028), "Organic Social": (24, 0.41, 0.006),
    "Referral": (17, 0.6, 0.018), "Paid Search": (38, 0.58, 0.034), "Email": (9, 0.72, 0.05),
    "Unassigned": (2, 0.2, 0.0),
}  # fmt: skip
_DIMENSIONS = ("date", "sessionDefaultChannelGroup")
_METRICS = {
    "sessions": "TYPE_INTEGER", "totalUsers": "TYPE_INTEGER", "activeUsers": "TYPE_INTEGER",
    "engagedSessions": "TYPE_INTEGER", "engagementRate": "TYPE_FLOAT", "keyEvents": "TYPE_FLOAT",
}  # fmt: skip
_LIMIT, _LIMIT_MOST = 10_000, 250_000
_TOKENS_A_DAY = 200_000


class Spent(BaseModel):
    """Tokens that a property's reports have used."""

    tokens: int


@dataclass
class _Sum:
    sessions: int = 0
    engaged: int = 0
    events: int = 0


def build_router(desk: Desk) -> APIRouter:
    """The routes of analyticsadmin.googleapis.com and analyticsdata.googleapis.com."""
    routes = make_router("")

    @routes.get("/analyticsadmin.googleapis.com/v1beta/accountSummaries")
    async def summaries(request: Request) -> dict[str, Any]:
        desk.check(request, SCOPE)
        found = [_summary(desk, *account) for account in _ACCOUNTS]
        return desk.page(request, [one for one in found if one["propertySummaries"]], "accountSummaries", most=200)

    @routes.post("/analyticsdata.googleapis.com/v1beta/properties/{number}:runReport")
    async def report(request: Request, number: str) -> dict[str, Any]:
        desk.check(request, SCOPE)
        name = f"properties/{number}"
        desk.check_not_lost(name)
        if name not in _SIZES:
            raise Refused(403, "User does not have sufficient permissions for this property.")
        quota = _spend(desk, name)
        asked = await read_json(request)
        answer = _answer(desk, name, asked)
        return {**answer, "propertyQuota": quota} if asked.get("returnPropertyQuota") else answer

    return routes


def _summary(desk: Desk, account: str, title: str, properties: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    kept = [(name, shown) for name, shown in properties if name not in desk.set_up.lost]
    return {
        "name": f"accountSummaries/{account.rpartition('/')[2]}", "account": account, "displayName": title,
        "propertySummaries": [
            {"property": name, "displayName": shown, "propertyType": "PROPERTY_TYPE_ORDINARY", "parent": account}
            for name, shown in kept
        ],
    }  # fmt: skip


def _spend(desk: Desk, name: str) -> dict[str, Any]:
    spent = (desk.read("ga4_spent", name, Spent) or Spent(tokens=0)).tokens + 1
    left = min(_TOKENS_A_DAY, desk.set_up.report_tokens) - spent
    if left < 0:
        raise Refused(
            429,
            "Exhausted property tokens per day. These quota tokens will return at midnight in the property's time zone."
            " To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas",
        )
    desk.put("ga4_spent", name, Spent(tokens=spent))
    return {"tokensPerDay": {"consumed": 1, "remaining": left}, "tokensPerHour": {"consumed": 1, "remaining": left}}


def _answer(desk: Desk, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    dimensions = [str(one.get("name")) for one in asked.get("dimensions", [])]
    metrics = [str(one.get("name")) for one in asked.get("metrics", [])]
    _check_fields(dimensions, metrics)
    limit, offset = int(asked.get("limit") or _LIMIT), int(asked.get("offset") or 0)
    if not 1 <= limit <= _LIMIT_MOST or offset < 0 or len(asked.get("dateRanges", [])) != 1:
        raise Refused(400)
    days = _days(desk, asked["dateRanges"][0])
    rows = _rows(name, days, dimensions, metrics)
    if asked.get("orderBys"):
        order = [dimensions.index(one["dimension"]["dimensionName"]) for one in asked["orderBys"] if "dimension" in one]
        rows.sort(key=lambda row: [row[0][index] for index in order])
    shown = [
        {
            **({"dimensionValues": [{"value": value} for value in keys]} if keys else {}),
            "metricValues": [{"value": value} for value in values],
        }
        for keys, values in rows[offset : offset + limit]
    ]
    return {
        "dimensionHeaders": [{"name": one} for one in dimensions],
        "metricHeaders": [{"name": one, "type": _METRICS[one]} for one in metrics],
        **({"rows": shown, "rowCount": len(rows)} if shown else {}),
        "metadata": {"currencyCode": "CHF", "timeZone": _ZONE},
        "kind": "analyticsData#runReport",
    }


def _check_fields(dimensions: list[str], metrics: list[str]) -> None:
    unknown = [one for one in dimensions if one not in _DIMENSIONS] + [one for one in metrics if one not in _METRICS]
    if unknown:
        raise Refused(400, f"Field {unknown[0]} is not a valid dimension or metric.")
    if not metrics:
        raise Refused(400, "At least one metric is required.")


def _days(desk: Desk, asked: dict[str, Any]) -> list[date]:
    now = desk.now().astimezone(ZoneInfo(_ZONE))
    first, last = (_day(str(asked.get(end, "")), now) for end in ("startDate", "endDate"))
    if last < first:
        raise Refused(400, "startDate is after endDate.")
    return days_between(max(first, FIRST_DAY), min(last, now.date()))


def _day(text: str, now: datetime) -> date:
    if text in {"today", "yesterday"}:
        return now.date() - timedelta(days=text == "yesterday")
    if text.endswith("daysAgo") and text[:-7].isdecimal():
        return now.date() - timedelta(days=int(text[:-7]))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, "Invalid date.") from error


def _rows(name: str, days: list[date], dimensions: list[str], metrics: list[str]) -> list[tuple[list[str], list[str]]]:
    """Most sessions first, as nobody asked for an order."""
    sums: dict[tuple[str, ...], _Sum] = {}
    for day in days:
        for group, (base, engaged, events) in _GROUPS.items():
            sessions = value_of(f"{name}{group}", day, base=base * _SIZES[name])
            if not sessions:
                continue
            told = {"date": f"{day:%Y%m%d}", "sessionDefaultChannelGroup": group}
            found = sums.setdefault(tuple(told[one] for one in dimensions), _Sum())
            found.sessions += sessions
            found.engaged += round(sessions * engaged)
            found.events += int(sessions * events + noise(name, group, day))
    # People come back: the longer the time, the fewer users per session.
    returning = 0.86 if "date" in dimensions else 0.86 - 0.002 * min(len(days), 60)
    ordered = sorted(sums.items(), key=lambda item: (-item[1].sessions, item[0]))
    return [(list(keys), [_value(metric, one, returning) for metric in metrics]) for keys, one in ordered]


def _value(metric: str, one: _Sum, returning: float) -> str:
    match metric:
        case "sessions":
            return str(one.sessions)
        case "engagedSessions":
            return str(one.engaged)
        case "engagementRate":
            return str(one.engaged / one.sessions)
        case "keyEvents":
            return str(one.events)
        case _:
            return str(round(one.sessions * returning))
