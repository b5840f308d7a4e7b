"""Google's consent page, token endpoint, revocation and user information (reference 1.2, 1.3, 6).

A refresh token comes with `access_type=offline`, at the first consent of a person or when `prompt=consent` asks for it.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.consent_page import decide_consent, read_form, show_consent
from leadmetrics_pipelines.sandbox.google.desk import Desk, make_router
from leadmetrics_pipelines.sandbox.oauth import PERSON, GrantRefused, Issued, Token

_TESTING_DAYS = 7
_BAD_REQUEST = "Bad Request"
_WORDS = {
    "redirect_uri does not match": ("redirect_uri_mismatch", _BAD_REQUEST),
    "code_verifier does not match": ("invalid_grant", "Invalid code verifier."),
    "The code was used before": ("invalid_grant", _BAD_REQUEST),
    "The code is unknown or has expired": ("invalid_grant", _BAD_REQUEST),
    "The refresh token is unknown": ("invalid_grant", _BAD_REQUEST),
    "The refresh token has expired or was revoked": ("invalid_grant", "Token has been expired or revoked."),
}


class Consent(BaseModel):
    """What was asked for with a code."""

    gives_refresh: bool


def build_router(desk: Desk) -> APIRouter:
    """The routes of accounts.google.com, oauth2.googleapis.com and openidconnect.googleapis.com."""
    routes = make_router("")

    @routes.get("/accounts.google.com/o/oauth2/v2/auth")
    async def authorize(request: Request) -> Response:
        return show_consent(request, desk.consents, title="Sign in with Google")

    @routes.post("/accounts.google.com/o/oauth2/v2/auth")
    async def decide(request: Request) -> Response:
        asked = request.query_params
        is_first = not _has_consented(desk)
        answer = await decide_consent(request, desk.consents)
        code = parse_qs(urlsplit(answer.headers["location"]).query).get("code", [""])[0]
        wants = "consent" in asked.get("prompt", "").split() or is_first
        gives = asked.get("access_type") == "offline" and wants
        desk.put("consent", code, Consent(gives_refresh=gives))
        return answer

    @routes.post("/oauth2.googleapis.com/token")
    async def token(request: Request) -> Response:
        form = await read_form(request)
        try:
            return _trade(desk, form)
        except GrantRefused as refused:
            return _refuse(refused)

    @routes.post("/oauth2.googleapis.com/revoke")
    async def revoke(request: Request) -> Response:
        value = (await read_form(request)).get("token") or request.query_params.get("token")
        known = desk.consents.find(value) or desk.consents.find(value, kind="refresh")
        if known is None or not known.is_live(desk.now()):
            return JSONResponse({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
        desk.consents.end_family(known.family)
        return JSONResponse({})

    @routes.get("/openidconnect.googleapis.com/v1/userinfo")
    @routes.get("/www.googleapis.com/oauth2/v3/userinfo")
    async def user(request: Request) -> dict[str, object]:
        found = desk.check(request, "https://www.googleapis.com/auth/userinfo.email")
        return {"sub": "1100011", "email": f"{found.person}@acme.example", "email_verified": True}

    return routes


def _trade(desk: Desk, form: dict[str, str]) -> Response:
    app, secret = form.get("client_id"), form.get("client_secret", "")
    match form.get("grant_type"):
        case "authorization_code":
            code = form.get("code", "")
            issued = desk.consents.exchange(
                app=app, secret=secret, code=code, redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
            )  # fmt: skip
            return JSONResponse(_tell(issued, _shape_refresh(desk, code, issued)))
        case "refresh_token":
            issued = desk.consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
            return JSONResponse(_tell(issued, None))
        case _:
            raise GrantRefused("unsupported_grant_type", "Invalid grant_type")


def _shape_refresh(desk: Desk, code: str, issued: Issued) -> Token | None:
    """The refresh token as this consent gives it: not at all, for seven days, or until it is revoked."""
    consent = desk.read("consent", code, Consent)
    if issued.refresh is None:
        return None
    if consent is None or not consent.gives_refresh:
        desk.consents.keep(issued.refresh.model_copy(update={"is_revoked": True}))
        return None
    if not desk.set_up.testing:
        return issued.refresh
    ends_at = desk.now() + timedelta(days=_TESTING_DAYS)
    return desk.consents.keep(issued.refresh.model_copy(update={"ends_at": ends_at}))


def _tell(issued: Issued, refresh: Token | None) -> dict[str, object]:
    answer: dict[str, object] = {
        "access_token": issued.access.value,
        "expires_in": (issued.access_seconds or 0) - 1,
        "scope": " ".join(issued.access.scopes),
        "token_type": "Bearer",
    }
    if refresh is not None:
        answer["refresh_token"] = refresh.value
        if refresh.ends_at is not None:
            answer["refresh_token_expires_in"] = _TESTING_DAYS * 86400 - 1
    return answer


def _refuse(refused: GrantRefused) -> Response:
    if refused.reason == "invalid_client":
        body = {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        return JSONResponse(body, status_code=401)
    word, description = _WORDS.get(refused.description, (refused.reason, refused.description))
    return JSONResponse({"error": word, "error_description": description}, status_code=400)


def _has_consented(desk: Desk) -> bool:
    tokens = (Token.model_validate_json(body) for body in desk.journal.load("oauth.google.token"))
    return any(token.kind == "refresh" and token.person == PERSON and token.is_live(desk.now()) for token in tokens)
