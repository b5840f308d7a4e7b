"""Whether channels still work: a read-only question to each platform, every day, so that no access dies in silence.

A changed password, a lost role or a removed app shows in no token's time; only asking finds it before the next post
does. Refused: the channel is `revoked`, with alert and task. Away: nothing changes but the note. Fine: it is connected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import Actor, Permission, system_actor
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    Conflict,
    LeadmetricsError,
    NotAllowed,
    OutcomeUnknown,
    PlatformUnavailable,
)
from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant
from leadmetrics_pipelines.platforms.connectors import connects_by_oauth
from leadmetrics_pipelines.platforms.facts import WEBSITE
from leadmetrics_pipelines.services.access import lose_access, regain_access
from leadmetrics_pipelines.services.channels import add_website, describe_account, get_channel, note_account
from leadmetrics_pipelines.services.renewals import ensure_fresh
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

ACTOR = system_actor("probes", "service")
AT_ONCE = 4
_ALIVE = (ChannelStatus.CONNECTED, ChannelStatus.EXPIRED)
_SILENT = (ChannelStatus.DISCONNECTED, ChannelStatus.PENDING)

log = structlog.get_logger(__name__)


class AccountGone(AccessRevoked):
    """The access works, and no longer reaches the account: a role was lost, or the account is closed."""


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """What a round found. `refused` and `away` are sentences for people; `broken` are mistakes of the program."""

    fine: int = 0
    refused: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


def probe_channel(runtime: Runtime, tenant: UUID, actor: Actor, channel_id: UUID) -> Channel:
    """Ask the platform whether the channel still works, and note the answer. Never writes there.

    Refused: `revoked`, with the reason. Away: the status stays, `status_reason` says so. Fine: `connected`.
    Raises NotAllowed, NotFound, or Conflict for a channel that is not connected.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = get_channel(work, channel_id)
        if channel.status in _SILENT:
            msg = f"The channel {channel.name} is {channel.status}. Connect it again."
            raise Conflict(msg)
    question = _Question(runtime, channel)
    try:
        facts: Mapping[str, Any] | None = question.ask()
        trouble: LeadmetricsError | None = None
    except LeadmetricsError as error:
        facts, trouble = None, error
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = get_channel(work, channel_id, lock=True)
        if channel.credentials_version != question.channel.credentials_version or channel.status in _SILENT:
            return channel  # somebody connected it anew, or disconnected it, while the platform was asked
        return _note(work, channel, facts, trouble)


