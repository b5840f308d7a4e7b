"""What a visitor of x.com sees here: a post with its replies, the profile with its posts, and the pictures."""

from __future__ import annotations

import html

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import gateway_of
from leadmetrics_pipelines.sandbox.x.models import USERNAME, Post
from leadmetrics_pipelines.sandbox.x.store import Account

_FRAME = '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'
_GONE = "<!doctype html><title>X</title><h1>Hmm...this page doesn’t exist.</h1>"


def build_router(account: Account) -> APIRouter:
    """`/<name>/status/<id>`, `/<name>` and the pictures."""
    routes = APIRouter()

    @routes.get("/x.com/{name}/status/{number}")
    async def post_page(name: str, number: str, request: Request) -> Response:
        post = account.post(number)
        if post is None or name not in {USERNAME, "i"}:
            return HTMLResponse(_GONE, status_code=404)
        replies = [one for one in account.posts() if one.reply_to == number and not one.is_deleted]
        body = "".join(_draw_post(one, account, request) for one in (post, *replies))
        return HTMLResponse(_FRAME.format(title=_title(account), body=body))

    @routes.get("/x.com/{name}")
    async def profile_page(name: str, request: Request) -> Response:
        if name != USERNAME:
            return HTMLResponse(_GONE, status_code=404)
        mine = [one for one in reversed(account.posts()) if not one.is_deleted and not one.reply_to]
        body = "".join(_draw_post(one, account, request) for one in mine) or "<p>No posts yet.</p>"
        return HTMLResponse(_FRAME.format(title=_title(account), body=body))

    @routes.get("/x.com/i/media/{number}")
    async def picture(number: str) -> Response:
        media, data = account.media(number), account.media_data(number)
        if media is None or data is None:
            return Response("No such picture", status_code=404)
        return Response(data, media_type=media.media_type)

    return routes


def post_address(gateway: str, number: str) -> str:
    """Where a visitor sees a post."""
    return f"{gateway}/x.com/{USERNAME}/status/{number}"


def _draw_post(post: Post, account: Account, request: Request) -> str:
    text = html.escape(post.sent).replace("\n", "<br>")
    numbers = [key.partition("_")[2] for key in post.media]
    pictures = "".join(
        f'<img src="{gateway_of(request)}/x.com/i/media/{number}" alt="{html.escape(media.alt)}"'
        ' style="max-width:30rem">'
        for number in numbers
        if (media := account.media(number)) is not None
    )
    link = post_address(gateway_of(request), post.id)
    when = f'<a href="{link}">{post.created_at:%d %b %Y %H:%M} UTC</a>'
    return f"<article><p>{text}</p>{pictures}<p>{when}</p></article>"


def _title(account: Account) -> str:
    return html.escape(f"{account.profile()['name']} (@{USERNAME})")
