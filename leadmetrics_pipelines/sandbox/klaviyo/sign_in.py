"""www.klaviyo.com/oauth and a.klaviyo.com/oauth: consent, tokens, revocation (platform_apis.md 13.1)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.klaviyo.models import SCOPES
from leadmetrics_pipelines.sandbox.oauth import Consents, GrantRefused, Issued

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.klaviyo.twin import KlaviyoTwin


def build_router(twin: KlaviyoTwin) -> APIRouter:
    """The routes of both hosts."""
    routes, consents = APIRouter(), twin.consents

    @routes.get("/www.klaviyo.com/oauth/authorize")
    async def ask(request: Request) -> Response:
        unknown = set(request.query_params.get("scope", "").split()) - set(SCOPES)
        if unknown:
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        return show_consent(request, consents, title="Connect an app to Klaviyo")

    @routes.post("/www.klaviyo.com/oauth/authorize")
    async def decide(request: Request) -> Response:
        return await decide_consent(request, consents)

    @routes.post("/a.klaviyo.com/oauth/token")
    async def token(request: Request) -> Response:
        form, (app, secret) = await read_form(request), _basic(request)
        try:
            if form.get("grant_type") == "refresh_token":
                issued = consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
                _prolong(twin, issued)
            else:
                issued = consents.exchange(
                    app=app, secret=secret, code=form.get("code", ""), redirect_uri=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier"),
                )  # fmt: skip
        except GrantRefused as refused:
            status = 401 if refused.reason == "invalid_client" else 400
            return JSONResponse({"error": refused.reason, "error_description": refused.description}, status_code=status)
        return JSONResponse(_view(issued))

    @routes.post("/a.klaviyo.com/oauth/revoke")
    async def revoke(request: Request) -> Response:
        form, (app, secret) = await read_form(request), _basic(request)
        try:
            consents.check_app(app, secret)
        except GrantRefused as refused:
            return JSONResponse({"error": refused.reason}, status_code=401)
        _end(consents, form.get("token", ""))
        return Response(status_code=200)

    return routes


def _view(issued: Issued) -> dict[str, object]:
    refresh = issued.refresh.value if issued.refresh else None
    return {
        "access_token": issued.access.value, "refresh_token": refresh, "expires_in": issued.access_seconds,
        "token_type": "Bearer", "scope": " ".join(issued.access.scopes),
    }  # fmt: skip


def _prolong(twin: KlaviyoTwin, issued: Issued) -> None:
    """A refresh token dies of not being used; so use makes it live on."""
    if issued.refresh:
        ends_at = twin.clock.now() + timedelta(seconds=twin.consents.rules.refresh_seconds or 0)
        twin.consents.keep(issued.refresh.model_copy(update={"ends_at": ends_at}))


def _end(consents: Consents, value: str) -> None:
    found = consents.find(value) or consents.find(value, kind="refresh")
    if found:
        consents.end_family(found.family)


def _basic(request: Request) -> tuple[str | None, str]:
    kind, _, pair = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return None, ""
    app, _, secret = base64.b64decode(pair).decode("utf-8", "replace").partition(":")
    return app, secret
