"""Channels and kill switches: the page, typed credentials, probe, disconnect; hold and release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, LeadmetricsError, PassingError
from leadmetrics_pipelines.platforms.connectors import WAYS, has_room
from leadmetrics_pipelines.platforms.facts import WEBSITE
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.channels import Around, make_shelves
from leadmetrics_pipelines.review.presenters.forms import Field, general_error, with_error
from leadmetrics_pipelines.review.presenters.frame import Toast, clockwork, page
from leadmetrics_pipelines.review.presenters.words import Clockwork, Tone
from leadmetrics_pipelines.review.problems import describe
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.alerts import list_alerts
from leadmetrics_pipelines.services.app_keys import has_app
from leadmetrics_pipelines.services.channels import (
    connect_channel,
    list_channels,
    release_hold,
    set_hold,
)
from leadmetrics_pipelines.services.connections import disconnect
from leadmetrics_pipelines.services.credentials import find_renewable
from leadmetrics_pipelines.services.probes import probe_channel
from leadmetrics_pipelines.services.views.today import HoldView, read_holds
from leadmetrics_pipelines.storage.database import all_tenants

router = APIRouter()
Text = Annotated[str, Form()]
_SCOPE_WORDS = {HoldScope.ALL: "All publishing, every client", HoldScope.TENANT: "Everything of this client"}


@router.get("/channels")
def show_channels(place: PlaceOf, connect: str = "") -> Response:
    """Channels by what they are for, the form for a WordPress site (`connect` opens it), and holds."""
    return _show(place, {}, None, form_open=bool(connect))


@router.post("/channels")
def send_connect(
    place: PlaceOf, name: Text = "", base_url: Text = "", username: Text = "", password: Text = ""
) -> Response:
    """Connect a WordPress site; what the site says is shown as it is."""
    typed = {"name": name, "base_url": base_url, "username": username}
    credentials = {"username": username.strip(), "application_password": password.strip()}
    try:
        channel = connect_channel(
            place.runtime,
            place.membership.tenant_id,
            place.actor,
            platform="wordpress",
            name=name,
            base_url=base_url,
            credentials=credentials,
        )
    except (InvalidInput, AccessRevoked, PassingError) as error:
        return _show(place, typed, error)
    return go(place, f"{place.base}/channels", Toast(text=f"Connected: {channel.name}"))


@router.post("/channels/{channel_id}/probe")
def send_probe(place: PlaceOf, channel_id: UUID) -> Response:
    """Ask the site whether the channel still works."""
    channel = probe_channel(place.runtime, place.membership.tenant_id, place.actor, channel_id)
    fine = channel.status == ChannelStatus.CONNECTED and not channel.status_reason
    toast = (
        Toast(text=f"{channel.name} works.")
        if fine
        else Toast(text=f"{channel.name}: {channel.status_reason}", tone=Tone.BLOCKED, icon="warn", stay_ms=12000)
    )
    return go(place, f"{place.base}/channels", toast)


@router.post("/channels/{channel_id}/disconnect")
def send_disconnect(place: PlaceOf, channel_id: UUID, reason: Text = "") -> Response:
    """Stop using the account."""
    done = disconnect(place.runtime, place.membership.tenant_id, place.actor, channel_id, reason)
    toast = Toast(text=f"Disconnected: {done.channel.name}. {done.told}", stay_ms=12000)
    return go(place, f"{place.base}/channels", toast)


@router.post("/holds")
def send_hold(place: PlaceOf, scope: Text = "", reason: Text = "") -> Response:
    """Put a kill switch on; `scope` is all, tenant, or a channel's id."""
    wide, channel_id = _read_scope(scope)
    tenant = all_tenants if wide is HoldScope.ALL else place.membership.tenant_id
    with place.runtime.unit_of_work(tenant=tenant, actor=place.actor) as work:
        set_hold(work, wide, channel_id, reason)
    return go(place, f"{place.base}/channels", Toast(text="Publishing is held.", tone=Tone.ATTENTION, icon="hold"))


