"""Keeping channels alive: fresh tokens ahead of the end of the old, one renewal at a time per channel.

A renewal holds the channel's advisory lock from before the platform is asked until what it handed out is committed, in
one transaction: a refresh token that works once is never used by two, and never lost after its answer came. A person
who connects the channel anew meanwhile wins, by the number of the credentials. Nothing here waits or loops on a
platform: what fails is planned for later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select, text

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.domain.tokens import is_alive, plan_retry
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    Conflict,
    InvalidInput,
    LeadmetricsError,
    NotFound,
    OutcomeUnknown,
    PassingError,
    RateLimited,
)
from leadmetrics_pipelines.platforms.connecting import Connector, Grant
from leadmetrics_pipelines.platforms.connectors import can_renew, connects_by_oauth
from leadmetrics_pipelines.services.access import access_key, find_deadline, lose_access, regain_access, tell_admin
from leadmetrics_pipelines.services.alerts import Severity
from leadmetrics_pipelines.services.credentials import store_grant
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.alerts.models import Alert
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

ACTOR = system_actor("renewals", "service")
AT_ONCE = 8
MOST_IN_ONE_RUN = 2000
_WAIT_FOR_LOCK: Final = text("SELECT true FROM (SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))) AS taken")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_ALIVE = (ChannelStatus.CONNECTED, ChannelStatus.EXPIRED)

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What became of one renewal."""

    FRESH = "fresh"
    """Fresh tokens are stored."""
    STANDING = "standing"
    """There was nothing to do: somebody else was first, or the tokens still stand."""
    POSTPONED = "postponed"
    """The platform did not answer or asked for time; what is stored still works, or will be tried again."""
    WARNED = "warned"
    """No machine can renew it; a person was told ahead of the end."""
    LOST = "lost"
    """A person must connect it again, and was told."""
    BUSY = "busy"
    """Another process is renewing it now."""


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """One channel's renewal. `channel` is as it is stored now."""

    outcome: Outcome
    channel: Channel
    trouble: LeadmetricsError | None = None


@dataclass(frozen=True, kw_only=True)
class RenewalReport:
    """What a run did, by outcome; in sentences for the operator, without secrets."""

    counts: Mapping[Outcome, int]
    problems: tuple[str, ...] = ()
    """What platforms refused or left unanswered: told to people by alerts, tried again by itself."""
    broken: tuple[str, ...] = ()
    """What nobody but an operator can mend: credentials without their key, mistakes of the program."""

    @property
    def total(self) -> int:
        """Channels that were looked at."""
        return sum(self.counts.values())


class AnswerLost(AccessRevoked):
    """A renewal's answer was lost, and the platform no longer takes the token that was used for it."""


def ensure_fresh(runtime: Runtime, tenant: UUID, channel_id: UUID, *, refused_version: int | None = None) -> Channel:
    """The channel's row with credentials that can be used now; renewed first where their time has come.

    `refused_version`: the `credentials_version` that the platform has just refused. Then they are renewed whatever the
    time is, unless somebody already did.
    Raises AccessRevoked (a person must connect again; status, alert and task are stored), PlatformUnavailable or
    RateLimited (the tokens ended and cannot be renewed now; nothing was sent), Conflict (disconnected), NotFound.
    """
    with runtime.unit_of_work(tenant=tenant, actor=ACTOR) as work:
        channel = _read(work, channel_id)
        _require_access(channel)
        if not _is_needed(channel, work.now, refused_version):
            return channel
    renewal = renew_channel(runtime, tenant, channel_id, refused_version=refused_version)
    channel = renewal.channel
    _require_access(channel)
    is_refused = refused_version is not None and channel.credentials_version == refused_version
    if is_refused or not is_alive(runtime.clock.now(), channel.expires_at):
        raise renewal.trouble or AccessRevoked(f"{channel.name} is refused and cannot be renewed. Connect it again.")
    return channel


def renew_channel(
    runtime: Runtime, tenant: UUID, channel_id: UUID, *, refused_version: int | None = None, wait: bool = True
) -> Renewal:
    """Renew one channel where that is needed. `wait`: for another process that is at it; else the outcome is BUSY.

    What goes wrong is stored and told in the result, never raised, but for faults of the database.
    """
    with runtime.unit_of_work(tenant=tenant, actor=ACTOR) as work:
        lock = _WAIT_FOR_LOCK if wait else _TRY_LOCK
        has_lock = bool(work.session.scalar(lock, {"name": f"renewal/{channel_id}"}))
        channel = _read(work, channel_id)
        if not has_lock:
            return Renewal(outcome=Outcome.BUSY, channel=channel)
        if channel.status not in _ALIVE or not _is_needed(channel, work.now, refused_version):
            return Renewal(outcome=Outcome.STANDING, channel=channel)
        return _renew(runtime, work, channel, is_refused=refused_version is not None)


