"""Posts as LinkedIn wants them, and back: pure functions from values to bytes and from bytes to values.

A picture's URN is known only after its upload, so the prepared body names each picture by the digest of its bytes; the
URN takes that name's place when the post is sent, and nothing else changes (reference platform_apis.md 2.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.platforms.linkedin.facts import IMAGE_TYPES, LINKEDIN
from leadmetrics_pipelines.platforms.linkedin.little_text import escape_text, is_same_text, unescape_text
from leadmetrics_pipelines.platforms.pictures import read_picture
from leadmetrics_pipelines.platforms.publishing import Handles, Image, OutgoingSocial, Prepared, Seen, check_marker

_LINK_GAP = "\n\n"
_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class PreparedLinkedInPost(Prepared):
    """The body of `POST /rest/posts`, in canonical JSON, and the pictures that are uploaded before it."""

    body: bytes
    images: tuple[Image, ...]
    text_length: int
    """Where the text ends and a link that was added to it begins; both are read out of `body`."""
    link: str | None
    """What to look for in the text where the link has no field of its own."""

    def seen(self) -> Seen:
        sent: dict[str, Any] = json.loads(self.body)
        text = unescape_text(sent["commentary"])
        content = sent.get("content") or {}
        in_text = self.link if self.link and self.link in text else None
        media = media_of(content)
        held = {name_image(image): sha256_bytes(image.data) for image in self.images}
        return Seen(
            body=text[: self.text_length],
            link=content.get("article", {}).get("source") or in_text,
            images=tuple(held.get(str(picture["id"]), "") for picture in media),
            alts=tuple(str(picture.get("altText", "")) for picture in media),
        )

    def body_with(self, handles: Handles) -> bytes:
        """The body with the URN of each picture. Raises KeyError for one that was not placed."""
        body = self.body
        for image in self.images:
            # Quoted whole: a text cannot hold a bare quotation mark, so only the id itself is met.
            body = body.replace(f'"{name_image(image)}"'.encode(), f'"{handles[name_image(image)]}"'.encode())
        return body

    @property
    def text(self) -> str:
        """What people will read."""
        return unescape_text(json.loads(self.body)["commentary"])


def name_image(image: Image) -> str:
    """What a picture is called until it has a URN, and the name of the handle that holds it."""
    return f"image:{image.digest}"


def media_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pictures in a post's content, one or several."""
    if "multiImage" in content:
        return list(content["multiImage"].get("images") or [])
    return [content["media"]] if "media" in content else []


def prepare_post(item: OutgoingSocial, *, author: str) -> PreparedLinkedInPost:
    """The request for a post. Raises ContentRejected naming the limit that it breaks."""
    check_marker(item.marker)
    text = add_link(item)
    _require_text(text)
    _require_images(item.images)
    fields: dict[str, object] = {
        "author": author,
        "commentary": escape_text(text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _make_content(item)
    if content is not None:
        fields["content"] = content
    return PreparedLinkedInPost(
        body=canonical_json(fields), images=item.images, text_length=len(item.text), link=item.link or None
    )


def add_link(item: OutgoingSocial) -> str:
    """The text as it will stand on LinkedIn: a post with pictures has no link card, so its link joins the text."""
    if not item.link or not item.images or item.link in item.text:
        return item.text
    return f"{item.text}{_LINK_GAP}{item.link}"


def prepare_comment(*, actor: str, post: str, text: str) -> bytes:
    """The request for a comment: plain text, nothing escaped. Raises ContentRejected."""
    most = LINKEDIN.most("comment")
    if not text.strip():
        raise ContentRejected("The comment has no text. Write one.")
    if len(text) > most:
        raise ContentRejected(f"The comment has {len(text):,} characters; {most:,} fit on LinkedIn. Shorten it.")
    return canonical_json({"actor": actor, "object": post, "message": {"text": text}})


def compare_text(sent: str, came: str) -> tuple[str, ...]:
    """What LinkedIn changed of a text, in one sentence; nothing where a reader sees no difference."""
    if is_same_text(sent, came):
        return ()
    if came and sent.startswith(came):
        rest = sent[len(came) :].strip()[:_SHOWN]
        return (f"LinkedIn cut the text after {len(came):,} of {len(sent):,} characters, before '{rest}'.",)
    at = next((i for i, (a, b) in enumerate(zip(sent, came, strict=False)) if a != b), min(len(sent), len(came)))
    return (f"LinkedIn changed the text, first at '{sent[at : at + _SHOWN]}'.",)


def read_moment(value: object) -> datetime | None:
    """Milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int) else None


def _make_content(item: OutgoingSocial) -> dict[str, object] | None:
    media = [{"id": name_image(image), "altText": image.alt} for image in item.images]
    if len(media) > 1:
        return {"multiImage": {"images": media}}
    if media:
        return {"media": media[0]}
    if item.link:
        # LinkedIn fetches nothing from the address and refuses a card without a title.
        return {"article": {"source": item.link, "title": _title_card(item)}}
    return None


def _title_card(item: OutgoingSocial) -> str:
    lines = (" ".join(word for word in line.split() if not word.startswith("#")) for line in item.text.splitlines())
    first = next((line for line in lines if line), "")
    return first[: LINKEDIN.most("card_title")].strip() or urlsplit(item.link or "").hostname or "Link"


def _require_text(text: str) -> None:
    limit = LINKEDIN.limits["text"]
    if not text.strip():
        raise ContentRejected("The post has no text. Write one.")
    count = count_text(text, limit.unit)
    if count > limit.most:
        raise ContentRejected(
            f"The text has {count:,} characters as LinkedIn counts them (brackets, hashes and the like count twice); "
            f"{limit.most:,} fit. Shorten it by {count - limit.most:,}."
        )


def _require_images(images: tuple[Image, ...]) -> None:
    most = LINKEDIN.most("images")
    if len(images) > most:
        raise ContentRejected(f"The post has {len(images)} pictures; LinkedIn takes {most}. Remove some.")
    for image in images:
        _require_image(image)


def _require_image(image: Image) -> None:
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    facts = read_picture(image.data)
    if image.media_type not in IMAGE_TYPES or facts is None or facts.media_type != image.media_type:
        raise ContentRejected(f"LinkedIn takes JPEG, PNG and GIF; this picture is {image.media_type}. Replace it.")
    pixels = LINKEDIN.most("image_pixels")
    if facts.pixels > pixels:
        raise ContentRejected(
            f"The picture has {facts.width:,} x {facts.height:,} pixels; {pixels:,} in all fit. Make it smaller."
        )
    alt = LINKEDIN.most("alt")
    if len(image.alt) > alt:
        raise ContentRejected(f"The picture's description has {len(image.alt):,} characters; {alt:,} fit. Shorten it.")
