"""What every publishing platform offers, and the values that go in and out.

One `Publisher` is one account on one platform. Three steps send an item: `prepare` makes every byte of content that
will be sent (pure, so that the caller can prove that it is what was approved), `place` does everything that is not yet
public and may be repeated (uploads, containers, drafts of campaigns), `send` makes the one call that makes it public.
`look` finds out what became of an item whose answer was lost. Nothing here knows a platform; each room does.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from leadmetrics_pipelines.errors import InvalidInput, PassingError

_MARKER = re.compile(r"[0-9A-Za-z-]{8,64}")

Handles = Mapping[str, str]
"""Remote ids of what was placed (`media_id`, `container_id`, `publish_id`, `campaign_id`, ...). The ledger keeps them;
the room alone knows their names. They belong to one version of one item: another version starts without any."""

Keep = Callable[[Handles], None]
"""Stores all handles, committed, before it returns. Called after every step that made something remote."""


def check_marker(marker: str) -> str:
    """A publication's id as it is put into what is sent. Raises InvalidInput unless 8 to 64 of [0-9A-Za-z-]."""
    if _MARKER.fullmatch(marker) is None:
        msg = f"{marker!r} is not a publication id: 8 to 64 letters, digits and hyphens."
        raise InvalidInput(msg, field="marker")
    return marker


class StillProcessing(PassingError):
    """The platform is at work on what was placed. Nothing is public yet; ask again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture that goes with an item."""

    digest: str
    """SHA-256 of `data`, 64 hexadecimal digits; names the picture on the platform where that is possible."""
    media_type: str
    data: bytes = field(repr=False)
    alt: str
    url: str = ""
    """Public https address of the same bytes, for platforms that fetch pictures themselves (Instagram, Google
    Business Profile, TikTok photos); empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What is common to all items. `marker`: the publication's id."""

    marker: str
    publish_at: datetime | None = None
    """Aware, UTC, when it was meant to go out; items are sent when they are due, never scheduled on the platform."""


@dataclass(frozen=True, kw_only=True)
class OutgoingArticle(Outgoing):
    """A blog post."""

    title: str
    slug: str
    """[a-z0-9-], never empty."""
    excerpt: str
    body_html: str
    """Sanitised HTML."""
    image: Image | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutgoingSocial(Outgoing):
    """A social post or a local post."""

    text: str
    """Exactly as approved: with its hashtags, before any escaping."""
    link: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutgoingCampaign(Outgoing):
    """A newsletter."""

    subject: str
    preview_text: str
    body_html: str
    from_name: str
    reply_to: str


AnyOutgoing = OutgoingArticle | OutgoingSocial | OutgoingCampaign


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the bytes that will be sent say, read back from them and from nothing else.

    Fields a platform has no place for are left at None: they are not compared.
    """

    marker: str | None = None
    """None where the platform has no place for one."""
    title: str | None = None
    """Of an article the title, of a campaign the subject."""
    slug: str | None = None
    excerpt: str | None = None
    """Of a campaign the preview text."""
    body: str | None = None
    """HTML of an article or campaign without marker; text of a social post, unescaped again."""
    link: str | None = None
    images: tuple[str, ...] | None = None
    """SHA-256 of each picture's bytes (of its address, where the platform fetches it), in order."""
    alts: tuple[str, ...] | None = None
    from_name: str | None = None
    reply_to: str | None = None
    publish_at: datetime | None = None
    """Where the platform takes a date: the one in the bytes, aware, UTC."""


@dataclass(frozen=True, kw_only=True)
class Prepared(ABC):
    """Every request that carries content, byte for byte as `place` and `send` will send it."""

    @abstractmethod
    def seen(self) -> Seen:
        """The facts in those bytes, parsed from them."""


@dataclass(frozen=True, kw_only=True)
class LivePost:
    """An item as the platform holds it."""

    remote_id: str
    url: str
    """The public address; empty where the platform has none (a campaign)."""
    status: str
    """The platform's own word."""
    slug: str = ""
    differences: tuple[str, ...] = ()
    """What the platform changed of what was sent, one sentence each. Empty: it kept everything, or nothing was sent."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """`send` was taken in, and the platform is still at work (TikTok, a campaign's send job). Look later."""

    handles: Handles
    detail: str
    look_after: float
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look on the platform showed.

    `ours` None and `is_certain`: it is not there, and nothing is under way. `ours` None and not certain: ask again.
    """

    ours: LivePost | None = None
    is_certain: bool = True
    refusal: str = ""
    """The platform took it in and then refused it; why, and what to do."""
    slug_taken: bool = False
    """Of an article: whether a post that is not ours, and not in the trash, has exactly the slug."""
    detail: str = ""
    """What the platform is doing with it, for people."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What the platform still lets us publish. `left` None: it does not say."""

    left: int | None
    resets_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who we are on the platform, and where."""

    name: str
    can_publish: bool
    site_name: str
    site_url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RemoteState:
    """A published item as it is on the platform now."""

    state: str
    """live, edited, deleted, rejected."""
    detail: str = ""
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Traits:
    """How the publisher may treat a platform."""

    looks_first: bool
    """Whether a first attempt looks before it sends (a slug may be taken)."""
    resends: bool
    """Whether a machine may send again what is certainly not there. Never for campaigns."""
    settles_after: float
    """Seconds after a call in which "not there" is not yet certain."""
    at_once: int
    """Items of one account that may be under way at the same time."""


class Publisher(Protocol):
    """One account on one platform. Every method raises the families of `errors.py` and nothing else.

    A permanent error, and RateLimited, PlatformUnavailable or StillProcessing mean: nothing is public.
    OutcomeUnknown (from `send` alone) means: `look` before anything else. Threads may share a publisher.
    """

    traits: Traits

    def verify(self) -> Account:
        """Ask the platform who we are, without writing. Raises AccessRevoked when refused or not allowed to publish."""
        ...

    def quota(self) -> Quota | None:
        """What is left today, where the platform tells before it refuses; None where it does not."""
        ...

    def prepare(self, item: AnyOutgoing, handles: Handles) -> Prepared:
        """The exact requests. Pure; the same arguments give the same bytes.

        Raises ContentRejected (a limit, by how much, what to do) or InvalidInput when the platform would refuse it.
        """
        ...

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        """Do what is not public yet, resuming what `handles` names; all handles. Safe to repeat after any crash."""
        ...

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        """Make it public, with exactly one call that writes and no retry."""
        ...

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        """What became of it. `since`: when the call was made; None: none was made. Never writes.

        Not `thorough`: the cheap question only, enough before a first attempt.
        """
        ...

    def read_back(self, remote_id: str) -> RemoteState:
        """A published item as it is now: for the daily watch."""
        ...


@runtime_checkable
class Commenter(Protocol):
    """What a publisher offers besides, where the first comment of an own post can be written."""

    def comment(self, remote_id: str, text: str) -> LivePost:
        """Write a comment under an own post, with exactly one call that writes; `remote_id`: the comment's.

        Raises as `Publisher.send`: after OutcomeUnknown, `find_comment` comes before anything else.
        """
        ...

    def find_comment(self, remote_id: str, text: str) -> Look:
        """Whether our comment with exactly this text is under the post. Never writes."""
        ...


def refuse_kind(platform: str, item: object) -> InvalidInput:
    """The error for an item of a kind that a platform does not publish."""
    return InvalidInput(f"{platform} does not publish a {type(item).__name__.removeprefix('Outgoing').lower()}.")