def find_due(work: UnitOfWork, limit: int = MOST_IN_ONE_RUN) -> list[tuple[UUID, UUID]]:
    """(tenant, channel) of what should be renewed now, the most urgent first. Across tenants."""
    query = (
        select(Channel.tenant_id, Channel.id)
        .join(Tenant, Tenant.id == Channel.tenant_id)
        .where(Tenant.is_active, Channel.status.in_(_ALIVE), Channel.renew_at <= work.now)
        .order_by(Channel.expires_at, Channel.id)
        .limit(limit)
    )
    return [(tenant, channel) for tenant, channel in work.session.execute(query)]


def renew_due(
    runtime: Runtime, *, at_once: int = AT_ONCE, limit: int = MOST_IN_ONE_RUN,
    tell: Callable[[str], object] | None = None,
) -> RenewalReport:  # fmt: skip
    """Renew every channel whose time has come. One channel's fault does not keep the others from their turn."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        due = find_due(work, limit)
    counts: dict[Outcome, int] = {}
    problems: list[str] = []
    broken: list[str] = []
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="renewal") as pool:
        for number, renewal in enumerate(_renew_all(runtime, due, pool), start=1):
            if isinstance(renewal, str):
                broken.append(renewal)
                continue
            counts[renewal.outcome] = counts.get(renewal.outcome, 0) + 1
            if renewal.trouble is not None:
                problems.append(f"{renewal.channel.platform} {renewal.channel.name}: {renewal.trouble}")
            if tell is not None and number % 100 == 0:
                tell(f"{number} of {len(due)} channels")
    return RenewalReport(counts=counts, problems=tuple(problems), broken=tuple(broken))


def _renew_all(runtime: Runtime, due: list[tuple[UUID, UUID]], pool: ThreadPoolExecutor) -> Iterator[Renewal | str]:
    def renew(pair: tuple[UUID, UUID]) -> Renewal | str:
        tenant, channel_id = pair
        try:
            return renew_channel(runtime, tenant, channel_id, wait=False)
        except LeadmetricsError as error:
            return f"Channel {channel_id}: {error}"
        except Exception as error:  # noqa: BLE001 - a room's mistake with one channel must not cost the others theirs
            # Its words may quote what the platform sent; its kind and place are enough to find it.
            log.error("a renewal broke off", channel=str(channel_id), kind=type(error).__name__)  # noqa: TRY400
            return f"Channel {channel_id}: a mistake in the program ({type(error).__name__}); see the logs."

    yield from pool.map(renew, due)


def _renew(runtime: Runtime, work: UnitOfWork, channel: Channel, *, is_refused: bool) -> Renewal:
    if channel.credentials is None:
        return Renewal(outcome=Outcome.STANDING, channel=channel)
    secrets = runtime.keyring.open(channel.credentials)
    if not can_renew(channel.platform, secrets):
        return _tell_of_end(work, channel, is_refused=is_refused)
    version = channel.credentials_version
    try:
        grant = _ask(runtime.connector(channel.platform), secrets)
    except (PassingError, InvalidInput) as error:
        return _postpone(work, _reread(work, channel, version), version, error)
    except AccessRevoked as error:
        return _lose(work, _reread(work, channel, version), version, error)
    channel, is_told = _reread_with_alert(work, channel, version)
    if channel.credentials_version != version:
        return Renewal(outcome=Outcome.STANDING, channel=channel)
    store_grant(runtime.keyring, channel, grant, work.now)
    if is_told or channel.status != ChannelStatus.CONNECTED:
        regain_access(work, channel, "Its access was renewed")
    work.audit(
        "channel.renewed", subject_kind="channel", subject_id=channel.id,
        detail={"ends": channel.expires_at.isoformat() if channel.expires_at else None},
    )  # fmt: skip
    work.session.flush()
    return Renewal(outcome=Outcome.FRESH, channel=channel)


def _ask(connector: Connector, secrets: Mapping[str, str]) -> Grant:
    """Fresh tokens; after a lost answer the old token is tried once more, because it may not have been used up."""
    try:
        return connector.renew(secrets)
    except OutcomeUnknown as lost:
        try:
            return connector.renew(secrets)
        except AccessRevoked as error:
            msg = f"The answer to a renewal was lost on its way ({lost}), and the old token works no more. {error}"
            raise AnswerLost(msg) from error


def _postpone(work: UnitOfWork, channel: Channel, version: int, error: LeadmetricsError) -> Renewal:
    """Nobody's access is lost by an outage: what is stored works until its end, and is tried again before and after."""
    if channel.credentials_version != version:
        return Renewal(outcome=Outcome.STANDING, channel=channel)
    retry_after = error.retry_after if isinstance(error, RateLimited) else None
    channel.renew_at = plan_retry(work.now, channel.expires_at, retry_after)
    if not is_alive(work.now, channel.expires_at):
        retry_at = channel.renew_at
        lose_access(work, channel, ChannelStatus.EXPIRED, f"Its access ended and could not be renewed: {error}")
        channel.renew_at = retry_at
    elif isinstance(error, InvalidInput):
        tell_admin(
            work, channel, kind="channel_renewal", severity=Severity.ATTENTION,
            title=f"{channel.name} cannot be renewed", detail=str(error), due_at=find_deadline(work, channel),
        )  # fmt: skip
    return Renewal(outcome=Outcome.POSTPONED, channel=channel, trouble=error)


