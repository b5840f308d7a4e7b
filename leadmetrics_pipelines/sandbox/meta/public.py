"""What a reader sees: the page of a post, of an account, and uploaded photos. Plain HTML."""

from __future__ import annotations

import html

from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.meta.models import Page, Post
from leadmetrics_pipelines.sandbox.meta.store import Store

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body {{ margin: 0 auto; padding: 24px; max-width: 60ch; font: 16px/1.6 system-ui, sans-serif }}
article {{ border: 1px solid #ccd; border-radius: 10px; padding: 16px; margin: 16px 0; white-space: pre-wrap;
overflow-wrap: anywhere }} img {{ max-width: 100% }} .quiet {{ color: #667 }}</style>
<h1>{title}</h1>{main}</html>"""


def account_page(store: Store, page: Page, gateway: str, *, is_instagram: bool) -> Response:
    """The newest public posts of an account."""
    account = str(page.instagram) if is_instagram else page.id
    posts = [post for post in reversed(store.posts(account)) if post.is_published and not post.is_deleted]
    main = "".join(_show(store, post, gateway) for post in posts) or '<p class="quiet">Nothing here yet.</p>'
    return HTMLResponse(_PAGE.format(title=html.escape(page.name), main=main))


def post_page(store: Store, post: Post | None, page: Page, gateway: str) -> Response:
    """One post; 404 when it is not public."""
    if post is None or not post.is_published or post.is_deleted:
        missing = "<p>This content is not available.</p>"
        return HTMLResponse(_PAGE.format(title=html.escape(page.name), main=missing), status_code=404)
    return HTMLResponse(_PAGE.format(title=html.escape(page.name), main=_show(store, post, gateway)))


def photo_file(store: Store, key: str) -> Response:
    """An uploaded photo."""
    photo = store.photo(key)
    if photo is None:
        return Response(status_code=404)
    return Response(store.photo_bytes(key), media_type=photo.media_type)


def _show(store: Store, post: Post, gateway: str) -> str:
    sources = [url if post.is_instagram else f"{gateway}/www.facebook.com/photo/{url}" for url in post.pictures]
    alts = [photo.alt if (photo := store.photo(key)) else "" for key in post.pictures]
    pictures = "".join(
        f'<img src="{html.escape(source)}" alt="{html.escape(alt)}">' for source, alt in zip(sources, alts, strict=True)
    )
    link = f'<p><a href="{html.escape(post.link)}">{html.escape(post.link)}</a></p>' if post.link else ""
    comments = "".join(f'<p class="quiet">{html.escape(entry.text)}</p>' for entry in store.comments(post.id))
    when = f'<p class="quiet"><time>{post.at:%-d %B %Y, %H:%M} UTC</time></p>'
    return f"<article>{html.escape(post.text)}{link}{pictures}{when}{comments}</article>"
