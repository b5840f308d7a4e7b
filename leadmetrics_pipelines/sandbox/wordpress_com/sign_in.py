"""public-api.wordpress.com/oauth2-1: consent, tokens, revocation (platform_apis.md 8.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.oauth import Consents, GrantRefused, Issued

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.wordpress_com.twin import WordPressComTwin

_BASE = "/public-api.wordpress.com/oauth2-1"
_SCOPES = {"global", "auth", "posts", "media", "taxonomy", "sites", "stats"}


def build_router(twin: WordPressComTwin) -> APIRouter:
    """The routes of OAuth 2.1."""
    routes, consents = APIRouter(prefix=_BASE), twin.consents

    @routes.get("/authorize")
    async def ask(request: Request) -> Response:
        if set(request.query_params.get("scope", "").split()) - _SCOPES:
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        return show_consent(request, consents, title="Connect an app to WordPress.com")

    @routes.post("/authorize")
    async def decide(request: Request) -> Response:
        return await decide_consent(request, consents)

    @routes.post("/token")
    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            issued = _issue(consents, form)
        except GrantRefused as refused:
            body = {"error": refused.reason, "error_description": refused.description}
            return JSONResponse(body, status_code=401 if refused.reason == "invalid_client" else 400)
        return JSONResponse(
            {
                "access_token": issued.access.value, "refresh_token": issued.refresh.value if issued.refresh else None,
                "token_type": "bearer", "expires_in": issued.access_seconds, "scope": " ".join(issued.access.scopes),
            }
        )  # fmt: skip

    @routes.post("/revoke")
    async def revoke(request: Request) -> Response:
        value = (await read_form(request)).get("token", "")
        found = consents.find(value) or consents.find(value, kind="refresh")
        if found:
            consents.end_family(found.family)
        return Response(status_code=200)

    return routes


def _issue(consents: Consents, form: dict[str, str]) -> Issued:
    app, secret = form.get("client_id"), form.get("client_secret")
    if form.get("grant_type") == "refresh_token":
        return consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
    return consents.exchange(
        app=app, secret=secret, code=form.get("code", ""), redirect_uri=form.get("redirect_uri", ""),
        verifier=form.get("code_verifier"),
    )  # fmt: skip
