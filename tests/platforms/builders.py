"""Posts, pictures and publishers that are in order, to be spoilt by a test."""

from __future__ import annotations

import dataclasses
import struct
import uuid
import zlib
from typing import Any

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.publishing import Handles, Image, LivePost, Look, OutgoingArticle
from leadmetrics_pipelines.platforms.registry import Access, make_publisher
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher

PASSWORDS = {"editor": "demo demo demo demo demo demo", "author": "auth auth auth auth auth auth"}


def publisher_for(
    url: str, http: HttpClients, *, user: str = "editor", password: str | None = None
) -> WordPressPublisher:
    """A publisher of a sandbox's site."""
    credentials = {"username": user, "application_password": password or PASSWORDS[user]}
    access = Access(credentials=credentials, http=http, clock=SystemClock(), base_url=url, allow_loopback=True)
    made = make_publisher("wordpress", access)
    assert isinstance(made, WordPressPublisher)
    return made


def send_article(publisher: WordPressPublisher, post: OutgoingArticle) -> LivePost:
    """Prepare, place and send."""
    handles = publisher.place(publisher.prepare(post, {}), {}, lambda _: None)
    return send_with(publisher, post, handles)


def send_with(publisher: WordPressPublisher, post: OutgoingArticle, handles: Handles) -> LivePost:
    """Prepare and send, with these handles."""
    live = publisher.send(publisher.prepare(post, handles), handles)
    assert isinstance(live, LivePost)
    return live


def place_picture(publisher: WordPressPublisher, image: Image) -> str:
    """Place a post's picture; its id at the site."""
    return publisher.place(publisher.prepare(a_post(image=image), {}), {}, lambda _: None)["media_id"]


def look_for(publisher: WordPressPublisher, post: OutgoingArticle, *, thorough: bool = True) -> Look:
    """What a look for a post shows."""
    return publisher.look(post, {}, since=None, thorough=thorough)


def find(publisher: WordPressPublisher, post: OutgoingArticle) -> LivePost | None:
    """Our post, wherever it is."""
    return look_for(publisher, post).ours


def a_post(**changes: Any) -> OutgoingArticle:  # noqa: ANN401  any field of a post
    """A post with a marker of its own."""
    post = OutgoingArticle(
        marker=str(uuid.uuid4()),
        title="Tea & coffee",
        slug="tea-and-coffee",
        excerpt="Which one wakes you up?",
        body_html="<p>Tea &amp; coffee.</p>\n<h2>Why</h2>\n<ul><li>Warm</li></ul>",
    )
    return dataclasses.replace(post, **changes)


def an_image(shade: int = 0, alt: str = "A grey dot") -> Image:
    """A PNG of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes([0, shade]))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    return Image(digest=sha256_bytes(data), media_type="image/png", data=data, alt=alt)
