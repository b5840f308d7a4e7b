"""LinkedIn's consent page and token endpoint (reference platform_apis.md 2.1)."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.oauth import GrantRefused, Issued

_AUTHORIZE = "/www.linkedin.com/oauth/v2/authorization"
_TOKEN = "/www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address
KNOWN_SCOPES = {
    "w_organization_social", "r_organization_social", "rw_organization_admin", "openid", "profile", "r_basicprofile",
}  # fmt: skip


def build_router(pages: Pages) -> APIRouter:
    """Authorize, decide, token."""
    routes = APIRouter()

    @routes.get(_AUTHORIZE)
    async def ask(request: Request) -> Response:
        asked = set(request.query_params.get("scope", "").split())
        if not asked <= KNOWN_SCOPES:
            return _back(request, "unauthorized_scope_error", f"Scope {min(asked - KNOWN_SCOPES)} is not allowed")
        return show_consent(request, pages.consents, title="LinkedIn")

    @routes.post(_AUTHORIZE)
    async def decide(request: Request) -> Response:
        if (await read_form(request)).get("decision") != "allow":
            return _back(request, "user_cancelled_authorize", "The user cancelled the authorization")
        return await decide_consent(request, pages.consents)

    @routes.post(_TOKEN)
    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            return _answer(pages, _issue(pages, form))
        except GrantRefused as refused:
            status = 401 if refused.reason == "invalid_client" else 400
            body = {"error": refused.reason, "error_description": refused.description}
            return JSONResponse(body, status_code=status)

    return routes


def _issue(pages: Pages, form: dict[str, str]) -> Issued:
    app, secret = form.get("client_id"), form.get("client_secret", "")
    match form.get("grant_type"):
        case "authorization_code":
            return pages.consents.exchange(
                app=app, secret=secret, code=form.get("code", ""), redirect_uri=form.get("redirect_uri", ""),
                verifier=None,
            )  # fmt: skip
        case "refresh_token":
            return pages.consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
        case _:
            raise GrantRefused("invalid_request", "A required parameter grant_type is missing")


def _answer(pages: Pages, issued: Issued) -> Response:
    withheld = set(pages.set_up.withheld_scopes)
    scopes = tuple(scope for scope in issued.access.scopes if scope not in withheld)
    access = pages.consents.keep(issued.access.model_copy(update={"scopes": scopes}))
    body: dict[str, object] = {
        "access_token": access.value, "expires_in": issued.access_seconds, "scope": ",".join(scopes)
    }  # fmt: skip
    if issued.refresh is not None:
        body |= {"refresh_token": issued.refresh.value, "refresh_token_expires_in": issued.refresh_seconds}
    return JSONResponse(body)


def _back(request: Request, error: str, description: str) -> Response:
    asked = request.query_params
    answer = {"error": error, "error_description": description, "state": asked.get("state", "")}
    return RedirectResponse(f"{asked.get('redirect_uri', '')}?{urlencode(answer)}", status_code=302)
