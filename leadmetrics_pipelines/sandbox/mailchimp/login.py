"""login.mailchimp.com: consent, token, and the metadata that names the data centre (platform_apis.md 12.1)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of, decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.oauth import Consents, GrantRefused

_HOST = "/login.mailchimp.com/oauth2"


def build_router(consents: Consents) -> APIRouter:
    """The host's routes."""
    routes = APIRouter(prefix=_HOST)

    @routes.get("/authorize")
    async def ask(request: Request) -> Response:
        return show_consent(request, consents, title="Connect an app to Mailchimp")

    @routes.post("/authorize")
    async def decide(request: Request) -> Response:
        return await decide_consent(request, consents, takes_scopes=False)

    @routes.post("/token")
    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            issued = consents.exchange(
                app=form.get("client_id"), secret=form.get("client_secret", ""), code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""), verifier=None,
            )  # fmt: skip
        except GrantRefused as refused:
            return JSONResponse({"error": refused.reason, "error_description": refused.description}, status_code=400)
        return JSONResponse({"access_token": issued.access.value, "expires_in": 0, "scope": None})

    @routes.get("/metadata")
    async def metadata(request: Request) -> Response:
        token = bearer_of(request, "OAuth")
        if consents.live(token) is None:
            return JSONResponse({"error": "invalid_token"}, status_code=401)
        return JSONResponse(
            {
                "dc": "us1", "role": "owner", "accountname": "Acme Garden Furniture", "user_id": 1,
                "login": {"email": "dana@acme-garden.example", "login_id": 1, "login_name": "dana"},
                "login_url": "https://login.mailchimp.com", "api_endpoint": "https://us1.api.mailchimp.com",
            }
        )  # fmt: skip

    return routes
