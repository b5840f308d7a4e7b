"""The twin of TikTok: www.tiktok.com and open.tiktokapis.com."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of, decide_consent, gateway_of, read_form
from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.oauth import Consents, Token
from leadmetrics_pipelines.sandbox.tiktok.answers import (
    OAuthRefused,
    Refused,
    error_object,
    oauth_refusal,
    plain,
    refusal,
    success,
)
from leadmetrics_pipelines.sandbox.tiktok.models import NAME, USERNAME, Post
from leadmetrics_pipelines.sandbox.tiktok.posting import Posting
from leadmetrics_pipelines.sandbox.tiktok.signing_in import RULES, issue_token, revoke, show
from leadmetrics_pipelines.sandbox.tiktok.store import Store
from leadmetrics_pipelines.sandbox.world import Held, World

_API = "/open.tiktokapis.com/v2"
_AUTHORIZE = "/www.tiktok.com/v2/auth/authorize/"
_USUAL = {
    400: "invalid_params", 401: "access_token_invalid", 403: "spam_risk_too_many_posts", 404: "invalid_params",
    429: "rate_limit_exceeded",
}  # fmt: skip
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body {{ margin: 0 auto; padding: 24px; max-width: 60ch; font: 16px/1.6 system-ui, sans-serif }}
article {{ border: 1px solid #ccd; border-radius: 10px; padding: 16px; margin: 16px 0; white-space: pre-wrap }}
img {{ max-width: 100% }}</style><h1>{title}</h1>{main}</html>"""


