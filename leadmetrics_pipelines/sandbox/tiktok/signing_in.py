"""TikTok's consent page and its token endpoints."""

from __future__ import annotations

import html
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.oauth import Consents, GrantRefused, Issued, OAuthRules, client_id
from leadmetrics_pipelines.sandbox.tiktok.answers import OAuthRefused
from leadmetrics_pipelines.sandbox.tiktok.models import OPEN_ID
from leadmetrics_pipelines.sandbox.tiktok.store import Store

#: 2 hours and 180 days by the documents of November 2026; the old refresh token stops working (1.3).
RULES = OAuthRules(access_seconds=7200, refresh_seconds=15_552_000, rotates=True)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Authorize</title>
<h1>Log in with TikTok</h1><p>The app <strong>{app}</strong> asks for access to @acmegarden.</p>
<form method="post">{scopes}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form></html>"""
_SCOPE = '<p><label><input type="checkbox" name="scope" value="{0}" checked> {0}</label></p>'


def show(request: Request) -> Response:
    """The page, or 400 in words; the app is named by `client_key`."""
    asked = request.query_params
    if asked.get("client_key") != client_id("tiktok") or asked.get("response_type") != "code":
        return HTMLResponse("<h1>client_key</h1><p>This app is not known here.</p>", status_code=400)
    if not asked.get("redirect_uri"):
        return HTMLResponse("<h1>redirect_uri</h1>", status_code=400)
    scopes = "".join(_SCOPE.format(html.escape(scope)) for scope in asked.get("scope", "").split(",") if scope)
    return HTMLResponse(_PAGE.format(app=html.escape(asked["client_key"]), scopes=scopes))


def issue_token(form: dict[str, str], consents: Consents, store: Store) -> dict[str, Any]:
    """`/v2/oauth/token/`: a code or a refresh token for tokens."""
    app, secret = form.get("client_key"), form.get("client_secret", "")
    try:
        if form.get("grant_type") == "refresh_token":
            issued = consents.refresh(app=app, secret=secret, token=form.get("refresh_token", ""))
        elif form.get("grant_type") == "authorization_code":
            issued = consents.exchange(
                app=app,
                secret=secret,
                code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
            )
        else:
            raise OAuthRefused("unsupported_grant_type", "The grant type is not supported.")
    except GrantRefused as refused:
        raise OAuthRefused(refused.reason, refused.description) from refused
    return _tell(issued, store)


def revoke(form: dict[str, str], consents: Consents) -> dict[str, Any]:
    """`/v2/oauth/revoke/`."""
    try:
        consents.check_app(form.get("client_key"), form.get("client_secret", ""))
    except GrantRefused as refused:
        raise OAuthRefused(refused.reason, refused.description) from refused
    token = consents.find(form.get("token")) or consents.find(form.get("token"), kind="refresh")
    if token is None or token.is_revoked:
        raise OAuthRefused("invalid_grant", "Access token is invalid or expired.")
    consents.end_family(token.family)
    return {}


def _tell(issued: Issued, store: Store) -> dict[str, Any]:
    missing = store.setup.missing_scopes
    scopes = ",".join(scope for scope in issued.access.scopes if scope not in missing)
    return {
        "access_token": issued.access.value, "expires_in": issued.access_seconds, "open_id": OPEN_ID,
        "refresh_token": issued.refresh.value if issued.refresh else "",
        "refresh_expires_in": issued.refresh_seconds, "scope": scopes, "token_type": "Bearer",
    }  # fmt: skip
