"""What all of a.klaviyo.com/api has in common: sign-in, scopes, revision, form of errors, bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from leadmetrics_pipelines.sandbox.consent_page import bearer_of
from leadmetrics_pipelines.sandbox.klaviyo.problems import Refused

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.klaviyo.twin import KlaviyoTwin

BASE = "/a.klaviyo.com/api"
_JSON_API = "application/vnd.api+json"


class Route(APIRoute):
    """Gives refusals their form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                return refused.answer()

        return guarded


def enter(twin: KlaviyoTwin, request: Request, scope: str) -> None:
    """Raise Refused unless the token lives and has the scope, and the revision is one that is served."""
    token = twin.consents.live(bearer_of(request))
    if token is None:
        raise Refused(401)
    revision = request.headers.get("revision")
    if not revision:
        raise Refused(400, "The revision header is required.")
    if revision == twin.behaviour.retired_revision:
        raise Refused(410)
    if scope not in token.scopes or (scope.endswith(":write") and twin.behaviour.role_lost):
        raise Refused(403, f"{scope} is missing.")


def give(body: dict[str, Any], status: int = 200) -> Response:
    """A success, with the rate headers of the reference."""
    headers = {"RateLimit-Limit": "150", "RateLimit-Remaining": "149", "RateLimit-Reset": "60"}
    return JSONResponse(body, status_code=status, media_type=_JSON_API, headers=headers)


async def read_data(request: Request, kind: str) -> dict[str, Any]:
    """The resource in the body. Raises Refused."""
    if request.headers.get("content-type") not in {_JSON_API, "application/json"}:
        raise Refused(400, "The content type must be application/vnd.api+json.")
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = {}
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or data.get("type") != kind:
        raise Refused(400, f"'data' of the type {kind} is required.")
    return data
