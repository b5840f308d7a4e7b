"""Requests of an Instagram account: containers as bytes, what those bytes say, and the checks before. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.domain.lengths import HASHTAG, MENTION
from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.platforms.meta.facts import INSTAGRAM
from leadmetrics_pipelines.platforms.pictures import read_picture
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial, Prepared, Seen

_MEBIBYTE = 1024 * 1024
_PERMILLE = 1000


@dataclass(frozen=True, kw_only=True)
class PreparedMedium(Prepared):
    """A post of an account: the containers' requests. Publishing itself carries an id and no content."""

    items: tuple[bytes, ...]
    """JSON. One: the container of a single picture, caption included. Several: the items of a carousel."""
    carousel: bytes | None = None
    """JSON, of several: the container around them, with the caption. Their ids go beside it, in the query."""

    @property
    def caption(self) -> str:
        """The text as it is sent."""
        return str(json.loads(self.carousel or self.items[0])["caption"])

    def seen(self) -> Seen:
        items = [json.loads(item) for item in self.items]
        return Seen(
            body=self.caption,
            images=tuple(sha256_bytes(item["image_url"].encode()) for item in items),
            alts=tuple(item.get("alt_text", "") for item in items),
        )


def prepare_medium(item: OutgoingSocial, *, allow_http: bool) -> PreparedMedium:
    """The requests for a post. A link has no place: addresses in captions cannot be followed.

    Raises ContentRejected when Instagram would refuse it. `allow_http`: pictures may come from a test's gateway.
    """
    _check_caption(item.text)
    most = INSTAGRAM.most("images")
    if not 1 <= len(item.images) <= most:
        raise ContentRejected(f"The post has {len(item.images)} pictures; Instagram needs 1 to {most}.")
    pictures = [_describe(image, allow_http=allow_http) for image in item.images]
    if len(pictures) == 1:
        return PreparedMedium(items=(canonical_json({**pictures[0], "caption": item.text}),))
    return PreparedMedium(
        items=tuple(canonical_json({**picture, "is_carousel_item": "true"}) for picture in pictures),
        carousel=canonical_json({"media_type": "CAROUSEL", "caption": item.text}),
    )


def read_hashtags(text: str) -> list[str]:
    """The hashtags of a caption in small letters, with their sign."""
    return [tag.lower() for tag in HASHTAG.findall(text)]


def _check_caption(text: str) -> None:
    if not text.strip():
        # It is by its caption that a post is found again when an answer is lost.
        raise ContentRejected("The post has no caption. Write one.")
    limits = INSTAGRAM.limits
    counts = {
        "text": (count_text(text, limits["text"].unit), "characters"),
        "hashtags": (len(read_hashtags(text)), "hashtags"),
        "mentions": (len(MENTION.findall(text)), "mentions"),
    }
    for name, (count, words) in counts.items():
        over = count - limits[name].most
        if over > 0:
            msg = f"The caption has {count:,} {words}, {over:,} more than Instagram takes. Shorten it."
            raise ContentRejected(msg)


def _describe(image: Image, *, allow_http: bool) -> dict[str, str]:
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    scheme = urlsplit(image.url).scheme
    if scheme != "https" and not (allow_http and scheme == "http"):
        raise ContentRejected(
            "Instagram fetches pictures from a public https address, and this one has none. "
            "Set the public address of the review app in the settings."
        )
    _check_picture(image)
    return {"image_url": image.url, **({"alt_text": image.alt} if image.alt else {})}


def _check_picture(image: Image) -> None:
    facts = read_picture(image.data)
    if facts is None or facts.media_type != "image/jpeg":
        raise ContentRejected(f"Instagram takes JPEG; the picture is {image.media_type}. Replace it.")
    if len(image.data) >= INSTAGRAM.most("image_bytes"):
        size = f"{len(image.data) / _MEBIBYTE:.1f} MiB"
        raise ContentRejected(f"The picture has {size}; Instagram takes less than 8 MiB. Make it smaller.")
    narrowest, widest = INSTAGRAM.most("ratio_narrowest_permille"), INSTAGRAM.most("ratio_widest_permille")
    if not narrowest * facts.height <= facts.width * _PERMILLE <= widest * facts.height:
        raise ContentRejected(
            f"The picture is {facts.width} by {facts.height}; Instagram takes 4:5 to 1.91:1. Crop it."
        )