@router.post("/holds/{hold_id}/release")
def send_release(place: PlaceOf, hold_id: UUID, scope: Text = "") -> Response:
    """Take a kill switch away."""
    tenant = (
        all_tenants if scope == HoldScope.ALL and place.may(Permission.MANAGE_PLATFORM) else place.membership.tenant_id
    )
    with place.runtime.unit_of_work(tenant=tenant, actor=place.actor) as work:
        release_hold(work, hold_id)
    return go(place, f"{place.base}/channels", Toast(text="The hold is released."))


def _read_scope(scope: str) -> tuple[HoldScope, UUID | None]:
    if scope in (HoldScope.ALL, HoldScope.TENANT):
        return HoldScope(scope), None
    try:
        return HoldScope.CHANNEL, UUID(scope)
    except ValueError:
        msg = "Choose what to hold from the list."
        raise InvalidInput(msg, field="scope") from None


def _show(
    place: Place, typed: Mapping[str, str], error: LeadmetricsError | None, *, form_open: bool = False
) -> Response:
    with place.work(frame=True) as work:
        channels, holds, alerts = list_channels(work, with_website=True), read_holds(work), list_alerts(work)
    fields = _fields(typed)
    unfit = error if isinstance(error, InvalidInput) else None
    settings = place.runtime.settings
    around = Around(
        base=place.base, clock=clockwork(place), may_manage=place.may(Permission.MANAGE_CHANNELS),
        alerts={alert.channel_id: alert for alert in alerts if alert.channel_id is not None},
        apps=frozenset(name for name in WAYS if has_app(settings, name) and has_room(name)),
        renewable=find_renewable(place.runtime.keyring, channels),
    )  # fmt: skip
    own = [channel for channel in channels if channel.platform != WEBSITE.name]
    context = page(
        place, "Channels", "channels", shelves=make_shelves(channels, around), connected=bool(own),
        holds=[_hold(place, hold, around.clock) for hold in holds], fields=with_error(fields, unfit),
        problem=general_error(fields, unfit) if unfit else str(error) if error else "", scopes=_scopes(place, own),
        form_open=form_open or error is not None,
    )  # fmt: skip
    return respond("pages/channels.html", context, status=describe(error).status if error else 200)


def _fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            name="name",
            label="Name",
            value=typed.get("name", ""),
            required=True,
            hint="As people call it, e.g. Acme Blog.",
        ),
        Field(
            name="base_url",
            label="Address of the site",
            value=typed.get("base_url", ""),
            kind="url",
            required=True,
            hint="https://www.example.com",
        ),
        Field(
            name="username", label="WordPress user", value=typed.get("username", ""), required=True, autocomplete="off"
        ),
        Field(
            name="password",
            label="Application password",
            kind="password",
            required=True,
            autocomplete="new-password",
            hint="From Users, Profile, Application Passwords; not the password of the account.",
        ),
    )


def _hold(place: Place, hold: HoldView, clock: Clockwork) -> dict[str, Any]:
    scope = HoldScope(hold.scope)
    needs = Permission.MANAGE_PLATFORM if scope is HoldScope.ALL else Permission.HOLD
    return {
        "reach": _SCOPE_WORDS.get(scope) or f"The channel {hold.channel_name}",
        "reason": hold.reason,
        "by": hold.set_by,
        "when": clock.at(hold.set_at),
        "scope": scope.value,
        "release": f"{place.base}/holds/{hold.id}/release" if place.may(needs) else "",
    }


def _scopes(place: Place, channels: Any) -> list[dict[str, str]]:  # noqa: ANN401 - a sequence of rows
    if not place.may(Permission.HOLD):
        return []
    scopes = [{"value": HoldScope.TENANT.value, "label": _SCOPE_WORDS[HoldScope.TENANT]}]
    scopes += [{"value": str(c.id), "label": f"The channel {c.name}"} for c in channels]
    if place.may(Permission.MANAGE_PLATFORM):
        scopes.append({"value": HoldScope.ALL.value, "label": _SCOPE_WORDS[HoldScope.ALL]})
    return scopes
