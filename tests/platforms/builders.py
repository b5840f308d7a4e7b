"""Posts, pictures and publishers that are in order, to be spoilt by a test."""

from __future__ import annotations

import dataclasses
import struct
import uuid
import zlib
from typing import Any

from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.base import Image, OutgoingPost, Publisher, make_marker
from leadmetrics_pipelines.platforms.registry import make_publisher

PASSWORDS = {"editor": "demo demo demo demo demo demo", "author": "auth auth auth auth auth auth"}


def publisher_for(url: str, http: HttpClients, *, user: str = "editor", password: str | None = None) -> Publisher:
    """A publisher of a sandbox's site."""
    credentials = {"username": user, "application_password": password or PASSWORDS[user]}
    return make_publisher("wordpress", base_url=url, credentials=credentials, http=http, allow_loopback=True)


def a_post(**changes: Any) -> OutgoingPost:  # noqa: ANN401  any field of a post
    """A post with a marker of its own."""
    post = OutgoingPost(
        marker=make_marker(uuid.uuid4()),
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