def probe_all(runtime: Runtime, *, at_once: int = AT_ONCE, tell: Callable[[str], object] | None = None) -> ProbeReport:
    """Probe every channel of every active client. One channel's fault does not keep the others from their turn."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        _add_missing_websites(work)
        query = (
            select(Channel.tenant_id, Channel.id, Tenant.slug)
            .join(Tenant, Tenant.id == Channel.tenant_id)
            .where(Tenant.is_active, Channel.status.not_in(_SILENT))
            .order_by(Channel.checked_at.nulls_first(), Channel.id)
        )
        due = [tuple(row) for row in work.session.execute(query)]
    fine, refused, away, broken = 0, [], [], []

    def probe(case: tuple[UUID, UUID, str]) -> tuple[str, Channel | str]:
        tenant, channel_id, slug = case
        try:
            return slug, probe_channel(runtime, tenant, ACTOR, channel_id)
        except LeadmetricsError as error:
            return slug, str(error)
        except Exception as error:  # noqa: BLE001 - a room's mistake with one channel must not cost the others theirs
            log.error("a probe broke off", channel=str(channel_id), kind=type(error).__name__)  # noqa: TRY400
            return slug, f"channel {channel_id}: a mistake in the program ({type(error).__name__})"

    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="probe") as pool:
        for number, (slug, found) in enumerate(pool.map(probe, due), start=1):
            if isinstance(found, str):
                broken.append(f"{slug}: {found}")
            elif found.status != ChannelStatus.CONNECTED:
                refused.append(f"{slug}: {found.name} is {found.status}. {found.status_reason}")
            elif found.status_reason:
                away.append(f"{slug}: {found.name}: {found.status_reason}")
            else:
                fine += 1
            if tell is not None and number % 25 == 0:
                tell(f"{number} of {len(due)} channels")
    return ProbeReport(fine=fine, refused=tuple(refused), away=tuple(away), broken=tuple(broken))


class _Question:
    """One question to one platform. `channel`: with the credentials it was asked with in the end."""

    def __init__(self, runtime: Runtime, channel: Channel) -> None:
        self._runtime = runtime
        self.channel = channel

    def ask(self) -> Mapping[str, Any]:
        """What the platform says of the account. Raises AccessRevoked (refused, or gone), or a passing error."""
        channel = self.channel
        if channel.platform == WEBSITE.name:
            return _ask_website(self._runtime, channel)
        if not connects_by_oauth(channel.platform):
            return describe_account(self._runtime.publisher(channel).verify())
        if channel.status not in _ALIVE:
            return self._ask_account()
        self.channel = ensure_fresh(self._runtime, channel.tenant_id, channel.id)
        try:
            return self._ask_account()
        except AccountGone:
            raise
        except AccessRevoked:
            # The token may have ended before its time.
            version = self.channel.credentials_version
            self.channel = ensure_fresh(self._runtime, channel.tenant_id, channel.id, refused_version=version)
            return self._ask_account()

    def _ask_account(self) -> Mapping[str, Any]:
        channel = self.channel
        if channel.credentials is None:
            raise AccessRevoked(f"{channel.name} has no credentials. Connect it again.")
        scopes = None if channel.scopes is None else frozenset(channel.scopes)
        secrets = self._runtime.keyring.open(channel.credentials)
        grant = Grant(credentials=secrets, expires_at=channel.expires_at, scopes=scopes)
        try:
            choices = self._runtime.connector(channel.platform).accounts(grant)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        ours = next((choice for choice in choices if choice.account_id == channel.account_id), None)
        if ours is None:
            msg = (
                f"{channel.name} is no longer among the accounts that this access reaches. Check the person's role"
                " there, then connect it again."
            )
            raise AccountGone(msg)
        if ours.refusal:
            raise AccountGone(f"{channel.name}: {ours.refusal}")
        return describe_choice(ours)


def describe_choice(choice: AccountChoice) -> dict[str, Any]:
    """What is kept of an account that was chosen on a platform's own pages. No secrets."""
    return {**choice.facts, "account": choice.name, "detail": choice.detail, "site_url": choice.address}


def _ask_website(runtime: Runtime, channel: Channel) -> Mapping[str, Any]:
    try:
        answer = runtime.http.exchange("GET", channel.base_url, allow_loopback=runtime.settings.allow_loopback)
    except OutcomeUnknown as error:
        raise PlatformUnavailable(str(error)) from error
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise PlatformUnavailable(f"{answer.where} answered {answer.status}.")
    return {"site_url": channel.base_url}


def _note(
    work: UnitOfWork, channel: Channel, facts: Mapping[str, Any] | None, trouble: LeadmetricsError | None
) -> Channel:
    if facts is not None:
        note_account(work, channel, facts)
        regain_access(work, channel, "It works again")
        return channel
    channel.checked_at = work.now
    if isinstance(trouble, AccessRevoked | NotAllowed):
        if channel.status in _ALIVE and not _was_told(channel):
            channel.renew_at = None
            lose_access(work, channel, ChannelStatus.REVOKED, str(trouble))
    elif channel.status == ChannelStatus.CONNECTED:
        channel.status_reason = str(trouble)
    return channel


def _was_told(channel: Channel) -> bool:
    """Whether the renewal that came before the question already found the end, with better words."""
    return channel.status == ChannelStatus.EXPIRED and channel.renew_at is None


def _add_missing_websites(work: UnitOfWork) -> None:
    """Clients that were registered before there were website channels."""
    has_one = select(Channel.id).where(Channel.tenant_id == Tenant.id, Channel.platform == WEBSITE.name).exists()
    for tenant in work.session.scalars(select(Tenant).where(Tenant.is_active, ~has_one)):
        add_website(work, tenant.id, tenant.website_url)
