"""Channels, and the holds that stop publishing. Credentials go in and never come out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, SecretStr

from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.api.authentication import Caller, ChannelManager, Holder, Reader
from leadmetrics_pipelines.review.api.schemas import Facts, In, Out
from leadmetrics_pipelines.services import channels, connections, probes
from leadmetrics_pipelines.services.connections import AttemptStatus
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

router = APIRouter(tags=["channels"])


class ChannelOut(Out):
    """An outside account of the tenant."""

    id: UUID
    platform: str
    name: str
    base_url: str
    status: ChannelStatus
    status_reason: str | None
    facts: Facts = Field(description="What the platform said about the account.")
    max_per_hour: int | None
    account_id: str = Field(description="The platform's own id of the account; empty where the address says it all.")
    scopes: list[str] | None = Field(description="The rights that were granted; null where the platform does not say.")
    expires_at: datetime | None = Field(description="When the present access ends; null where it does not by itself.")
    renew_at: datetime | None = Field(description="When it is renewed, or a person is told that it ends.")
    checked_at: datetime | None
    created_at: datetime


class DisconnectedOut(ChannelOut):
    """A channel that was given up."""

    told: str = Field(description="What became of the access at the platform, in a sentence.")


class ConnectionIn(In):
    """A platform whose account is connected on its own pages."""

    platform: str = Field(examples=["linkedin"])
    channel_id: UUID | None = Field(default=None, description="The channel to connect anew.")


class StartedOut(Out):
    """Where the token's owner opens a browser, signed in to the review app."""

    id: UUID
    address: str
    ends_at: datetime


class ConnectionOut(Out):
    """How far a connecting is."""

    id: UUID
    platform: str
    status: AttemptStatus
    problem: str | None
    choices: list[Facts] = Field(description="What may be chosen; a `refusal` says why one may not.")
    scopes: list[str] | None
    channel_id: UUID | None
    ends_at: datetime


class ChoiceIn(In):
    """The account that becomes a channel."""

    account_id: str


class ChannelIn(In):
    """An account to connect, or to connect again (same platform and address) with new credentials."""

    platform: str = Field(examples=["wordpress"])
    name: str = Field(examples=["Acme blog"])
    base_url: str = Field(examples=["https://acme.example"])
    credentials: dict[str, SecretStr] = Field(
        examples=[{"username": "editor", "application_password": "abcd efgh ijkl mnop qrst uvwx"}]
    )
    max_per_hour: int | None = Field(default=None, ge=1, le=1000)


class HoldOut(Out):
    """A kill switch. It is on while `released_at` is null."""

    id: UUID
    scope: HoldScope
    channel_id: UUID | None
    reason: str
    set_by: str
    set_at: datetime
    released_by: str | None
    released_at: datetime | None


class HoldIn(In):
    """What to stop, and why."""

    scope: HoldScope = HoldScope.TENANT
    channel_id: UUID | None = None
    reason: str = Field(examples=["The client's site moves this afternoon."])


@router.get("/channels", summary="List channels")
def list_channels(caller: Reader) -> list[ChannelOut]:
    """By name, without credentials."""
    with caller.work() as work:
        return [ChannelOut.model_validate(row) for row in channels.list_channels(work, with_website=True)]


@router.post("/channels", status_code=HTTPStatus.CREATED, summary="Connect a channel")
def connect(caller: ChannelManager, body: ChannelIn) -> ChannelOut:
    """The platform is asked first; credentials it does not accept are not stored, and older ones are kept."""
    secrets = {name: secret.get_secret_value() for name, secret in body.credentials.items()}
    row = channels.connect_channel(
        caller.runtime, caller.token.tenant_id, caller.token.actor, platform=body.platform, name=body.name,
        base_url=body.base_url, credentials=secrets, max_per_hour=body.max_per_hour,
    )  # fmt: skip
    return ChannelOut.model_validate(row)


@router.post("/channels/{channel_id}/probe", summary="Does the channel still work?")
def probe(caller: ChannelManager, channel_id: UUID) -> ChannelOut:
    """Ask the platform, and note its answer."""
    row = probes.probe_channel(caller.runtime, caller.token.tenant_id, caller.token.actor, channel_id)
    return ChannelOut.model_validate(row)


@router.delete("/channels/{channel_id}", summary="Disconnect a channel")
def disconnect(caller: ChannelManager, channel_id: UUID) -> DisconnectedOut:
    """Its credentials are forgotten, and given back where that is possible; its posts wait."""
    done = connections.disconnect(caller.runtime, caller.token.tenant_id, caller.token.actor, channel_id)
    row = ChannelOut.model_validate(done.channel)
    return DisconnectedOut(**row.model_dump(), told=done.told)


@router.post("/connections", status_code=HTTPStatus.CREATED, summary="Begin to connect an account")
def begin(caller: ChannelManager, body: ConnectionIn) -> StartedOut:
    """For platforms that are connected on their own pages. Only the token's owner can go on, in a browser."""
    started = connections.begin_connecting(
        caller.runtime, caller.token.tenant_id, caller.token.actor, body.platform, channel_id=body.channel_id
    )
    return StartedOut(id=started.attempt_id, address=started.address, ends_at=started.ends_at)


@router.get("/connections/{attempt_id}", summary="How far is a connecting?")
def show_connection(caller: ChannelManager, attempt_id: UUID) -> ConnectionOut:
    """Of the token's owner alone."""
    with caller.work() as work:
        return ConnectionOut.model_validate(connections.get_attempt(work, attempt_id))


@router.post("/connections/{attempt_id}/account", summary="Choose the account")
def choose(caller: ChannelManager, attempt_id: UUID, body: ChoiceIn) -> ChannelOut:
    """Make it a channel, or renew the channel that it is."""
    row = connections.choose_account(
        caller.runtime, caller.token.tenant_id, caller.token.actor, attempt_id, body.account_id
    )
    return ChannelOut.model_validate(row)


@router.get("/holds", summary="What holds publishing?")
def list_holds(caller: Reader) -> list[HoldOut]:
    """The switches that are on, the widest first."""
    with caller.work() as work:
        return [HoldOut.model_validate(row) for row in channels.list_holds(work)]


@router.post("/holds", status_code=HTTPStatus.CREATED, summary="Hold publishing")
def set_hold(caller: Holder, body: HoldIn) -> HoldOut:
    """Stop the tenant's publishing or one channel's, from the next call on. `all` is for the platform's admins."""
    with _reach(caller, everything=body.scope is HoldScope.ALL) as work:
        return HoldOut.model_validate(channels.set_hold(work, body.scope, body.channel_id, body.reason))


@router.delete("/holds/{hold_id}", summary="Release a hold")
def release_hold(caller: Holder, hold_id: UUID) -> HoldOut:
    """Publishing goes on; what waited past its window asks a person first."""
    with caller.work() as work:
        everything = any(row.id == hold_id and row.scope == HoldScope.ALL for row in channels.list_holds(work))
    with _reach(caller, everything=everything) as work:
        return HoldOut.model_validate(channels.release_hold(work, hold_id))


def _reach(caller: Caller, *, everything: bool) -> AbstractContextManager[UnitOfWork]:
    if not everything:
        return caller.work()
    caller.token.actor.require(Permission.MANAGE_PLATFORM)
    return caller.runtime.unit_of_work(tenant=all_tenants, actor=caller.token.actor)
