"""What every publishing platform offers, and the values that go in and out.

One `Publisher` is one account on one site. Nothing here knows a protocol; each platform's room does.
The rules behind it: look before writing, one call per write, success only from a positive proof.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from leadmetrics_pipelines.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

_MARKER = re.compile(r"<!-- leadmetrics:([0-9A-Za-z-]{8,64}) -->")


def make_marker(publication_id: object) -> str:
    """The comment that ends a post's body and says which publication it is: `<!-- leadmetrics:<id> -->`.

    Raises InvalidInput when the id is not 8 to 64 characters of [0-9A-Za-z-].
    """
    marker = f"<!-- leadmetrics:{publication_id} -->"
    read_marker(marker)
    return marker


def read_marker(marker: str) -> str:
    """The publication id inside a marker. Raises InvalidInput when it is no marker."""
    match = _MARKER.fullmatch(marker)
    if match is None:
        msg = f"{marker!r} is not a content marker. Make it with make_marker(publication id)."
        raise InvalidInput(msg, field="marker")
    return match[1]


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture that goes with a post."""

    digest: str
    """SHA-256 of `data`, 64 hexadecimal digits; names the picture on the platform."""
    media_type: str
    data: bytes
    alt: str


@dataclass(frozen=True, kw_only=True)
class OutgoingPost:
    """A post as it was approved, before it takes a platform's shape."""

    marker: str
    """The whole comment, as `make_marker` gives it; not part of `body_html`."""
    title: str
    """Plain text."""
    slug: str
    """[a-z0-9-], never empty."""
    excerpt: str
    """Plain text."""
    body_html: str
    """Sanitised HTML, without the marker."""
    image: Image | None = None
    publish_at: datetime | None = None
    """Aware, UTC; None: at once."""


@dataclass(frozen=True, kw_only=True)
class SeenPost:
    """What the bytes of a request say, read back from those bytes; compared with what was approved."""

    marker: str
    title: str
    slug: str
    excerpt: str
    body_html: str
    """Without the marker."""
    publish_at: datetime | None
    media_id: str | None


@dataclass(frozen=True, kw_only=True)
class PreparedPost(ABC):
    """A request that is ready to go. `body` is exactly what will be sent."""

    body: bytes

    @abstractmethod
    def seen(self) -> SeenPost:
        """The facts in `body`, parsed from it and from nothing else."""


@dataclass(frozen=True, kw_only=True)
class LivePost:
    """A post as the platform holds it."""

    remote_id: str
    url: str
    """The public address; of a scheduled post, the address it will have."""
    slug: str
    status: str
    """The platform's own word: publish, future, draft, pending, private, trash."""
    differences: tuple[str, ...] = ()
    """What the platform changed of what was sent, one sentence each. Empty: it kept everything, or nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look on the platform showed."""

    ours: LivePost | None
    """The post with our marker."""
    slug_taken: bool
    """Whether a post that is not ours, and not in the trash, has exactly the slug."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who we are on the platform, and where."""

    name: str
    can_publish: bool
    site_name: str
    site_url: str


class Publisher(Protocol):
    """One account on one platform. Every method raises the families of `errors.py` and nothing else.

    A permanent error and RateLimited or PlatformUnavailable mean: nothing was published.
    OutcomeUnknown (from `send` alone) means: look with `find` before anything else. Threads may share a publisher.
    """

    def verify(self) -> Account:
        """Ask the platform who we are. Raises AccessRevoked when we are refused or may not publish."""
        ...

    def find(self, *, slug: str, marker: str) -> LivePost | None:
        """The post that carries this marker, in any status (trash too) and under any slug; None: not there.

        A post with this slug and without the marker is somebody else's and is not returned.
        """
        ...

    def slug_taken(self, slug: str) -> bool:
        """Whether any post outside the trash, ours or not, has exactly this slug."""
        ...

    def look(self, *, slug: str, marker: str, thorough: bool = True) -> Look:
        """`find` and `slug_taken` in one.

        Not `thorough`: one call that looks under the slug and its variants only. That is enough before a first attempt;
        after one whose outcome is unknown it is not.
        """
        ...

    def place_image(self, image: Image) -> str:
        """The platform's id of the picture; uploads only if it is not there yet. Safe to repeat."""
        ...

    def prepare(self, post: OutgoingPost, *, media_id: str | None) -> PreparedPost:
        """The exact request for this post. Pure; the same post gives the same bytes.

        Raises ContentRejected or InvalidInput when the platform would refuse it.
        """
        ...

    def send(self, prepared: PreparedPost) -> LivePost:
        """Publish, with exactly one call that writes and no retry."""
        ...
