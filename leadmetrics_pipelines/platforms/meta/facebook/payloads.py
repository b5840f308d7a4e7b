"""Requests of a Facebook Page: a post as bytes, what those bytes say, and posts as they come back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.platforms.meta.facts import FACEBOOK
from leadmetrics_pipelines.platforms.meta.multipart import Upload, build_upload
from leadmetrics_pipelines.platforms.pictures import read_picture
from leadmetrics_pipelines.platforms.publishing import Handles, Image, LivePost, OutgoingSocial, Prepared, Seen

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
_SOURCE, _ALT = "source", "alt_text_custom"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PreparedPagePost(Prepared):
    """A post of a Page: its photos' uploads and the request that publishes."""

    feed: bytes
    """JSON. The ids of placed photos go beside it, in the query: they are not content."""
    photos: tuple[Upload, ...] = ()
    appended: str = ""
    """The link, where it had to go behind the text: with photos Facebook shows no link card."""

    @property
    def message(self) -> str:
        """The text as it is sent."""
        return str(json.loads(self.feed)["message"])

    def seen(self) -> Seen:
        text, link = self.message, json.loads(self.feed).get("link")
        tail = f"\n\n{self.appended}"
        if self.appended and text.endswith(tail):
            text, link = text.removesuffix(tail), self.appended
        parts = [photo.parts() for photo in self.photos]
        return Seen(
            body=text,
            link=link,
            images=tuple(sha256_bytes(part[_SOURCE]) for part in parts),
            alts=tuple(part.get(_ALT, b"").decode() for part in parts),
        )


def prepare_post(item: OutgoingSocial) -> PreparedPagePost:
    """The requests for a post. Raises ContentRejected when Facebook would refuse it."""
    photos = tuple(_prepare_photo(image) for image in item.images)
    if len(photos) > FACEBOOK.most("images"):
        raise ContentRejected(
            f"The post has {len(photos)} pictures; Facebook takes {FACEBOOK.most('images')}. Remove some."
        )
    body: dict[str, object] = {"message": item.text, "published": True}
    appended = ""
    if item.link and not photos:
        body["link"] = item.link
    elif item.link and item.link not in item.text:
        appended = item.link
        body["message"] = f"{item.text}\n\n{appended}"
    _check_text(str(body["message"]))
    return PreparedPagePost(feed=canonical_json(body), photos=photos, appended=appended)


def attach(handles: Handles, count: int) -> str:
    """The `attached_media` parameter for photos that were placed."""
    return canonical_json([{"media_fbid": handles[name_photo(index)]} for index in range(count)]).decode()


def name_photo(index: int) -> str:
    """The handle of a photo."""
    return f"photo_{index}"


def read_post(post: Mapping[str, Any]) -> LivePost:
    """A post as it came back. Raises KeyError when it has no id."""
    key = str(post["id"])
    url = str(post.get("permalink_url") or f"https://www.facebook.com/{key}")
    return LivePost(remote_id=key, url=url, status="published")


def _check_text(text: str) -> None:
    limit = FACEBOOK.limits["text"]
    length = count_text(text, limit.unit)
    if length > limit.most:
        raise ContentRejected(
            f"The text has {length:,} characters, {length - limit.most:,} more than Facebook takes. Shorten it."
        )
    if not text.strip():
        # It is by its text that a post is found again when an answer is lost.
        raise ContentRejected("The post has no text. Write one.")


def _prepare_photo(image: Image) -> Upload:
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    facts = read_picture(image.data)
    if facts is None or facts.media_type not in _EXTENSIONS:
        raise ContentRejected(f"Facebook takes JPEG and PNG; the picture is {image.media_type}. Replace it.")
    most = FACEBOOK.most("image_bytes")
    if len(image.data) > most:
        size = f"{len(image.data) / _MEGABYTE:.1f} MB"
        raise ContentRejected(f"The picture has {size}; Facebook takes {most // _MEGABYTE} MB. Make it smaller.")
    return build_upload(
        {"published": "false", _ALT: image.alt} if image.alt else {"published": "false"},
        name=_SOURCE,
        file_name=f"{image.digest[:32]}.{_EXTENSIONS[facts.media_type]}",
        media_type=facts.media_type,
        data=image.data,
    )
