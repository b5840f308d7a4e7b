"""Channels as the page shows them: by what they are for, each with its account, rights, times and trouble."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.platforms.connectors import asked_scopes, connects_by_oauth, has_room
from leadmetrics_pipelines.platforms.facts import PLATFORMS, PlatformFacts, PlatformKind
from leadmetrics_pipelines.review.presenters.words import CHANNEL_BADGES, Badge, Clockwork, Time
from leadmetrics_pipelines.storage.alerts.models import Alert
from leadmetrics_pipelines.storage.channels.models import Channel

KINDS: Mapping[PlatformKind, tuple[str, str]] = {
    PlatformKind.SOCIAL: ("Social", "posts with text, link and pictures"),
    PlatformKind.CMS: ("Blog", "posts of the client's own site"),
    PlatformKind.LOCAL: ("Local", "posts and reviews of a place"),
    PlatformKind.EMAIL: ("E-mail", "newsletters to subscribers"),
    PlatformKind.ANALYTICS: ("Analytics", "read only: how the site is found and used"),
    PlatformKind.ADS: ("Ads", "campaigns and what they cost"),
    PlatformKind.WEBSITE: ("Website", "the client's own; there from the first day"),
}
_SHORT = {
    "linkedin": "in", "facebook": "f", "instagram": "ig", "x": "X", "tiktok": "tt", "google_business": "G",
    "search_console": "sc", "ga4": "ga", "google_ads": "ad", "meta_ads": "ma", "webflow": "wf", "mailchimp": "mc",
    "klaviyo": "kl", "wordpress": "wp", "wordpress_com": "wp", "website": "w",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Right:
    """One scope: what it is for, and whether we have it."""

    name: str
    purpose: str
    held: bool
    needed: bool


@dataclass(frozen=True, kw_only=True)
class Card:
    """One channel."""

    id: str
    name: str
    platform: str
    mark: str
    badge: Badge
    address: str
    account: str
    since: Time | None
    ending: str
    ends: Time | None
    checked: Time | None
    note: str
    alert: Alert | None
    rights: Sequence[Right]
    rights_line: str
    rights_short: bool
    reconnect: str
    """The platform, where it can be connected again with one click."""
    probe: str
    disconnect: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A platform that can be connected. `why_not`: what is missing for it."""

    platform: str
    title: str
    mark: str
    why_not: str
    form: str
    """The page's own form, where the account is typed in."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All of one kind."""

    id: str
    title: str
    about: str
    cards: Sequence[Card]
    offers: Sequence[Offer]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What cards need besides their rows."""

    base: str
    clock: Clockwork
    may_manage: bool
    alerts: Mapping[UUID, Alert]
    apps: frozenset[str]
    """Platforms whose app the agency has set."""
    renewable: frozenset[UUID]
    """Channels whose access is renewed without a person."""


def make_shelves(channels: Sequence[Channel], around: Around) -> Sequence[Shelf]:
    """Every kind that has something to show or to offer, in the order of the mission."""
    shelves = []
    for kind, (title, about) in KINDS.items():
        of_kind = [facts for facts in PLATFORMS.values() if facts.kind is kind]
        names = {facts.name for facts in of_kind}
        cards = [_card(channel, around) for channel in channels if channel.platform in names]
        offers = [offer for facts in of_kind if (offer := _offer(facts, around)) is not None]
        if cards or (offers and around.may_manage):
            shelves.append(
                Shelf(id=kind.value, title=title, about=about, cards=cards, offers=offers if around.may_manage else [])
            )
    return shelves


def find_rights(platform: str, granted: Iterable[str] | None) -> Sequence[Right]:
    """The rights that are asked for, held or not; none where the platform does not say."""
    if granted is None:
        return []
    held = set(granted)
    return [
        Right(name=scope.name, purpose=scope.purpose, held=scope.name in held, needed=scope.required)
        for scope in asked_scopes(platform)
    ]


def mark_of(platform: str) -> str:
    """One to three letters that stand for a platform."""
    return _SHORT.get(platform, platform[:2])


def _card(channel: Channel, around: Around) -> Card:
    path = f"{around.base}/channels/{channel.id}"
    status = ChannelStatus(channel.status)
    is_site = channel.platform == PlatformKind.WEBSITE.value
    facts = PLATFORMS[channel.platform]
    gone = status is ChannelStatus.DISCONNECTED
    alert = around.alerts.get(channel.id)
    rights = find_rights(channel.platform, channel.scopes)
    account = str(channel.facts.get("account") or "")
    detail = str(channel.facts.get("detail") or "")
    return Card(
        id=str(channel.id),
        name=channel.name,
        platform="The client's own" if is_site else facts.title,
        mark=mark_of(channel.platform),
        badge=CHANNEL_BADGES[status],
        address=channel.base_url,
        account=detail or ("" if account == channel.name else account),
        since=around.clock.ago(channel.created_at),
        ending="" if gone or is_site else _tell_ending(channel, around),
        ends=around.clock.at(_ending_of(channel, around)) if status is ChannelStatus.CONNECTED else None,
        checked=around.clock.ago(channel.checked_at),
        note="" if alert is not None else channel.status_reason or "",
        alert=alert,
        rights=rights,
        rights_line=_count_rights(rights),
        rights_short=any(not right.held for right in rights),
        reconnect=channel.platform if around.may_manage and channel.platform in around.apps else "",
        probe=f"{path}/probe" if around.may_manage and not gone else "",
        disconnect=f"{path}/disconnect" if around.may_manage and not gone and not is_site else "",
    )


def _offer(facts: PlatformFacts, around: Around) -> Offer | None:
    if facts.kind is PlatformKind.WEBSITE:
        return None
    form = "" if connects_by_oauth(facts.name) else f"{around.base}/channels?connect={facts.name}#connect-{facts.name}"
    if not form and not has_room(facts.name):
        return None
    why_not = "" if form or facts.name in around.apps else "The agency's app for it is not set up yet."
    return Offer(platform=facts.name, title=facts.title, mark=mark_of(facts.name), why_not=why_not, form=form)


def _ending_of(channel: Channel, around: Around) -> datetime | None:
    """When a person is needed again, as far as that is known."""
    return channel.refresh_expires_at if channel.id in around.renewable else channel.expires_at


def _tell_ending(channel: Channel, around: Around) -> str:
    """What becomes of the access, before the date if there is one."""
    if channel.status in (ChannelStatus.EXPIRED, ChannelStatus.REVOKED):
        return "Ended"
    ends = _ending_of(channel, around)
    if channel.id in around.renewable:
        return "Renewed by itself until" if ends else "Renewed by itself"
    return "Ends" if ends else "Does not end by itself"


def _count_rights(rights: Sequence[Right]) -> str:
    held = sum(right.held for right in rights)
    if not rights:
        return ""
    if held == len(rights) == 1:
        return "The one right is granted"
    return f"All {held} rights granted" if held == len(rights) else f"{held} of {len(rights)} rights granted"
