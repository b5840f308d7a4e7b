"""The entrance of Google Ads by REST: which customers dana reaches, and what they are called. No campaigns here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from leadmetrics_pipelines.sandbox.google.desk import Desk, Refused, make_router, read_json

SCOPE = "https://www.googleapis.com/auth/adwords"
VERSION = "v26"
_HOST = f"/googleads.googleapis.com/{VERSION}"
_MANAGER = "5550002222"
#: Digits to name and status.
_CUSTOMERS = {
    "5550001111": ("Acme Garden Furniture", "ENABLED"),
    _MANAGER: ("Northlight Agency", "ENABLED"),
    "5550003333": ("Acme Shop", "ENABLED"),
    "5550004444": ("Acme (old)", "CANCELED"),
    "5550005555": ("Lakeside Terraces", "SUSPENDED"),
}
_REACHED = ("5550001111", _MANAGER, "5550004444")
_MANAGED = ("5550001111", "5550003333", "5550005555")


def build_router(desk: Desk) -> APIRouter:
    """The routes of googleads.googleapis.com."""
    routes = make_router(_HOST)

    @routes.get("/customers:listAccessibleCustomers")
    async def accessible(request: Request) -> dict[str, Any]:
        _check(desk, request)
        reached = [f"customers/{one}" for one in _REACHED if f"customers/{one}" not in desk.set_up.lost]
        return {"resourceNames": reached} if reached else {}

    @routes.post("/customers/{customer}/googleAds:search")
    async def search(request: Request, customer: str) -> dict[str, Any]:
        _check(desk, request)
        _check_customer(desk, customer, request.headers.get("login-customer-id", customer))
        asked = await read_json(request)
        if "pageSize" in asked:
            raise _refused(400, "requestError", "PAGE_SIZE_NOT_SUPPORTED", "Setting the page size is not supported.")
        query = str(asked.get("query", ""))
        if "FROM customer_client" in query:
            return _page(desk, [_client(one) for one in _MANAGED] if customer == _MANAGER else [], asked)
        if "FROM customer" not in query:
            raise _refused(400, "queryError", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", "Error in query.")
        return _page(desk, [{"customer": _describe(customer)}], asked)

    return routes


def _check(desk: Desk, request: Request) -> None:
    if desk.set_up.ads_retired:
        raise _refused(400, "requestError", "UNSUPPORTED_VERSION", f"Version {VERSION} is deprecated.")
    if not request.headers.get("developer-token"):
        raise _refused(401, "authenticationError", "DEVELOPER_TOKEN_PARAMETER_MISSING", "developer-token is missing.")
    desk.check(request, SCOPE)
    if not desk.set_up.ads_token_approved:
        message = "The developer token is only approved for use with test accounts."
        raise _refused(403, "authorizationError", "DEVELOPER_TOKEN_NOT_APPROVED", message)


def _check_customer(desk: Desk, customer: str, login: str) -> None:
    direct = login == customer and customer in _REACHED
    managed = login == _MANAGER and customer in (*_MANAGED, _MANAGER)
    if f"customers/{customer}" in desk.set_up.lost or not (direct or managed):
        message = "User doesn't have permission to access customer."
        raise _refused(403, "authorizationError", "USER_PERMISSION_DENIED", message)
    if _CUSTOMERS[customer][1] == "CANCELED":
        message = "The customer account can't be accessed because it is not yet enabled or has been deactivated."
        raise _refused(403, "authorizationError", "CUSTOMER_NOT_ENABLED", message)


def _refused(status: int, kind: str, word: str, message: str) -> Refused:
    failure = {
        "@type": f"type.googleapis.com/google.ads.googleads.{VERSION}.errors.GoogleAdsFailure",
        "errors": [{"errorCode": {kind: word}, "message": message}],
        "requestId": "sandbox-1",
    }
    return Refused(status, None, details=[failure])


def _describe(customer: str) -> dict[str, Any]:
    name, status = _CUSTOMERS[customer]
    return {
        "resourceName": f"customers/{customer}", "id": customer, "descriptiveName": name, "currencyCode": "CHF",
        "timeZone": "Europe/Zurich", "manager": customer == _MANAGER, "status": status,
    }  # fmt: skip


def _client(customer: str) -> dict[str, Any]:
    described = {name: value for name, value in _describe(customer).items() if name != "resourceName"}
    return {"customerClient": {**described, "resourceName": f"customers/{_MANAGER}/customerClients/{customer}"}}


def _page(desk: Desk, rows: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    size = desk.set_up.page_most or 10_000
    start = int(str(asked.get("pageToken", "from-0")).removeprefix("from-"))
    more = {"nextPageToken": f"from-{start + size}"} if start + size < len(rows) else {}
    return {**({"results": rows[start : start + size]} if rows else {}), "requestId": "sandbox-1", **more}
