"""webflow.com/oauth and api.webflow.com/oauth: consent, tokens without an end, giving them back (9.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, show_consent
from leadmetrics_pipelines.sandbox.oauth import GrantRefused
from leadmetrics_pipelines.sandbox.webflow.models import SCOPES

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin


def build_router(twin: WebflowTwin) -> APIRouter:
    """The routes of both hosts."""
    routes, consents = APIRouter(), twin.consents

    @routes.get("/webflow.com/oauth/authorize")
    async def ask(request: Request) -> Response:
        if set(request.query_params.get("scope", "").split()) - set(SCOPES):
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        return show_consent(request, consents, title="Authorize an app at Webflow")

    @routes.post("/webflow.com/oauth/authorize")
    async def decide(request: Request) -> Response:
        return await decide_consent(request, consents)

    @routes.post("/api.webflow.com/oauth/access_token")
    async def token(request: Request) -> Response:
        given = await _read(request)
        try:
            issued = consents.exchange(
                app=given.get("client_id"), secret=str(given.get("client_secret", "")), code=str(given.get("code", "")),
                redirect_uri=str(given.get("redirect_uri", "")), verifier=None,
            )  # fmt: skip
        except GrantRefused as refused:
            return _refuse(refused)
        scope = " ".join(issued.access.scopes)
        return JSONResponse({"token_type": "bearer", "access_token": issued.access.value, "scope": scope})

    @routes.post("/webflow.com/oauth/revoke_authorization")
    async def revoke(request: Request) -> Response:
        given = await _read(request)
        try:
            consents.check_app(given.get("client_id"), str(given.get("client_secret", "")))
        except GrantRefused as refused:
            return _refuse(refused)
        found = consents.find(str(given.get("access_token", "")))
        if found is None:
            return JSONResponse({"error": "invalid_token"}, status_code=400)
        consents.end_family(found.family)
        return JSONResponse({"did_revoke": True})

    return routes


def _refuse(refused: GrantRefused) -> Response:
    return JSONResponse({"error": refused.reason, "error_description": refused.description}, status_code=400)


async def _read(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.body())
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