class TikTokTwin:
    """Person "dana" with the account @acmegarden ("Acme Garden Furniture"); a consent reaches this account alone.

    `set_up` takes the fields of `models.Setup`; each says there what it does. The account she may not use for
    publishing is this one with `privacy_options` without PUBLIC_TO_EVERYONE.
    """

    party: Party = "tiktok"

    def __init__(self, world: World) -> None:
        self._store = Store(world.journal, world.clock)
        self._clock = world.clock
        self.consents = Consents(self.party, RULES, world.journal, world.clock)
        self._posting = Posting(self._store)
        self.router = self._build_router()

    def held(self) -> list[Held]:
        return [
            Held(
                party=self.party, account=USERNAME, kind="post", id=str(post.number),
                state="deleted" if post.is_deleted else post.status,
                # What is under way becomes public without anybody's doing.
                is_public=post.is_public and not post.fail_reason and not post.is_deleted,
                text=post.description or post.title, url=f"/www.tiktok.com/@{USERNAME}/photo/{post.number}",
                images=len(post.pictures), at=post.at,
            )
            for post in self._store.posts()
        ]  # fmt: skip

    def error_body(self, status: int) -> tuple[str, str]:
        if status < 400:  # noqa: PLR2004 - not an error
            return "text/html", "<!doctype html><title>Sign in to the network</title>"
        return "application/json", json.dumps(
            error_object(_USUAL.get(status, "internal_error"), "Asked for by a fault.")
        )

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        return self._store.change(changes).model_dump()

    def forget(self) -> None:
        self._store.forget()

    def _build_router(self) -> APIRouter:
        routes = APIRouter()
        self._add_signing_in(routes)
        self._add_posting(routes)
        self._add_reading(routes)
        self._add_pages(routes)
        return routes

    def _add_signing_in(self, routes: APIRouter) -> None:
        @routes.get(_AUTHORIZE)
        async def consent(request: Request) -> Response:
            return show(request)

        @routes.post(_AUTHORIZE)
        async def decide(request: Request) -> Response:
            return await decide_consent(request, self.consents)

        @routes.post(f"{_API}/oauth/token/")
        async def token(request: Request) -> Response:
            form = await read_form(request)
            return self._oauth(lambda: issue_token(form, self.consents, self._store))

        @routes.post(f"{_API}/oauth/revoke/")
        async def end(request: Request) -> Response:
            form = await read_form(request)
            return self._oauth(lambda: revoke(form, self.consents))

    def _add_posting(self, routes: APIRouter) -> None:
        @routes.post(f"{_API}/post/publish/creator_info/query/")
        async def creator_info(request: Request) -> Response:
            return self._answer(request, "video.publish", lambda _: self._posting.creator_info(self._clock.now()))

        @routes.post(f"{_API}/post/publish/content/init/")
        async def start(request: Request) -> Response:
            body = await _read_json(request)

            def begin(_: Token) -> dict[str, Any]:
                self._posting.check_privacy(body)
                return self._posting.start(body, self._clock.now())

            return self._answer(request, "video.publish", begin)

        @routes.post(f"{_API}/post/publish/status/fetch/")
        async def status(request: Request) -> Response:
            body = await _read_json(request)
            return self._answer(request, "video.publish", lambda _: self._posting.status(body))

    def _add_reading(self, routes: APIRouter) -> None:
        @routes.post(f"{_API}/video/list/")
        async def list_posts(request: Request) -> Response:
            body, fields = await _read_json(request), _fields(request)
            gateway, now = gateway_of(request), self._clock.now()
            return self._answer(request, "video.list", lambda _: self._posting.list_posts(body, fields, gateway, now))

        @routes.post(f"{_API}/video/query/")
        async def find_posts(request: Request) -> Response:
            body, fields, gateway = await _read_json(request), _fields(request), gateway_of(request)
            return self._answer(request, "video.list", lambda _: self._posting.find_posts(body, fields, gateway))

        @routes.get(f"{_API}/user/info/")
        async def user(request: Request) -> Response:
            fields = _fields(request)
            return self._answer(request, "user.info.basic", lambda token: self._posting.user(fields, token.scopes))

    def _add_pages(self, routes: APIRouter) -> None:
        @routes.get("/www.tiktok.com/@{name}/photo/{number}")
        async def photo(name: str, number: str) -> Response:
            found = next((post for post in self._store.posts() if str(post.number) == number and post.is_shown), None)
            main = _show(found) if found else "<p>This post is not available.</p>"
            return HTMLResponse(_page(name, main), status_code=200 if found else 404)

        @routes.get("/www.tiktok.com/@{name}")
        async def profile(name: str) -> Response:
            shown = [post for post in reversed(self._store.posts()) if post.is_shown]
            return HTMLResponse(_page(name, "".join(_show(post) for post in shown) or "<p>Nothing here yet.</p>"))

    def _oauth(self, handle: Callable[[], dict[str, Any]]) -> Response:
        try:
            return plain(handle())
        except OAuthRefused as refused:
            return oauth_refusal(refused, always_200=self._store.setup.errors_as_200)

    def _answer(self, request: Request, scope: str, handle: Callable[[Token], dict[str, Any]]) -> Response:
        try:
            return success(handle(self._check(request, scope)))
        except Refused as refused:
            return refusal(refused, always_200=self._store.setup.errors_as_200)

    def _check(self, request: Request, scope: str) -> Token:
        token = self.consents.live(bearer_of(request))
        if token is None:
            message = "The access token is invalid or not found in the request."
            raise Refused(401, "access_token_invalid", message)
        missing = self._store.setup.missing_scopes
        token = token.model_copy(update={"scopes": tuple(name for name in token.scopes if name not in missing)})
        if scope not in token.scopes:
            raise Refused(401, "scope_not_authorized", f"The user did not authorize the scope {scope}.")
        return token


async def _read_json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _fields(request: Request) -> list[str]:
    return [name for name in request.query_params.get("fields", "").split(",") if name]


def _page(name: str, main: str) -> str:
    return _PAGE.format(title=html.escape(NAME if name == USERNAME else name), main=main)


def _show(post: Post) -> str:
    pictures = "".join(f'<img src="{html.escape(url)}" alt="">' for url in post.pictures)
    return f"<article>{pictures}<p>{html.escape(post.description or post.title)}</p></article>"
