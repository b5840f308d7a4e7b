"""The page on which a person allows or denies an app, and the way back to it. The same for every twin that wants it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leadmetrics_pipelines.sandbox.oauth import Consents, GrantRefused, client_id

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1><p>The app <strong>{app}</strong> asks for access.</p>
<form method="post">{scopes}
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form></html>"""
_SCOPE = '<p><label><input type="checkbox" name="scope" value="{0}" checked> {0}</label></p>'


def show_consent(request: Request, consents: Consents, *, title: str) -> Response:
    """The page, or 400 in words when the app is not the registered one."""
    asked = request.query_params
    if asked.get("client_id") != client_id(consents.party) or asked.get("response_type") != "code":
        return HTMLResponse("<h1>This app is not known here</h1>", status_code=400)
    if not asked.get("redirect_uri"):
        return HTMLResponse("<h1>redirect_uri is missing</h1>", status_code=400)
    scopes = "".join(_SCOPE.format(html.escape(scope)) for scope in _scopes(asked))
    return HTMLResponse(_PAGE.format(title=html.escape(title), app=html.escape(asked["client_id"]), scopes=scopes))


async def decide_consent(request: Request, consents: Consents, *, takes_scopes: bool = True) -> Response:
    """Back to the app: with a code and the state, or with the error that the person's or the platform's no is."""
    asked = request.query_params
    pairs = parse_qsl((await request.body()).decode())
    back = {"state": asked["state"]} if "state" in asked else {}
    if ("decision", "allow") not in pairs:
        refusal = {"error": "access_denied", "error_description": "The user denied access"}
        return _back(asked["redirect_uri"], {**refusal, **back})
    chosen = {value for name, value in pairs if name == "scope"}
    scopes = tuple(scope for scope in _scopes(asked) if scope in chosen) if takes_scopes else ()
    try:
        code = consents.grant_code(
            redirect_uri=asked["redirect_uri"], scopes=scopes, challenge=asked.get("code_challenge")
        )
    except GrantRefused as refused:
        return _back(asked["redirect_uri"], {"error": refused.reason, "error_description": refused.description, **back})
    return _back(asked["redirect_uri"], {"code": code, **back})


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that was posted."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def bearer_of(request: Request, word: str = "Bearer") -> str | None:
    """The token of the Authorization header, when it has that word before it."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind == word and token else None


def gateway_of(request: Request) -> str:
    """Where the sandbox is reached, without a slash at the end."""
    return str(request.base_url).rstrip("/")


def _scopes(asked: Mapping[str, str]) -> list[str]:
    return asked.get("scope", "").replace(",", " ").split()


def _back(address: str, answer: Mapping[str, str]) -> Response:
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(answer)}", status_code=302)
