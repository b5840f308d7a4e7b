"""Connecting an account on the platform's own pages: there, back, and the choice of the account.

Three steps, each its own transaction, and nothing of a channel changes before the last: `begin_connecting` makes the
address to go to, `return_from_platform` takes what came back, `choose_account` makes or renews the channel. An attempt
belongs to one person in one tenant: whoever else brings its state back is refused, so that nobody can be talked into
handing their accounts to somebody else's channel.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    Conflict,
    InvalidInput,
    LeadmetricsError,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
)
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.ids import new_id, new_secret
from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant, Scope
from leadmetrics_pipelines.platforms.connectors import app_family, gives_back
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.services.access import regain_access
from leadmetrics_pipelines.services.channels import disconnect_channel, get_channel, note_account
from leadmetrics_pipelines.services.credentials import store_grant
from leadmetrics_pipelines.services.probes import describe_choice
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel, ConnectAttempt
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

TIME_TO_RETURN = timedelta(minutes=10)
TIME_TO_CHOOSE = timedelta(minutes=30)
LONGEST_NAME = 120
# Every platform's way to say that the person pressed No.
_DENIALS = ("access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize", "consent_required")
_STALE = "This way back belongs to no connecting that is under way. Open Channels and press Connect again."


class AttemptStatus(StrEnum):
    """Where an attempt stands."""

    BEGUN = "begun"
    CHOOSING = "choosing"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Started:
    """An attempt that has begun. `address`: where the person's browser goes, within TIME_TO_RETURN."""

    attempt_id: UUID
    address: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The query with which a platform sent the person back."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Disconnected:
    """A channel that was given up, and what became of the access at the platform, in a sentence."""

    channel: Channel
    told: str


# --- there ------------------------------------------------------------------------------------------------------------


def begin_connecting(
    runtime: Runtime, tenant: UUID, actor: Actor, platform: str, *, channel_id: UUID | None = None,
    user_id: UUID | None = None,
) -> Started:  # fmt: skip
    """Begin to connect an account, or (`channel_id`) to connect a channel's account anew.

    `user_id`: who will come back, signed in to the review app; the acting person where nothing is said.
    Raises NotAllowed, NotFound, or InvalidInput (unknown platform, the agency's app is not set, nobody named).
    """
    actor.require(Permission.MANAGE_CHANNELS)
    person = user_id or actor.user_id
    if person is None:
        raise InvalidInput("Name the person who will sign in at the platform.", field="person")
    connector = runtime.connector(platform)
    redirect_uri = f"{runtime.settings.review_url.rstrip('/')}/channels/return/{platform}"
    state, verifier = new_secret(), secrets.token_urlsafe(48) if connector.uses_pkce else ""
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        if channel_id is not None and get_channel(work, channel_id).platform != platform:
            raise InvalidInput("That channel belongs to another platform.", field="platform")
        attempt = ConnectAttempt(
            id=new_id(), tenant_id=tenant, platform=platform, state_hash=_hash(state),
            secrets=runtime.keyring.seal({"verifier": verifier}), redirect_uri=redirect_uri, user_id=person,
            channel_id=channel_id, status=AttemptStatus.BEGUN, choices=[], created_at=work.now,
            ends_at=work.now + TIME_TO_RETURN,
        )  # fmt: skip
        work.session.add(attempt)
        _audit(work, attempt, "channel.connecting_begun")
    address = connector.authorize_url(
        state=state, redirect_uri=redirect_uri, challenge=_challenge(verifier) if verifier else None
    )
    return Started(attempt_id=attempt.id, address=address, ends_at=attempt.ends_at)


# --- back -------------------------------------------------------------------------------------------------------------


def find_attempt_tenant(runtime: Runtime, actor: Actor, state: str) -> UUID:
    """Whose attempt a state belongs to: the tenant. Raises NotFound for a state that nobody here made."""
    with runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
        tenant = work.session.scalar(select(ConnectAttempt.tenant_id).where(ConnectAttempt.state_hash == _hash(state)))
    if tenant is None:
        raise NotFound(_STALE)
    return tenant


