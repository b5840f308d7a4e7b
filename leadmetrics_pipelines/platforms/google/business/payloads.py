"""What goes to and comes from Google Business Profile: addresses, a local post's bytes, and how answers are read.

Pure. Facts: reference platform_apis.md 7. No call is made here.
"""

from __future__ import annotations

import contextlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.google.facts import GOOGLE_BUSINESS
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial, Prepared, Seen

ACCOUNTS_URL = "https://mybusinessaccountmanagement.googleapis.com/v1"
INFORMATION_URL = "https://mybusinessbusinessinformation.googleapis.com/v1"
PERFORMANCE_URL = "https://businessprofileperformance.googleapis.com/v1"
POSTS_URL = "https://mybusiness.googleapis.com/v4"


@dataclass(frozen=True, kw_only=True)
class PreparedLocalPost(Prepared):
    """The one request of a local post."""

    body: bytes

    def seen(self) -> Seen:
        post: dict[str, Any] = json.loads(self.body)
        return Seen(
            body=post["summary"],
            link=post.get("callToAction", {}).get("url"),
            images=tuple(sha256_bytes(media["sourceUrl"].encode()) for media in post.get("media", [])),
        )


def build_local_post(item: OutgoingSocial, *, language: str) -> PreparedLocalPost:
    """The bytes of a post. Raises ContentRejected or InvalidInput when Google would refuse it."""
    _check_text(item.text)
    post: dict[str, Any] = {"topicType": "STANDARD", "summary": item.text}
    if language:
        post["languageCode"] = language
    if item.link:
        _check_address(item.link, field="link")
        post["callToAction"] = {"actionType": "LEARN_MORE", "url": item.link}
    if item.images:
        post["media"] = [{"mediaFormat": "PHOTO", "sourceUrl": _photo_url(image)} for image in _few(item.images)]
    return PreparedLocalPost(body=json.dumps(post, ensure_ascii=False, sort_keys=True).encode())


def _check_text(text: str) -> None:
    if not text.strip():
        raise ContentRejected("A post on Google Business Profile needs a text. Write one.")
    limit = GOOGLE_BUSINESS.limits["text"]
    length = count_text(text, limit.unit)
    if length > limit.most:
        over = f"{length - limit.most:,} more than the {limit.most:,} of Google Business Profile"
        raise ContentRejected(f"The text has {length:,} characters, {over}. Shorten it.")


def _few(images: tuple[Image, ...]) -> tuple[Image, ...]:
    most = GOOGLE_BUSINESS.most("images")
    if len(images) > most:
        msg = f"The post has {len(images)} pictures; Google Business Profile takes {most}. Remove {len(images) - most}."
        raise ContentRejected(msg)
    return images


def _photo_url(image: Image) -> str:
    if not image.url:
        msg = "Google Business Profile fetches pictures itself: this one has no public address. Set the public address."
        raise InvalidInput(msg, field="images")
    _check_address(image.url, field="images")
    return image.url


def _check_address(url: str, *, field: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(f"{url[:200]!r} is no web address. Enter one that begins with https://.", field=field)


@dataclass(frozen=True, kw_only=True)
class LocalPost:
    """A local post as Google tells it."""

    name: str
    """accounts/1/locations/2/localPosts/3."""
    summary: str
    state: str
    """PROCESSING, LIVE, REJECTED, SCHEDULED, or empty."""
    created_at: datetime | None
    url: str
    link: str
    pictures: int


def read_local_post(raw: Mapping[str, Any]) -> LocalPost | None:
    """A post of an answer; None without a name, its only positive proof."""
    if not raw.get("name"):
        return None
    action, media = raw.get("callToAction"), raw.get("media")
    return LocalPost(
        name=str(raw["name"]),
        summary=str(raw.get("summary", "")),
        state=str(raw.get("state", "")).removesuffix("LOCAL_POST_STATE_UNSPECIFIED"),
        created_at=read_instant(raw.get("createTime")),
        url=str(raw.get("searchUrl", "")),
        link=str(action.get("url", "")) if isinstance(action, dict) else "",
        pictures=len(media) if isinstance(media, list) else 0,
    )


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts differ at most in what platforms tidy up: Unicode form, line ends, space at the ends."""
    return _tidy(one) == _tidy(other)


def list_differences(sent: PreparedLocalPost, live: LocalPost) -> tuple[str, ...]:
    """What Google changed of a post that is live, one sentence each."""
    seen, found = sent.seen(), []
    if not is_same_text(seen.body or "", live.summary):
        found.append(
            f"The text came back with {len(live.summary):,} of {len(seen.body or ''):,} characters or changed."
        )
    if (seen.link or "") != live.link:
        found.append(f"The link came back as {live.link[:200] or 'none'}.")
    if len(seen.images or ()) != live.pictures:
        found.append(
            f"{live.pictures} of {len(seen.images or ())} pictures are shown: Google could not fetch the rest."
        )
    return tuple(found)


def read_instant(value: object) -> datetime | None:
    """A timestamp of Google's, with any number of digits after the second."""
    with contextlib.suppress(ValueError):
        instant = datetime.fromisoformat(str(value))
        return instant.astimezone(UTC) if instant.tzinfo else None
    return None


def _tidy(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


class Profile:
    """A location of the Business Information API. What a read mask left out reads as missing."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    @property
    def name(self) -> str:
        """locations/2."""
        return self.text("name")

    @property
    def title(self) -> str:
        return self.text("title")

    @property
    def website(self) -> str:
        return self.text("websiteUri")

    @property
    def language(self) -> str:
        return self.text("languageCode")

    @property
    def public_url(self) -> str:
        return self.text("metadata", "mapsUri")

    @property
    def address(self) -> str:
        """One line of the storefront's address."""
        lines = self._at("storefrontAddress", "addressLines")
        street = [str(line) for line in lines] if isinstance(lines, list) else []
        return ", ".join(part for part in (*street, self.text("storefrontAddress", "locality")) if part)

    @property
    def is_verified(self) -> bool:
        """Whether the account speaks for the location. Google leaves out what is false."""
        return self._at("metadata", "hasVoiceOfMerchant") is True

    @property
    def is_closed(self) -> bool:
        return self.text("openInfo", "status") == "CLOSED_PERMANENTLY"

    def has(self, *path: str) -> bool:
        """Whether anything is filled in there."""
        return bool(self._at(*path))

    def text(self, *path: str) -> str:
        found = self._at(*path)
        return found if isinstance(found, str) else ""

    def count(self, *path: str) -> int:
        """How many are in a list."""
        found = self._at(*path)
        return len(found) if isinstance(found, list) else 0

    def _at(self, *path: str) -> object:
        found: object = self._raw
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found
