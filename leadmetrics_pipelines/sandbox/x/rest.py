"""How X's API says yes and no: problem+json, rate-limit headers, and who is calling (reference platform_apis.md 10)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of
from leadmetrics_pipelines.sandbox.oauth import Token
from leadmetrics_pipelines.sandbox.refusing import Refusal
from leadmetrics_pipelines.sandbox.x.store import Account

_PROBLEM = "application/problem+json"
_PROBLEMS = "https://api.x.com/2/problems/"


class Refused(Refusal):
    """A call that is answered with a problem."""

    def __init__(
        self, status: int, title: str, detail: str = "", *, kind: str = "", headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:  # fmt: skip
        super().__init__(title)
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, object] = {
            "title": title, "type": f"{_PROBLEMS}{kind}" if kind else "about:blank", "status": status,
            "detail": detail or title, **more,
        }  # fmt: skip

    def answer(self) -> Response:
        return JSONResponse(self.body, status_code=self.status, headers=self.headers, media_type=_PROBLEM)


def invalid(message: str, parameter: str, value: object = "") -> Refused:
    """400, in X's words."""
    return Refused(
        400, "Invalid Request", "One or more parameters to your request was invalid.", kind="invalid-request",
        errors=[{"message": message, "parameters": {parameter: [str(value)]}}],
    )  # fmt: skip


def forbidden(detail: str) -> Refused:
    """403, in X's words."""
    return Refused(403, "Forbidden", detail)


def not_found(what: str, value: str) -> dict[str, object]:
    """What stands beside `data` (or instead of it) in a 200."""
    return {
        "value": value, "detail": f"Could not find {what} with id: [{value}].", "title": "Not Found Error",
        "resource_type": what, "parameter": "id", "resource_id": value, "type": f"{_PROBLEMS}resource-not-found",
    }  # fmt: skip


class Gatekeeper:
    """One endpoint's token, scopes and rate limit."""

    def __init__(self, request: Request, account: Account, endpoint: str, *scopes: str) -> None:
        self.account = account
        token = account.consents.live(bearer_of(request))
        if token is None:
            raise Refused(401, "Unauthorized")
        self.token: Token = token
        left, most, reset = account.count_call(endpoint)
        self.headers = {
            "x-rate-limit-limit": str(most),
            "x-rate-limit-remaining": str(max(0, left)),
            "x-rate-limit-reset": str(reset),
        }
        if left < 0:
            raise Refused(429, "Too Many Requests", headers=self.headers)
        missing = [scope for scope in scopes if scope not in token.scopes]
        if missing:
            raise Refused(
                403, "Client Forbidden", "Your app lacks the scopes for this endpoint.", kind="client-forbidden",
                headers=self.headers,
            )  # fmt: skip

    def answer(self, body: object, status: int = 200) -> Response:
        """A success with the endpoint's rate-limit headers."""
        return JSONResponse(body, status_code=status, headers=self.headers)


def usual_error(status: int) -> tuple[str, str]:
    """What X says with an error status when a fault gives no body."""
    if status < 400:  # noqa: PLR2004 - not an error
        return "text/html", "<!doctype html><title>Proxy</title><h1>Please sign in to the network</h1>"
    titles = {
        400: "Invalid Request", 401: "Unauthorized", 402: "CreditsDepleted", 403: "Forbidden",
        404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    }  # fmt: skip
    if status not in titles:
        return "text/html", f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    title = titles[status]
    return _PROBLEM, json.dumps({"title": title, "type": "about:blank", "status": status, "detail": title})
