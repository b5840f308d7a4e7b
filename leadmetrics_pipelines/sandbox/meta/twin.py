"""The twin of Meta: www.facebook.com, graph.facebook.com, www.instagram.com."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import gateway_of, show_consent
from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.meta.graph import VERSIONS, GraphRefusal, error_object, read_call, usage_headers
from leadmetrics_pipelines.sandbox.meta.models import PAGES
from leadmetrics_pipelines.sandbox.meta.public import account_page, photo_file, post_page
from leadmetrics_pipelines.sandbox.meta.routing import Router
from leadmetrics_pipelines.sandbox.meta.signing_in import RULES, MetaConsents, SigningIn, decide
from leadmetrics_pipelines.sandbox.meta.store import Store
from leadmetrics_pipelines.sandbox.oauth import Consents
from leadmetrics_pipelines.sandbox.world import Held, World

_DIALOG = f"/www.facebook.com/{VERSIONS[-1]}/dialog/oauth"
#: What the API usually says with a status (3.2): code and words.
_USUAL = {
    400: (100, "Invalid parameter"),
    401: (190, "Error validating access token: The session is invalid."),
    403: (200, "(#200) Permissions error"),
    404: (2500, "Unknown path components"),
    429: (4, "(#4) Application request limit reached"),
    503: (2, "Service temporarily unavailable"),
}


class MetaTwin:
    """One person, four Pages, three Instagram accounts, two ad accounts.

    "dana" has the Pages "Acme Garden Furniture" and "... Outlet" (each with an Instagram account), "Acme Showroom"
    (reached through the business alone) and "Garden Lovers Club" (may not publish); of the ad accounts one is disabled.
    `set_up` takes the fields of `models.Setup`; each says there what it does.
    """

    party: Party = "meta"

    def __init__(self, world: World) -> None:
        self._store = Store(world.journal)
        self._clock = world.clock
        self.consents: Consents = MetaConsents(self.party, RULES, world.journal, world.clock)
        self._router = Router(self._store, self.consents, SigningIn(self._store, self.consents, world.clock))
        self.router = self._build_router()

    def held(self) -> list[Held]:
        things = [
            Held(
                party=self.party, account=post.account, kind="post", id=post.id,
                state="deleted" if post.is_deleted else "published" if post.is_published else "unpublished",
                is_public=post.is_published and not post.is_deleted, text=post.text,
                url=_path_of(post.account, post.id, post.shortcode), images=len(post.pictures), at=post.at,
            )
            for post in self._store.posts()
        ] + [
            Held(
                party=self.party, account=container.account, kind="container", id=container.id,
                state="PUBLISHED" if container.media else "FINISHED", is_public=False, text=container.caption,
                images=len(container.pictures), at=container.at,
            )
            for container in self._store.containers()
        ] + [
            Held(
                party=self.party, account=comment.author, kind="comment", id=comment.id, state="published",
                is_public=True, text=comment.text, at=comment.at,
            )
            for comment in self._store.comments()
        ]  # fmt: skip
        return sorted(things, key=lambda thing: (thing.at, thing.id))

    def error_body(self, status: int) -> tuple[str, str]:
        if status < 400:  # noqa: PLR2004 - not an error
            return "text/html", "<!doctype html><title>Sign in to the network</title>"
        code, message = _USUAL.get(status, (1, "An unknown error occurred"))
        return "application/json; charset=UTF-8", json.dumps(error_object(code, message))

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        return self._store.change(changes).model_dump()

    def forget(self) -> None:
        self._store.forget()

    def _build_router(self) -> APIRouter:
        routes = APIRouter()
        store = self._store

        @routes.get(_DIALOG)
        async def show(request: Request) -> Response:
            return show_consent(request, self.consents, title="Continue with Facebook")

        @routes.post(_DIALOG)
        async def answer_dialog(request: Request) -> Response:
            return await decide(request, self.consents)

        @routes.api_route("/graph.facebook.com/{path:path}", methods=["GET", "POST", "DELETE"])
        async def graph(request: Request, path: str) -> Response:
            return await self._answer(request, path)

        @routes.get("/www.facebook.com/photo/{key}")
        async def photo(key: str) -> Response:
            return photo_file(store, key)

        @routes.get("/www.facebook.com/{page}/posts/{key}")
        async def post(request: Request, page: str, key: str) -> Response:
            found = next((known for known in PAGES if known.id == page), PAGES[0])
            return post_page(store, store.post(f"{page}_{key}"), found, gateway_of(request))

        @routes.get("/www.facebook.com/{name}")
        async def account(request: Request, name: str) -> Response:
            found = next((known for known in PAGES if name in {known.username, known.id}), PAGES[0])
            return account_page(store, found, gateway_of(request), is_instagram=False)

        @routes.get("/www.instagram.com/p/{shortcode}/")
        async def medium(request: Request, shortcode: str) -> Response:
            found = next((known for known in store.posts() if known.shortcode == shortcode), None)
            page = next((known for known in PAGES if found and known.instagram == found.account), PAGES[0])
            return post_page(store, found, page, gateway_of(request))

        @routes.get("/www.instagram.com/{name}/")
        async def instagram(request: Request, name: str) -> Response:
            found = next((known for known in PAGES if known.instagram_username == name), PAGES[0])
            return account_page(store, found, gateway_of(request), is_instagram=True)

        return routes

    async def _answer(self, request: Request, path: str) -> Response:
        account = path.split("/")[1] if "/" in path else "app"
        try:
            call = await read_call(request, path, self._clock)
            answer: Any = JSONResponse(self._router.answer(call))
        except GraphRefusal as refusal:
            answer = refusal.answer()
        except ValueError as error:
            answer = GraphRefusal(100, f"Invalid parameter: {type(error).__name__}").answer()
        answer.headers.update(usage_headers(self._store.setup, account))
        found: Response = answer
        return found


def _path_of(account: str, key: str, shortcode: str) -> str:
    """The public address, below the gateway."""
    if shortcode:
        return f"/www.instagram.com/p/{shortcode}/"
    return f"/www.facebook.com/{account}/posts/{key.partition('_')[2]}"
