"""What guards every answer: headers, and the check that a form came from one of our own pages.

Pages run no inline script and no inline style; the preview of a post runs no script at all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadmetrics_pipelines.errors import NotAllowed

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# A post's own words: pictures from the web as on the site, no script, no form; shown in a frame of ours only.
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' https: http: data:; form-action 'none'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """ASGI middleware that adds the headers an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if "Cache-Control" not in headers:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_guarded)


class FormRefused(NotAllowed):
    """A form that did not come from a page of this sign-in."""


def make_csrf_token(csrf_secret: str) -> str:
    """A token for one page: masked anew each time, so that compressed pages tell nothing about it."""
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{_sign(csrf_secret, nonce)}"


def check_csrf_token(csrf_secret: str, token: str | None) -> None:
    """Raise FormRefused unless the token was made with this sign-in's secret."""
    nonce, _, signature = (token or "").partition(".")
    if not nonce or not hmac.compare_digest(signature, _sign(csrf_secret, nonce)):
        msg = "This form is no longer valid, so nothing was changed. Reload the page and send it again."
        raise FormRefused(msg)


def _sign(csrf_secret: str, nonce: str) -> str:
    return hmac.new(csrf_secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()
