"""What a visitor of linkedin.com sees here: a post with its comments, and a page with its posts."""

from __future__ import annotations

import html
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import gateway_of
from leadmetrics_pipelines.sandbox.linkedin.images import picture_address
from leadmetrics_pipelines.sandbox.linkedin.little_text import read_text
from leadmetrics_pipelines.sandbox.linkedin.models import PAGES, Post
from leadmetrics_pipelines.sandbox.linkedin.store import Pages

_FRAME = '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'
_GONE = "<!doctype html><title>LinkedIn</title><h1>This page doesn’t exist</h1>"


def build_router(pages: Pages) -> APIRouter:
    """`/feed/update/<urn>/` and `/company/<name>/`."""
    routes = APIRouter()

    @routes.get("/www.linkedin.com/feed/update/{urn}/")
    async def post_page(urn: str, request: Request) -> Response:
        post = pages.post(urn)
        if post is None:
            return HTMLResponse(_GONE, status_code=404)
        comments = "".join(f"<p>💬 {html.escape(c.text)}</p>" for c in pages.comments(urn))
        body = _draw_post(post, request) + comments
        return HTMLResponse(_FRAME.format(title=html.escape(_name(post)), body=body))

    @routes.get("/www.linkedin.com/company/{name}/")
    async def company_page(name: str, request: Request) -> Response:
        for number, about in PAGES.items():
            if about["vanityName"] == name:
                mine = [p for p in reversed(pages.posts()) if p.author.endswith(f":{number}") and not p.is_deleted]
                body = "".join(_draw_post(post, request) for post in mine) or "<p>No posts yet.</p>"
                return HTMLResponse(_FRAME.format(title=html.escape(about["localizedName"]), body=body))
        return HTMLResponse(_GONE, status_code=404)

    return routes


def post_address(gateway: str, urn: str) -> str:
    """Where a visitor sees a post."""
    return f"{gateway}/www.linkedin.com/feed/update/{urn}/"


def images_in(content: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The pictures of a post."""
    match content:
        case {"media": dict(media)}:
            return [media]
        case {"multiImage": {"images": list(images)}}:
            return images
        case _:
            return []


def _draw_post(post: Post, request: Request) -> str:
    text = html.escape(read_text(post.commentary)).replace("\n", "<br>")
    shown = "".join(
        f'<img src="{html.escape(picture_address(request, image["id"]))}" alt="{html.escape(image.get("altText", ""))}"'
        ' style="max-width:30rem">'
        for image in images_in(post.content)
    )
    card = (post.content or {}).get("article")
    if card:
        shown += f'<p><a href="{html.escape(card["source"])}">{html.escape(card["title"])}</a></p>'
    link = post_address(gateway_of(request), post.urn)
    return f'<article><p>{text}</p>{shown}<p><a href="{link}">{post.created_at:%d %b %Y %H:%M} UTC</a></p></article>'


def _name(post: Post) -> str:
    return str(PAGES.get(post.author.rpartition(":")[2], {}).get("localizedName", "LinkedIn"))
