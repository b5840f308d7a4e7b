"""Posts as X wants them, and back: pure functions from values to bytes and from bytes to values.

A picture's id is known only after its upload and ends after a day, so the prepared body names each picture by the
digest of its bytes; the id takes that name's place when the post is sent, and nothing else changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.platforms.pictures import read_picture
from leadmetrics_pipelines.platforms.publishing import Handles, Image, OutgoingSocial, Prepared, Seen, check_marker
from leadmetrics_pipelines.platforms.x.facts import GIF, IMAGE_TYPES, X
from leadmetrics_pipelines.platforms.x.texts import count_cashtags

_LINK_GAP = "\n\n"


@dataclass(frozen=True, kw_only=True)
class PreparedXPost(Prepared):
    """The body of `POST /2/tweets`, in canonical JSON, and the pictures that are uploaded before it."""

    body: bytes
    images: tuple[Image, ...]
    text_length: int
    """Where the text ends and a link that was added to it begins; both are read out of `body`."""
    link: str | None
    """What to look for in the text: a link has no field of its own."""

    def seen(self) -> Seen:
        named = self._sent().get("media", {}).get("media_ids", [])
        held = {name_image(image): image for image in self.images}
        shown = [held.get(str(name)) for name in named]
        return Seen(
            body=self.text[: self.text_length],
            link=self.link if self.link and self.link in self.text else None,
            images=tuple(sha256_bytes(image.data) if image else "" for image in shown),
            alts=tuple(image.alt if image else "" for image in shown),
        )

    @property
    def text(self) -> str:
        """What people will read, links in full."""
        return str(self._sent()["text"])

    def body_with(self, handles: Handles) -> bytes:
        """The body with the id of each picture. Raises KeyError for one that was not placed."""
        body = self.body
        for image in self.images:
            # Quoted whole: a text cannot hold a bare quotation mark, so only the id itself is met.
            body = body.replace(f'"{name_image(image)}"'.encode(), f'"{handles[name_image(image)]}"'.encode())
        return body

    def _sent(self) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.body)
        return sent


def name_image(image: Image) -> str:
    """What a picture is called until it has an id, and the name of the handle that holds it."""
    return f"media:{image.digest}"


def prepare_post(item: OutgoingSocial) -> PreparedXPost:
    """The request for a post. Raises ContentRejected naming the limit that it breaks."""
    check_marker(item.marker)
    text = add_link(item)
    require_text(text)
    _require_images(item.images)
    fields: dict[str, object] = {"text": text}
    if item.images:
        fields["media"] = {"media_ids": [name_image(image) for image in item.images]}
    return PreparedXPost(
        body=canonical_json(fields), images=item.images, text_length=len(item.text), link=item.link or None
    )


def prepare_reply(remote_id: str, text: str) -> bytes:
    """The request for a reply. Raises ContentRejected."""
    require_text(text)
    return canonical_json({"text": text, "reply": {"in_reply_to_tweet_id": remote_id}})


def add_link(item: OutgoingSocial) -> str:
    """The text as it will stand on X: a link that it does not hold already joins it at the end."""
    if not item.link or item.link in item.text:
        return item.text
    return f"{item.text}{_LINK_GAP}{item.link}"


def require_text(text: str) -> None:
    """Raise ContentRejected unless X would take the text."""
    if not text.strip():
        raise ContentRejected("The post has no text. Write one.")
    limit = X.limits["text"]
    count = count_text(text, limit.unit)
    if count > limit.most:
        raise ContentRejected(
            f"The text weighs {count:,} as X counts it (every link 23, an emoji 2); {limit.most:,} fit. "
            f"Shorten it by {count - limit.most:,}."
        )
    cashtags = count_cashtags(text)
    if cashtags > X.most("cashtags"):
        raise ContentRejected(f"The text has {cashtags} cashtags ($NAME); X takes one. Remove the others.")


def read_moment(value: object) -> datetime | None:
    """An instant as X writes it; None for anything else."""
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _require_images(images: tuple[Image, ...]) -> None:
    most = X.most("images")
    if len(images) > most:
        raise ContentRejected(f"The post has {len(images)} pictures; X takes {most}. Remove some.")
    if len(images) > 1 and any(image.media_type == GIF for image in images):
        raise ContentRejected("X takes a GIF only alone. Remove it or the other pictures.")
    for image in images:
        _require_image(image)


def _require_image(image: Image) -> None:
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    facts = read_picture(image.data)
    if image.media_type not in IMAGE_TYPES or facts is None or facts.media_type != image.media_type:
        raise ContentRejected(f"X takes JPEG, PNG and GIF; this picture is {image.media_type}. Replace it.")
    most = X.most("gif_bytes" if image.media_type == GIF else "image_bytes")
    if len(image.data) > most:
        raise ContentRejected(f"The picture has {len(image.data):,} bytes; {most:,} fit on X. Make it smaller.")
    alt = X.most("alt")
    if len(image.alt) > alt:
        raise ContentRejected(f"The picture's description has {len(image.alt):,} characters; {alt:,} fit. Shorten it.")
