"""Posts as a Webflow collection wants them, and back: pure functions from values to bytes and from bytes to values."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.kit.text import has_letters_or_digits
from leadmetrics_pipelines.platforms.articles import read_html
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingArticle, Prepared, Seen, check_marker
from leadmetrics_pipelines.platforms.webflow.facts import WEBFLOW
from leadmetrics_pipelines.platforms.webflow.fields import FieldMap

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# A repeated slug gets one: five hexadecimal digits (platform_apis.md 9.3).
_SUFFIX = re.compile(r"-[0-9a-f]{5}")
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
_CONTEXT = 60


@dataclass(frozen=True, kw_only=True)
class PreparedWebflowItem(Prepared):
    """The body of `POST /collections/{c}/items` and the picture that is uploaded before it.

    The picture's address is known only after its upload: `place` adds it, and nothing else, by `add_image`.
    """

    item: bytes
    fields: FieldMap
    image: Image | None

    @property
    def data(self) -> dict[str, Any]:
        """The item's fields."""
        found: dict[str, Any] = json.loads(self.item)["fieldData"]
        return found

    def seen(self) -> Seen:
        data = self.data
        images = (self.image,) if self.image else ()
        # No marker: rich text keeps no comments. An item is ours by its id, or by its slug with our title and text.
        return Seen(
            title=data["name"],
            slug=data["slug"],
            excerpt=data.get(self.fields.excerpt) if self.fields.excerpt else None,
            body=data[self.fields.body],
            images=tuple(sha256_bytes(image.data) for image in images) if self.fields.image else None,
            alts=tuple(image.alt for image in images) if self.fields.image else None,
        )


def prepare_item(item: OutgoingArticle, fields: FieldMap) -> PreparedWebflowItem:
    """The request for a post. Raises ContentRejected."""
    _require_sendable(item, fields)
    optional = {
        fields.excerpt: item.excerpt,
        fields.categories: ", ".join(item.categories),
        fields.tags: ", ".join(item.tags),
    }
    data = {
        "name": item.title,
        "slug": item.slug,
        fields.body: item.body_html,
        **{slug: value for slug, value in optional.items() if slug and value},
    }
    body = canonical_json({"isArchived": False, "isDraft": False, "fieldData": data})
    return PreparedWebflowItem(item=body, fields=fields, image=item.image if fields.image else None)


def add_image(prepared: PreparedWebflowItem, address: str) -> bytes:
    """The item's body with its picture."""
    if prepared.image is None or prepared.fields.image is None:
        return prepared.item
    body = json.loads(prepared.item)
    body["fieldData"][prepared.fields.image] = {"url": address, "alt": prepared.image.alt}
    return canonical_json(body)


def name_image(image: Image) -> str:
    """The file's name on the site."""
    return f"leadmetrics-{image.digest[:32]}.{_EXTENSIONS[image.media_type]}"


def asset_body(image: Image) -> bytes:
    """`POST /sites/{s}/assets`. The MD5 is Webflow's checksum, not a signature."""
    digest = hashlib.md5(image.data, usedforsecurity=False).hexdigest()
    return canonical_json({"fileName": name_image(image), "fileHash": digest})


def publish_body(item_id: str) -> bytes:
    """`POST /collections/{c}/items/publish`."""
    return canonical_json({"itemIds": [item_id]})


def is_ours(found: dict[str, Any], prepared: PreparedWebflowItem) -> bool:
    """Whether an item of the collection is this post: its slug, perhaps with a suffix, its title and its text."""
    data, kept = prepared.data, found["fieldData"]
    slug, ours = str(kept.get("slug", "")), str(data["slug"])
    same_slug = slug == ours or (slug.startswith(ours) and _SUFFIX.fullmatch(slug.removeprefix(ours)) is not None)
    body = prepared.fields.body
    return same_slug and kept.get("name") == data["name"] and _text(kept.get(body)) == _text(data[body])


def compare_item(found: dict[str, Any], prepared: PreparedWebflowItem) -> tuple[str, ...]:
    """What Webflow kept differently, one sentence each. Fields it does not show are not judged."""
    wanted, kept = prepared.data, found["fieldData"]
    told = [
        f"The {name} is '{kept[slug]}' at Webflow instead of '{wanted[slug]}'."
        for slug, name in (("name", "title"), ("slug", "slug"), (prepared.fields.excerpt or "", "excerpt"))
        if slug in wanted and slug in kept and kept[slug] != wanted[slug]
    ]
    body = prepared.fields.body
    if body in kept:
        told += _compare_text(_text(wanted[body]), _text(kept[body]))
    if prepared.image and prepared.fields.image and not kept.get(prepared.fields.image):
        told.append("Webflow did not keep the picture.")
    return tuple(told)


def is_live(found: dict[str, Any]) -> bool:
    """Whether readers can see an item."""
    return bool(found.get("lastPublished")) and not found.get("isDraft") and not found.get("isArchived")


def _compare_text(sent: str, came: str) -> list[str]:
    if sent == came:
        return []
    at = next((i for i, (a, b) in enumerate(zip(sent, came, strict=False)) if a != b), min(len(sent), len(came)))
    return [f"Webflow changed the text, first at '{sent[at : at + _CONTEXT]}'."]


def _text(body_html: object) -> str:
    """Webflow writes HTML anew; its words must stay."""
    return read_html(str(body_html or ""))[0]


def _require_sendable(item: OutgoingArticle, fields: FieldMap) -> None:
    check_marker(item.marker)
    most = WEBFLOW.most("slug_characters")
    if not _SLUG.fullmatch(item.slug) or len(item.slug) > most:
        msg = (
            f"The slug {item.slug!r} must be words of a-z and 0-9 joined by single hyphens, at most {most} characters."
        )
        raise ContentRejected(msg)
    if not has_letters_or_digits(item.title):
        raise ContentRejected(f"The title {item.title!r} has no letters or digits. Give the post a title in words.")
    if len(item.title) > WEBFLOW.most("title"):
        raise ContentRejected(f"The title has {len(item.title)} characters; {WEBFLOW.most('title')} fit. Shorten it.")
    if not item.body_html.strip():
        raise ContentRejected(f"The post '{item.title}' has no body. Write one.")
    if item.image is None and fields.image_required:
        raise ContentRejected("The collection at Webflow demands a picture. Add one to the post.")
    if item.image is not None and fields.image:
        _require_image(item.image)


def _require_image(image: Image) -> None:
    if image.media_type not in _EXTENSIONS:
        raise ContentRejected(f"Pictures of type {image.media_type} are not sent. Use JPEG, PNG, WebP or GIF.")
    if len(image.data) > WEBFLOW.most("image_bytes"):
        raise ContentRejected(
            f"The picture has {len(image.data) / 1_000_000:.1f} MB; Webflow takes 4. Make it smaller."
        )
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
