"""Channels and holds: connect accounts with credentials that a person types in, list them, and the switches.

Credentials are asked of the platform before they are stored, encrypted when they are, and never shown again. Accounts
that are connected on the platform's own pages: `connections.py`; whether they work: `probes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.addresses import check_url
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.platforms.facts import WEBSITE, facts_of
from leadmetrics_pipelines.services.access import access_key, lose_access, move_channel, regain_access
from leadmetrics_pipelines.services.alerts import resolve_alert
from leadmetrics_pipelines.services.credentials import forget_credentials, store_credentials
from leadmetrics_pipelines.services.release import list_active_holds
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel, HoldRow
from leadmetrics_pipelines.storage.database import UnitOfWork

LONGEST_NAME = 120
SHORTEST_REASON = 3


class SignedIn(Protocol):
    """What a publisher's `verify` says of the account."""

    @property
    def name(self) -> str: ...
    @property
    def site_name(self) -> str: ...
    @property
    def site_url(self) -> str: ...


def connect_channel(
    runtime: Runtime, tenant: UUID, actor: Actor, *, platform: str, name: str, base_url: str,
    credentials: Mapping[str, str], max_per_hour: int | None = None,
) -> Channel:  # fmt: skip
    """Connect an account, or connect one again with new credentials (same platform and address).

    The platform is asked first. Raises NotAllowed, InvalidInput, AccessRevoked or PlatformUnavailable; then nothing is
    stored, and a channel that was there keeps its credentials.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    url = check_url(base_url, allow_loopback=runtime.settings.allow_loopback).rstrip("/")
    name = _check_name(name)
    secrets = _check_credentials(platform, credentials)
    if max_per_hour is not None and max_per_hour < 1:
        msg = "The most posts an hour is a number from 1 up; leave it out for the usual limit."
        raise InvalidInput(msg, field="max_per_hour")
    account = runtime.publisher_at(platform, url, secrets).verify()
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = _find_by_address(work, platform, url) or _add(work, platform, url)
        before = channel.status
        channel.name = name
        store_credentials(runtime.keyring, channel, secrets)
        channel.max_per_hour = max_per_hour if max_per_hour is not None else channel.max_per_hour
        note_account(work, channel, describe_account(account))
        if before == ChannelStatus.CONNECTED:
            work.audit(
                "channel.credentials_changed", subject_kind="channel", subject_id=channel.id, detail={"name": name}
            )
        regain_access(work, channel, f"Signed in as {account.name}")
    return channel


def disconnect_channel(work: UnitOfWork, channel_id: UUID, reason: str = "") -> Channel:
    """Stop using an account and forget its credentials. Its posts wait until it is connected again.

    The platform is not told: `connections.disconnect` gives the access back there, too.
    """
    work.actor.require(Permission.MANAGE_CHANNELS)
    channel = get_channel(work, channel_id, lock=True)
    if channel.platform == WEBSITE.name:
        msg = "The client's own website is no account that can be disconnected. Its address is changed with the client."
        raise InvalidInput(msg)
    reason = reason.strip() or f"Disconnected by {work.actor.name}"
    move_channel(work, channel, ChannelStatus.DISCONNECTED, reason)
    forget_credentials(channel)
    resolve_alert(work, access_key(channel.id), reason)
    return channel


def mark_revoked(work: UnitOfWork, channel_id: UUID, reason: str) -> None:
    """The platform no longer accepts us there: everything for this channel waits until it is connected again."""
    channel = get_channel(work, channel_id, lock=True)
    channel.checked_at = work.now
    if channel.status in (ChannelStatus.CONNECTED, ChannelStatus.EXPIRED, ChannelStatus.PENDING):
        channel.renew_at = None
        lose_access(work, channel, ChannelStatus.REVOKED, reason)


def list_channels(work: UnitOfWork, *, with_website: bool = False) -> Sequence[Channel]:
    """The tenant's channels, by name. The client's own website is among them where it is asked for."""
    query = select(Channel).order_by(Channel.name, Channel.id)
    if not with_website:
        query = query.where(Channel.platform != WEBSITE.name)
    return work.session.scalars(query).all()


def add_website(work: UnitOfWork, tenant_id: UUID, url: str) -> Channel:
    """The channel of the client's own website: made when the client is registered, moved when its address changes."""
    query = select(Channel).where(Channel.platform == WEBSITE.name, Channel.tenant_id == tenant_id)
    channel = work.session.scalar(query)
    if channel is None:
        channel = Channel(
            id=new_id(), tenant_id=tenant_id, platform=WEBSITE.name, name="Website", base_url=url,
            status=ChannelStatus.CONNECTED, created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
        work.audit(
            "channel.moved", subject_kind="channel", subject_id=channel.id, to_state=ChannelStatus.CONNECTED,
            reason="The client's own website", detail={"name": channel.name, "platform": channel.platform},
            tenant_id=tenant_id,
        )  # fmt: skip
    channel.base_url = url
    return channel


def get_channel(work: UnitOfWork, channel_id: UUID, *, lock: bool = False) -> Channel:
    """The channel's row. Raises NotFound."""
    channel = work.session.get(Channel, channel_id, with_for_update=lock, populate_existing=lock)
    if channel is None:
        msg = "There is no such channel in this tenant."
        raise NotFound(msg)
    return channel


def list_holds(work: UnitOfWork) -> Sequence[HoldRow]:
    """The kill switches that are on, the widest first; a hold on everything is seen by every tenant."""
    return list_active_holds(work)


def set_hold(work: UnitOfWork, scope: HoldScope, channel_id: UUID | None = None, reason: str = "") -> HoldRow:
    """Stop all publishing, the tenant's, or one channel's. It works from the next call on.

    Raises NotAllowed, InvalidInput (reason, channel), or Conflict when that hold is on already. `all` needs the
    permission to manage the platform and a unit of work that crosses tenants.
    """
    _require_right(work, scope)
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        msg = "Say why publishing is held: whoever finds it standing still reads your reason."
        raise InvalidInput(msg, field="reason")
    if (scope is HoldScope.CHANNEL) != (channel_id is not None):
        msg = "Name the channel for a hold on a channel, and only then."
        raise InvalidInput(msg, field="channel")
    if channel_id is not None:
        get_channel(work, channel_id)
    hold = HoldRow(
        scope=scope, tenant_id=None if scope is HoldScope.ALL else work.tenant_id, channel_id=channel_id, reason=reason,
        set_by=work.actor.name, set_at=work.now,
    )  # fmt: skip
    try:
        with work.session.begin_nested():
            work.session.add(hold)
    except IntegrityError as error:
        raise Conflict(_already_held(work, scope, channel_id)) from error
    work.audit("hold.set", subject_kind="hold", subject_id=hold.id, to_state=scope, reason=reason, detail=_reach(hold))
    return hold


def release_hold(work: UnitOfWork, hold_id: UUID) -> HoldRow:
    """Take a hold away. Raises NotFound, NotAllowed, or Conflict when somebody did already."""
    hold = work.session.get(HoldRow, hold_id)
    if hold is None:
        msg = "There is no such hold here."
        raise NotFound(msg)
    _require_right(work, HoldScope(hold.scope))
    hold = work.session.get_one(HoldRow, hold_id, with_for_update=True, populate_existing=True)
    if hold.released_at is not None:
        msg = f"{hold.released_by} released this hold on {hold.released_at:%Y-%m-%d at %H:%M:%S} UTC."
        raise Conflict(msg)
    hold.released_by, hold.released_at = work.actor.name, work.now
    work.audit(
        "hold.released", subject_kind="hold", subject_id=hold.id, from_state=hold.scope, reason=hold.reason,
        detail=_reach(hold),
    )  # fmt: skip
    return hold


def _require_right(work: UnitOfWork, scope: HoldScope) -> None:
    if scope is not HoldScope.ALL:
        work.actor.require(Permission.HOLD)
        return
    work.actor.require(Permission.MANAGE_PLATFORM)
    if work.tenant is not None:
        msg = "A hold on all publishing is set and released across tenants, not from within one."
        raise NotAllowed(msg)


def _already_held(work: UnitOfWork, scope: HoldScope, channel_id: UUID | None) -> str:
    for hold in list_active_holds(work):
        if hold.scope == scope and hold.channel_id == channel_id:
            return f"{hold.set_by} has held this since {hold.set_at:%Y-%m-%d %H:%M} UTC: {hold.reason}"
    return "This is held already."


def _reach(hold: HoldRow) -> dict[str, str | None]:
    return {"scope": hold.scope, "channel": str(hold.channel_id) if hold.channel_id else None}


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        msg = f"Give the channel a name of 1 to {LONGEST_NAME} characters."
        raise InvalidInput(msg, field="name")
    return name


def _check_credentials(platform: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """The platform's own fields, tidied. Nothing is ever overwritten with nothing."""
    fields = facts_of(platform).credentials
    unknown = sorted(set(credentials) - {field.name for field in fields})
    if unknown:
        msg = f"{platform} has no credential called {', '.join(unknown)}."
        raise InvalidInput(msg, field="credentials")
    secrets = {field.name: credentials.get(field.name, "").strip() for field in fields}
    missing = [field for field in fields if not secrets[field.name]]
    if missing:
        labels = " and ".join(field.label for field in missing)
        msg = f"Enter {labels}. Nothing was stored, and nothing that was stored has changed."
        raise InvalidInput(msg, field=missing[0].name)
    return secrets


def _find_by_address(work: UnitOfWork, platform: str, url: str) -> Channel | None:
    query = select(Channel).where(Channel.platform == platform, Channel.base_url == url)
    return work.session.scalar(query.with_for_update())


def _add(work: UnitOfWork, platform: str, url: str) -> Channel:
    channel = Channel(
        id=new_id(), tenant_id=work.tenant_id, platform=platform, name="", base_url=url, status=ChannelStatus.PENDING,
        created_at=work.now,
        credentials_version=0,
    )  # fmt: skip
    work.session.add(channel)
    return channel


def describe_account(account: SignedIn) -> dict[str, str]:
    """What is kept of a sign-in with typed credentials."""
    return {"account": account.name, "site_name": account.site_name, "site_url": account.site_url}


def note_account(work: UnitOfWork, channel: Channel, facts: Mapping[str, Any]) -> None:
    """What the platform said about the account, just now. No secrets."""
    channel.facts = dict(facts)
    channel.checked_at, channel.status_reason = work.now, None
