"""What all of api.webflow.com/v2 has in common: sign-in, scopes, rate headers, form of errors, bodies."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from leadmetrics_pipelines.sandbox.consent_page import bearer_of
from leadmetrics_pipelines.sandbox.oauth import Token
from leadmetrics_pipelines.sandbox.webflow.problems import Refused

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin

BASE = "/api.webflow.com/v2"


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


def enter(twin: WebflowTwin, request: Request, scope: str | None) -> Token:
    """Raise Refused unless the token lives and has the scope."""
    token = twin.consents.live(bearer_of(request))
    if token is None:
        raise Refused(401)
    if scope is not None and scope not in token.scopes:
        raise Refused(403, code="missing_scopes")
    if scope is not None and scope.endswith(":write") and twin.behaviour.role_lost:
        raise Refused(403)
    return token


def give(body: dict[str, Any], status: int = 200) -> Response:
    """A success, with the rate headers of the reference."""
    return JSONResponse(body, status_code=status, headers={"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59"})


async def read_json(request: Request) -> dict[str, Any]:
    """The object in the body. Raises Refused."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, param="body", description="Malformed JSON")
    return body