def _lose(work: UnitOfWork, channel: Channel, version: int, error: AccessRevoked) -> Renewal:
    if channel.credentials_version != version:
        return Renewal(outcome=Outcome.STANDING, channel=channel)
    ended = channel.refresh_expires_at or channel.expires_at
    by_time = isinstance(error, AnswerLost) or (ended is not None and ended <= work.now)
    channel.renew_at = None
    lose_access(work, channel, ChannelStatus.EXPIRED if by_time else ChannelStatus.REVOKED, str(error))
    return Renewal(outcome=Outcome.LOST, channel=channel, trouble=error)


def _tell_of_end(work: UnitOfWork, channel: Channel, *, is_refused: bool) -> Renewal:
    """Only a person can renew it: told a week ahead, and again when it is over."""
    ends = channel.expires_at
    if is_refused or not is_alive(work.now, ends):
        reason = "Its access ended, and the platform gives no way to renew it without a person."
        channel.renew_at = None
        lose_access(work, channel, ChannelStatus.REVOKED if is_refused else ChannelStatus.EXPIRED, reason)
        return Renewal(outcome=Outcome.LOST, channel=channel, trouble=AccessRevoked(reason))
    if ends is None:
        channel.renew_at = None
        return Renewal(outcome=Outcome.STANDING, channel=channel)
    channel.renew_at = ends
    tell_admin(
        work, channel, kind="channel_ending", severity=Severity.ATTENTION,
        title=f"{channel.name} must be connected again by {ends:%d %B %Y}",
        detail=f"Its access ends on {ends:%d %B %Y at %H:%M} UTC, and only a person can renew it.",
        due_at=ends - timedelta(days=1),
    )  # fmt: skip
    return Renewal(outcome=Outcome.WARNED, channel=channel)


def _is_needed(channel: Channel, now: datetime, refused_version: int | None) -> bool:
    if refused_version is not None:
        return channel.credentials_version == refused_version
    if not connects_by_oauth(channel.platform):
        return False
    is_due = channel.renew_at is not None and channel.renew_at <= now
    return is_due or not is_alive(now, channel.expires_at)


def _require_access(channel: Channel) -> None:
    if channel.status in (ChannelStatus.DISCONNECTED, ChannelStatus.PENDING) or channel.credentials is None:
        raise Conflict(f"The channel {channel.name} is {channel.status}. Connect it under Channels.")
    if channel.status == ChannelStatus.REVOKED:
        raise AccessRevoked(f"{channel.name}: {channel.status_reason} Connect it again under Channels.")
    if channel.status == ChannelStatus.EXPIRED and channel.renew_at is None:
        raise AccessRevoked(f"{channel.name}: {channel.status_reason} Connect it again under Channels.")


def _reread(work: UnitOfWork, channel: Channel, version: int) -> Channel:
    """The row as it is after the platform answered, locked: somebody may have connected or disconnected it."""
    return _reread_with_alert(work, channel, version)[0]


def _reread_with_alert(work: UnitOfWork, channel: Channel, version: int) -> tuple[Channel, bool]:
    """As `_reread`, and whether an alert about the access stands: one statement for both, a thousand times in a run."""
    alert = select(Alert.id).where(
        Alert.tenant_id == channel.tenant_id, Alert.dedupe_key == access_key(channel.id), Alert.resolved_at.is_(None)
    )
    query = select(Channel, alert.exists()).where(Channel.id == channel.id).with_for_update(key_share=True, of=Channel)
    row, is_told = work.session.execute(query.execution_options(populate_existing=True)).one()
    if row.credentials_version != version or row.status not in _ALIVE:
        log.info("credentials changed while they were renewed; the older ones are dropped", channel=str(row.id))
    return row, is_told


def _read(work: UnitOfWork, channel_id: UUID) -> Channel:
    channel = work.session.get(Channel, channel_id)
    if channel is None:
        msg = "There is no such channel in this tenant."
        raise NotFound(msg)
    return channel
