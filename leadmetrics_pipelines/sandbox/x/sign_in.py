"""X's consent page, token endpoint and revocation (reference platform_apis.md 10.1)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.oauth import GrantRefused, Issued
from leadmetrics_pipelines.sandbox.x.store import Account

_AUTHORIZE = "/x.com/i/oauth2/authorize"
_TOKEN, _REVOKE = "/api.x.com/2/oauth2/token", "/api.x.com/2/oauth2/revoke"
_STATE = 500


def build_router(account: Account) -> APIRouter:
    """Authorize, decide, token, revoke."""
    routes = APIRouter()

    @routes.get(_AUTHORIZE)
    async def ask(request: Request) -> Response:
        asked = request.query_params
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return HTMLResponse("<h1>Something went wrong</h1><p>code_challenge is missing</p>", status_code=400)
        if not 0 < len(asked.get("state", "")) <= _STATE:
            return HTMLResponse("<h1>Something went wrong</h1><p>state is missing or too long</p>", status_code=400)
        return show_consent(request, account.consents, title="X")

    @routes.post(_AUTHORIZE)
    async def decide(request: Request) -> Response:
        return await decide_consent(request, account.consents)

    @routes.post(_TOKEN)
    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            return _answer(account, _issue(account, form, *_app_of(request, form)))
        except GrantRefused as refused:
            return _refuse(refused)

    @routes.post(_REVOKE)
    async def revoke(request: Request) -> Response:
        form = await read_form(request)
        app, secret = _app_of(request, form)
        try:
            account.consents.check_app(app, secret)
        except GrantRefused as refused:
            return _refuse(refused)
        value = form.get("token", "")
        found = account.consents.find(value) or account.consents.find(value, kind="refresh")
        if found is not None:
            account.consents.end_family(found.family)
        return JSONResponse({"revoked": True})

    return routes


def _app_of(request: Request, form: dict[str, str]) -> tuple[str | None, str | None]:
    """The app by Basic (confidential), or by the form alone (public)."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return form.get("client_id"), None
    try:
        app, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, ""
    return unquote(app), unquote(secret)


def _issue(account: Account, form: dict[str, str], app: str | None, secret: str | None) -> Issued:
    match form.get("grant_type"):
        case "authorization_code":
            return account.consents.exchange(
                app=app, secret=secret, code=form.get("code", ""), redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
            )  # fmt: skip
        case "refresh_token":
            return account.consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
        case _:
            raise GrantRefused("unsupported_grant_type", "Missing or unknown grant_type")


def _answer(account: Account, issued: Issued) -> Response:
    withheld = set(account.set_up.withheld_scopes)
    scopes = tuple(scope for scope in issued.access.scopes if scope not in withheld)
    access = account.consents.keep(issued.access.model_copy(update={"scopes": scopes}))
    body: dict[str, object] = {
        "token_type": "bearer", "expires_in": issued.access_seconds, "access_token": access.value,
        "scope": " ".join(scopes),
    }  # fmt: skip
    if issued.refresh is not None and "offline.access" in scopes:
        body["refresh_token"] = issued.refresh.value
    return JSONResponse(body)


def _refuse(refused: GrantRefused) -> Response:
    if refused.reason == "invalid_client":
        body = {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
        return JSONResponse(body, status_code=401)
    if refused.reason == "invalid_grant":
        body = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
        return JSONResponse(body, status_code=400)
    return JSONResponse({"error": refused.reason, "error_description": refused.description}, status_code=400)
