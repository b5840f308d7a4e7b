"""Requests of a TikTok account: a photo post as bytes, and what those bytes say. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial, Prepared, Seen
from leadmetrics_pipelines.platforms.tiktok.facts import TIKTOK

_TYPES = {"image/jpeg", "image/webp"}
_MEGABYTE = 1_000_000
PUBLIC = "PUBLIC_TO_EVERYONE"


@dataclass(frozen=True, kw_only=True)
class PreparedPhotos(Prepared):
    """A photo post: the one request that starts it. TikTok fetches the pictures itself."""

    body: bytes

    @property
    def text(self) -> str:
        """The text as it is sent."""
        return str(json.loads(self.body)["post_info"]["description"])

    def seen(self) -> Seen:
        addresses = json.loads(self.body)["source_info"]["photo_images"]
        return Seen(body=self.text, images=tuple(sha256_bytes(address.encode()) for address in addresses))


def prepare_photos(item: OutgoingSocial, *, allow_http: bool) -> PreparedPhotos:
    """The request for a photo post. Links and descriptions of pictures have no place.

    The text goes whole into the description; the title would be a second, shorter text that nobody approved.
    Raises ContentRejected when TikTok would refuse it. `allow_http`: pictures may come from a test's gateway.
    """
    limit = TIKTOK.limits["text"]
    over = count_text(item.text, limit.unit) - limit.most
    if over > 0:
        raise ContentRejected(f"The text is {over:,} UTF-16 units longer than TikTok takes. Shorten it.")
    most = TIKTOK.most("images")
    if not 1 <= len(item.images) <= most:
        raise ContentRejected(f"The post has {len(item.images)} pictures; TikTok needs 1 to {most}.")
    for image in item.images:
        _check_picture(image, allow_http=allow_http)
    body = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {"description": item.text, "privacy_level": PUBLIC, "auto_add_music": True},
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": [image.url for image in item.images],
            "photo_cover_index": 0,
        },
    }
    return PreparedPhotos(body=canonical_json(body))


def _check_picture(image: Image, *, allow_http: bool) -> None:
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    scheme = urlsplit(image.url).scheme
    if scheme != "https" and not (allow_http and scheme == "http"):
        raise ContentRejected(
            "TikTok fetches pictures from a public https address, and this one has none. "
            "Set the public address of the review app in the settings."
        )
    if image.media_type not in _TYPES:
        raise ContentRejected(f"TikTok takes JPEG and WebP; the picture is {image.media_type}. Replace it.")
    if len(image.data) > TIKTOK.most("image_bytes"):
        raise ContentRejected(
            f"The picture has {len(image.data) / _MEGABYTE:.1f} MB; TikTok takes 20. Make it smaller."
        )