def return_from_platform(runtime: Runtime, tenant: UUID, actor: Actor, platform: str, answer: Answer) -> ConnectAttempt:
    """Take what the platform sent back: check it, trade the code, and list what may be chosen.

    The attempt as it is then: `choosing`, or `failed` with its `problem` in words; nothing of a channel has changed.
    Raises NotFound, NotAllowed or Conflict where the way back itself is not right; then the attempt is as it was.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        attempt = _claim(work, platform, answer.state)
        verifier = runtime.keyring.open(attempt.secrets).get("verifier") if attempt.secrets is not None else None
        channel = work.session.get(Channel, attempt.channel_id) if attempt.channel_id else None
    try:
        grant = _exchange(runtime, attempt, answer, verifier or None)
        accounts = runtime.connector(platform).accounts(grant)
        choices = _judge(runtime, actor, attempt, channel, accounts)
    except LeadmetricsError as error:
        with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
            return _fail(work, _lock(work, attempt.id), str(error))
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        attempt = _lock(work, attempt.id)
        attempt.status, attempt.choices = AttemptStatus.CHOOSING, choices
        attempt.secrets = _seal(runtime.keyring, grant, accounts)
        attempt.scopes = None if grant.scopes is None else sorted(grant.scopes)
        attempt.ends_at = work.now + TIME_TO_CHOOSE
        _audit(work, attempt, "channel.consent_given", accounts=len(choices), scopes=attempt.scopes)
    return attempt


def _claim(work: UnitOfWork, platform: str, state: str) -> ConnectAttempt:
    """The attempt of this state, which works from now on no more."""
    query = select(ConnectAttempt).where(ConnectAttempt.state_hash == _hash(state)).with_for_update()
    attempt = work.session.scalar(query)
    if attempt is None or attempt.platform != platform:
        raise NotFound(_STALE)
    if attempt.user_id != work.actor.user_id:
        msg = "Somebody else began this. Open Channels, press Connect, and go the whole way yourself."
        raise NotAllowed(msg)
    if attempt.returned_at is not None or attempt.status != AttemptStatus.BEGUN:
        msg = "This way back was used already. Open Channels to see what became of it, or press Connect again."
        raise Conflict(msg)
    attempt.returned_at = work.now
    if attempt.ends_at <= work.now:
        _fail(work, attempt, "It took longer than ten minutes. Press Connect again.")
    return attempt


def _exchange(runtime: Runtime, attempt: ConnectAttempt, answer: Answer, verifier: str | None) -> Grant:
    title = facts_of(attempt.platform).title
    if attempt.status == AttemptStatus.FAILED:
        raise InvalidInput(attempt.problem or _STALE)
    if answer.error in _DENIALS:
        raise AccessRevoked(f"Access was not allowed on {title}'s page, so nothing was stored. Connect again any time.")
    if answer.error or not answer.code:
        word = re.sub(r"[^a-z0-9_ ]", "", answer.error.lower())[:60] or "no code"
        raise AccessRevoked(f"{title} sent you back with '{word}', so nothing was stored. Press Connect again.")
    connector = runtime.connector(attempt.platform)
    try:
        grant = connector.exchange(code=answer.code, redirect_uri=attempt.redirect_uri, verifier=verifier)
    except OutcomeUnknown as error:
        raise OutcomeUnknown(f"{error} Nothing was stored. Press Connect again.") from error
    missing = [scope for scope in missing_scopes(connector.scopes, grant.scopes) if scope.required]
    if missing:
        purposes = "; ".join(f"{scope.purpose} ({scope.name})" for scope in missing)
        msg = f"Rights are missing without which the channel cannot work: {purposes}. Connect again and allow them."
        raise AccessRevoked(msg)
    return grant


def missing_scopes(asked: Iterable[Scope], granted: Iterable[str] | None) -> tuple[Scope, ...]:
    """The rights that were asked for and not granted; none where the platform does not say what it granted."""
    if granted is None:
        return ()
    held = set(granted)
    return tuple(scope for scope in asked if scope.name not in held)


def _judge(
    runtime: Runtime, actor: Actor, attempt: ConnectAttempt, channel: Channel | None,
    accounts: Sequence[AccountChoice],
) -> list[dict[str, Any]]:  # fmt: skip
    """What may be chosen, as it is shown; without secrets."""
    title = facts_of(attempt.platform).title
    if not accounts:
        raise AccessRevoked(f"This {title} sign-in reaches no account. Sign in there as somebody who manages one.")
    if channel is not None and channel.account_id not in {account.account_id for account in accounts}:
        msg = f"This {title} sign-in does not reach {channel.name}. Sign in there as somebody who manages it."
        raise AccessRevoked(msg)
    taken = _find_taken(runtime, actor, attempt, accounts)
    return [
        {
            "account_id": account.account_id, "name": account.name, "detail": account.detail,
            "address": account.address, "refusal": account.refusal or _refuse(channel, account.account_id, taken),
        }
        for account in accounts
    ]  # fmt: skip


def _refuse(channel: Channel | None, account_id: str, taken: set[str]) -> str:
    if account_id in taken:
        return "It is connected for another client of the agency. Disconnect it there first."
    if channel is not None and channel.account_id != account_id:
        return f"You are connecting {channel.name} again. To add this one, press Connect instead."
    return ""


def _find_taken(runtime: Runtime, actor: Actor, attempt: ConnectAttempt, accounts: Iterable[AccountChoice]) -> set[str]:
    """Accounts that another tenant has in use. One person at the agency often manages the pages of many clients."""
    ids = [account.account_id for account in accounts]
    with runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
        query = select(Channel.account_id).where(
            Channel.platform == attempt.platform, Channel.account_id.in_(ids), Channel.tenant_id != attempt.tenant_id,
            Channel.status != ChannelStatus.DISCONNECTED,
        )  # fmt: skip
        return set(work.session.scalars(query))


# --- the choice -------------------------------------------------------------------------------------------------------


def get_attempt(work: UnitOfWork, attempt_id: UUID) -> ConnectAttempt:
    """The attempt, for the person who began it. Raises NotFound."""
    attempt = work.session.get(ConnectAttempt, attempt_id)
    if attempt is None or (work.actor.user_id is not None and attempt.user_id != work.actor.user_id):
        raise NotFound("There is no such connecting under way.")
    return attempt


def choose_account(runtime: Runtime, tenant: UUID, actor: Actor, attempt_id: UUID, account_id: str) -> Channel:
    """Make the account a channel, or renew the channel that it is; what it has besides new tokens stays.

    Raises NotFound (no such attempt), Conflict (over, or too late), InvalidInput (an account that was not offered, or
    cannot be connected). Then nothing is stored.
    """
    actor.require(Permission.MANAGE_CHANNELS)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        get_attempt(work, attempt_id)
        attempt = _lock(work, attempt_id)
        if attempt.status != AttemptStatus.CHOOSING or attempt.secrets is None:
            raise Conflict("This connecting is over. Press Connect to begin another.")
        if attempt.ends_at <= work.now:
            raise Conflict("It took longer than half an hour. Press Connect again.")
        grant, accounts = _unseal(runtime.keyring, attempt.secrets)
        choice = _pick(attempt, accounts, account_id)
        if _find_taken(runtime, actor, attempt, [choice]):
            raise InvalidInput(_refuse(None, account_id, {account_id}), field="account_id")
        channel = _store(runtime.keyring, work, attempt, grant, choice)
        attempt.status, attempt.channel_id, attempt.secrets = AttemptStatus.DONE, channel.id, None
        _audit(work, attempt, "channel.account_chosen", account=choice.name)
    return channel


def _pick(attempt: ConnectAttempt, accounts: Sequence[AccountChoice], account_id: str) -> AccountChoice:
    choice = next((account for account in accounts if account.account_id == account_id), None)
    if choice is None:
        raise InvalidInput("That account was not among those to choose from. Choose one of the list.", "account_id")
    offered = next((row for row in attempt.choices if row["account_id"] == account_id), {})
    if refusal := str(offered.get("refusal") or ""):
        raise InvalidInput(refusal, field="account_id")
    return choice


def _store(keyring: Keyring, work: UnitOfWork, attempt: ConnectAttempt, grant: Grant, choice: AccountChoice) -> Channel:
    query = select(Channel).where(Channel.platform == attempt.platform, Channel.account_id == choice.account_id)
    channel = work.session.scalar(query.with_for_update())
    if channel is None:
        channel = Channel(
            id=new_id(), tenant_id=work.tenant_id, platform=attempt.platform, name=choice.name[:LONGEST_NAME],
            base_url=choice.address, account_id=choice.account_id, status=ChannelStatus.PENDING, credentials_version=0,
            created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
    channel.base_url = choice.address or channel.base_url
    was_connected = channel.status == ChannelStatus.CONNECTED
    store_grant(keyring, channel, grant, work.now, extra=choice.credentials)
    note_account(work, channel, describe_choice(choice))
    work.session.flush()
    if was_connected:
        detail = {"name": channel.name}
        work.audit("channel.credentials_changed", subject_kind="channel", subject_id=channel.id, detail=detail)
    regain_access(work, channel, f"Connected as {choice.name}")
    return channel


# --- giving it up -----------------------------------------------------------------------------------------------------


def disconnect(runtime: Runtime, tenant: UUID, actor: Actor, channel_id: UUID, reason: str = "") -> Disconnected:
    """Forget the credentials, then give the access back at the platform as far as that is possible and does no harm."""
    actor.require(Permission.MANAGE_CHANNELS)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channel = get_channel(work, channel_id, lock=True)
        sealed = channel.credentials
        channel = disconnect_channel(work, channel_id, reason)
    told = _give_back(runtime, actor, channel, sealed)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        work.audit("channel.given_back", subject_kind="channel", subject_id=channel_id, reason=told)
    return Disconnected(channel=channel, told=told)


def _give_back(runtime: Runtime, actor: Actor, channel: Channel, sealed: bytes | None) -> str:
    title, way = facts_of(channel.platform).title, gives_back(channel.platform)
    if sealed is None or way == "typed":
        return f"What was stored is forgotten. To end the access at {title} too, delete the password there."
    if way == "never":
        return f"{title} has no call to give an access back: remove the app in the account's settings there."
    if way == "person" and _is_shared(runtime, actor, channel):
        return (
            f"The access at {title} was left in place, because ending it would end other channels that the same person"
            " may have connected. Remove the app in the account's settings there to end all of them."
        )
    try:
        runtime.connector(channel.platform).revoke(runtime.keyring.open(sealed))
    except LeadmetricsError as error:
        return f"{title} did not take the access back ({error}) Remove the app in the account's settings there."
    return f"The access was given back at {title}."


def _is_shared(runtime: Runtime, actor: Actor, channel: Channel) -> bool:
    """Whether another channel, of any client, is connected with the same app of ours."""
    family = app_family(channel.platform)
    with runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
        query = select(Channel.platform).where(Channel.credentials.is_not(None), Channel.id != channel.id).distinct()
        return any(gives_back(p) != "typed" and app_family(p) == family for p in work.session.scalars(query))


def forget_old_attempts(work: UnitOfWork) -> int:
    """Drop the secrets of attempts that nobody finished in time; how many."""
    stale = (
        update(ConnectAttempt)
        .where(
            ConnectAttempt.ends_at <= work.now, ConnectAttempt.status.in_([AttemptStatus.BEGUN, AttemptStatus.CHOOSING])
        )
        .values(status=AttemptStatus.FAILED, secrets=None, problem="Nobody finished it in time. Press Connect again.")
        .returning(ConnectAttempt.id)
    )
    return len(work.session.scalars(stale).all())


# --- rows and secrets -------------------------------------------------------------------------------------------------


def _lock(work: UnitOfWork, attempt_id: UUID) -> ConnectAttempt:
    return work.session.get_one(ConnectAttempt, attempt_id, with_for_update=True, populate_existing=True)


def _fail(work: UnitOfWork, attempt: ConnectAttempt, problem: str) -> ConnectAttempt:
    if attempt.status != AttemptStatus.FAILED:
        attempt.status, attempt.problem, attempt.secrets = AttemptStatus.FAILED, problem, None
        _audit(work, attempt, "channel.connecting_failed", reason=problem)
    return attempt


def _audit(work: UnitOfWork, attempt: ConnectAttempt, action: str, *, reason: str = "", **detail: object) -> None:
    work.audit(
        action, subject_kind="connect_attempt", subject_id=attempt.id, to_state=attempt.status, reason=reason,
        detail={"platform": attempt.platform, **detail},
    )  # fmt: skip


def _hash(state: str) -> str:
    return sha256_bytes(state.encode())


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _seal(keyring: Keyring, grant: Grant, accounts: Iterable[AccountChoice]) -> bytes:
    return keyring.seal(
        {
            "grant": json.dumps(
                {
                    "credentials": dict(grant.credentials),
                    "expires_at": _text(grant.expires_at),
                    "refresh_expires_at": _text(grant.refresh_expires_at),
                    "scopes": None if grant.scopes is None else sorted(grant.scopes),
                }
            ),
            "accounts": json.dumps([_plain(account) for account in accounts]),
        }
    )


def _unseal(keyring: Keyring, sealed: bytes) -> tuple[Grant, tuple[AccountChoice, ...]]:
    stored = keyring.open(sealed)
    raw = json.loads(stored["grant"])
    grant = Grant(
        credentials=raw["credentials"], expires_at=_instant(raw["expires_at"]),
        refresh_expires_at=_instant(raw["refresh_expires_at"]),
        scopes=None if raw["scopes"] is None else frozenset(raw["scopes"]),
    )  # fmt: skip
    return grant, tuple(AccountChoice(**account) for account in json.loads(stored["accounts"]))


def _plain(account: AccountChoice) -> Mapping[str, Any]:
    return {
        "account_id": account.account_id, "name": account.name, "detail": account.detail, "address": account.address,
        "refusal": account.refusal, "credentials": dict(account.credentials), "facts": dict(account.facts),
    }  # fmt: skip


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
