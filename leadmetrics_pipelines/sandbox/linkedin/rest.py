"""How LinkedIn's API says yes and no: its error bodies, its headers, and who is calling."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of
from leadmetrics_pipelines.sandbox.linkedin.models import MAIN_PAGE, organization_urn
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.oauth import Token
from leadmetrics_pipelines.sandbox.refusing import Refusal

POSTING_ROLES = {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR"}
_TRACE = {"x-li-uuid": "AAYsandbox==", "x-li-fabric": "prod-sandbox", "x-restli-protocol-version": "2.0.0"}


class Refused(Refusal):
    """A call that is answered with an error (reference platform_apis.md 2.6)."""

    def __init__(
        self, status: int, message: str, *, code: str = "", service: int | None = None, **more: object
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, object] = {"status": status, "message": message, **more}
        if code:
            self.body["code"] = code
        if service is not None:
            self.body["serviceErrorCode"] = service

    def answer(self) -> Response:
        return JSONResponse(self.body, status_code=self.status, headers=_TRACE)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A call that got in: whose token it bears, and what it wants of which page."""

    token: Token
    pages: Pages

    def need_scope(self, scope: str, what: str) -> None:
        """Refuse unless the token has the scope."""
        if scope not in self.token.scopes:
            raise denied(what)

    def need_page(self, urn: object, what: str, *, roles: set[str]) -> str:
        """The number of a page on which the caller has one of these roles."""
        page = str(urn).removeprefix("urn:li:organization:")
        if not str(urn).startswith("urn:li:organization:") or self.pages.role_on(page) not in roles:
            raise denied(what)
        return page


def denied(what: str) -> Refused:
    """403, in LinkedIn's words."""
    return Refused(
        403, f"Not enough permissions to access: partnerApi{what}.20260901", code="ACCESS_DENIED", service=100
    )


def let_in(request: Request, pages: Pages) -> Caller:
    """Check what every call to /rest/ needs: a token, an active version, the protocol version."""
    value = bearer_of(request)
    known = pages.consents.find(value)
    if known is None:
        raise Refused(401, "Invalid access token", service=65600)
    if known.is_revoked or pages.refuses_fresh(known.value):
        raise Refused(
            401, "The token used in the request has been revoked by the user", code="REVOKED_ACCESS_TOKEN",
            service=65601,
        )  # fmt: skip
    live = pages.consents.live(value)
    if live is None:
        raise Refused(401, "The token used in the request has expired", code="EXPIRED_ACCESS_TOKEN", service=65602)
    _check_version(request, pages)
    return Caller(token=live, pages=pages)


def _check_version(request: Request, pages: Pages) -> None:
    version = request.headers.get("linkedin-version", "")
    if not version:
        raise Refused(400, "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
                      code="VERSION_MISSING")  # fmt: skip
    if version < pages.set_up.oldest_version or version > f"{pages.clock.now():%Y%m}":
        raise Refused(426, f"Requested version {version} is not active", code="NONEXISTENT_VERSION")
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise illegal("X-Restli-Protocol-Version must be 2.0.0")


def illegal(message: str) -> Refused:
    """400, in LinkedIn's words."""
    return Refused(400, message, code="ILLEGAL_ARGUMENT")


def check_encoded(request: Request) -> None:
    """URNs in paths and queries must be percent-encoded."""
    raw = request.scope["raw_path"] + b"?" + request.scope["query_string"]
    if b"urn:li:" in raw:
        raise illegal("URNs in paths and query parameters must be encoded")


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a body."""
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise illegal("Unable to parse the request body as JSON")
    return found


def answer_json(body: object, status: int = 200) -> Response:
    """A success with a body."""
    return JSONResponse(body, status_code=status, headers=_TRACE)


def answer_empty(status: int, **headers: str) -> Response:
    """A success without one; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status_code=status, headers={**_TRACE, **named})


def usual_error(status: int) -> tuple[str, str]:
    """What LinkedIn says with an error status when a fault gives no body."""
    if status < 400:  # noqa: PLR2004 - not an error
        return "text/html", "<!doctype html><title>Proxy</title><h1>Please sign in to the network</h1>"
    known: dict[int, dict[str, object]] = {
        400: {"code": "ILLEGAL_ARGUMENT", "message": "Asked for by a fault"},
        401: {"code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65601,
              "message": "The token used in the request has been revoked by the user"},
        403: {"code": "ACCESS_DENIED", "serviceErrorCode": 100,
              "message": "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260901"},
        422: {"message": f"Invalid author {organization_urn(MAIN_PAGE)}", "errorDetails": {"inputErrors": []}},
        426: {"code": "NONEXISTENT_VERSION", "message": "Requested version 20260901 is not active"},
        429: {"serviceErrorCode": 101,
              "message": "Resource level throttle limit for calls to this resource is reached."},
        500: {"message": "Internal Server Error"},
    }  # fmt: skip
    if status not in known:
        return "text/html", f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return "application/json", json.dumps({"status": status, **known[status]})
