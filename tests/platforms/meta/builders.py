"""Posts and pictures for the Graph API's twin."""

from __future__ import annotations

import dataclasses
import struct
import uuid
from typing import Any

from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.publishing import Handles, Image, LivePost, OutgoingSocial, Prepared, Publisher

PAGE, OUTLET, NOT_OURS, SHOWROOM = (f"10100000000000{number}" for number in ("1", "2", "3", "4"))
ACCOUNT = "178410000000001"


def a_jpeg(*, width: int = 1080, height: int = 1080, size: int = 0, shade: int = 0) -> Image:
    """The beginning of a JPEG of these sides, filled up to `size` bytes, with a public address."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    data = (b"\xff\xd8" + frame + bytes([shade]) * 16).ljust(size, b"\x00")
    digest = sha256_bytes(data)
    return Image(
        digest=digest, media_type="image/jpeg", data=data, alt=f"Bench {shade}", url=f"https://cdn.example/{digest}.jpg"
    )


def a_post(**changes: Any) -> OutgoingSocial:  # noqa: ANN401  any field of a post
    """A post with a text of its own."""
    marker = str(uuid.uuid4())
    return dataclasses.replace(
        OutgoingSocial(marker=marker, text=f"Oak benches are back. Number {marker[:8]}"), **changes
    )


def publish(publisher: Publisher, post: OutgoingSocial, kept: list[Handles] | None = None) -> LivePost:
    """The whole way of a post that meets no trouble."""
    stored: list[Handles] = kept if kept is not None else []
    prepared: Prepared = publisher.prepare(post, {})
    handles = publisher.place(prepared, {}, stored.append)
    live = publisher.send(prepared, handles)
    assert isinstance(live, LivePost)
    return live
