"""Channels and holds: connect a tenant's outside accounts, see whether they work, and the switches that stop them.

Credentials are asked of the platform before they are stored, encrypted when they are, and never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain.channels import CHANNEL, ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound, PassingError, PermanentError
from leadmetrics_pipelines.kit.addresses import check_url
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.platforms.base import Account
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.services.release import list_active_holds
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel, HoldRow
from leadmetrics_pipelines.storage.database import UnitOfWork

LONGEST_NAME = 120
SHORTEST_REASON = 3


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
        channel.name, channel.credentials = name, runtime.keyring.seal(secrets)
        channel.max_per_hour = max_per_hour if max_per_hour is not None else channel.max_per_hour
        _note_account(work, channel, account)
        if before == ChannelStatus.CONNECTED:
            work.audit(
                "channel.credentials_changed", subject_kind="channel", subject_id=channel.id, detail={"name": name}
            )
        else:
            _move(work, channel, ChannelStatus.CONNECTED, f"Signed in as {account.name}")
    return channel


def probe_channel(runtime: Runtime, tenant: UUID, actor: Actor, channel_id: UUID) -> Channel:
    """Ask the platform whether the channel still works, and note the answer.

    Refused: `revoked`, with the reason. Away: the status stays, `status_reason` says so. Fine: `connected`.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = get_channel(work, channel_id)
        if channel.status == ChannelStatus.DISCONNECTED:
            msg = f"The channel {channel.name} is disconnected. Connect it again with its credentials."
            raise Conflict(msg)
    try:
        account: Account | None = runtime.publisher(channel).verify()
        trouble: Exception | None = None
    except (PermanentError, PassingError) as error:
        account, trouble = None, error
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = get_channel(work, channel_id, lock=True)
        if account is not None:
            _note_account(work, channel, account)
            if channel.status != ChannelStatus.CONNECTED:
                _move(work, channel, ChannelStatus.CONNECTED, "It works again")
            return channel
        channel.checked_at = work.now
        if isinstance(trouble, PermanentError):
            mark_revoked(work, channel_id, str(trouble))
        channel.status_reason = str(trouble)
    return channel


def disconnect_channel(work: UnitOfWork, channel_id: UUID, reason: str = "") -> Channel:
    """Stop using an account and forget its credentials. Its posts wait until it is connected again."""
    work.actor.require(Permission.MANAGE_CHANNELS)
    channel = get_channel(work, channel_id, lock=True)
    _move(work, channel, ChannelStatus.DISCONNECTED, reason.strip() or f"Disconnected by {work.actor.name}")
    channel.credentials = None
    return channel


def mark_revoked(work: UnitOfWork, channel_id: UUID, reason: str) -> None:
    """The platform no longer accepts us there: everything for this channel waits until it is connected again."""
    channel = get_channel(work, channel_id, lock=True)
    channel.checked_at = work.now
    if channel.status in (ChannelStatus.CONNECTED, ChannelStatus.EXPIRED, ChannelStatus.PENDING):
        _move(work, channel, ChannelStatus.REVOKED, reason)


def list_channels(work: UnitOfWork) -> Sequence[Channel]:
    """The tenant's channels, by name."""
    return work.session.scalars(select(Channel).order_by(Channel.name, Channel.id)).all()


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
    )  # fmt: skip
    work.session.add(channel)
    return channel


def _note_account(work: UnitOfWork, channel: Channel, account: Account) -> None:
    channel.facts = {"account": account.name, "site_name": account.site_name, "site_url": account.site_url}
    channel.checked_at, channel.status_reason = work.now, None


def _move(work: UnitOfWork, channel: Channel, target: ChannelStatus, reason: str) -> None:
    before = ChannelStatus(channel.status)
    channel.status = CHANNEL.check(before, target)
    channel.status_reason = None if target is ChannelStatus.CONNECTED else reason
    work.audit(
        "channel.moved", subject_kind="channel", subject_id=channel.id, from_state=before, to_state=target,
        reason=reason, detail={"name": channel.name, "platform": channel.platform}, tenant_id=channel.tenant_id,
    )  # fmt: skip
