"""The way to a platform's own pages and back, and the choice of the account."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from leadmetrics_pipelines.domain.people import Permission, system_actor
from leadmetrics_pipelines.errors import InvalidInput, LeadmetricsError, NotFound
from leadmetrics_pipelines.platforms.connectors import asked_scopes
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.review.place import ROUTE, Place, PlaceOf, SignInNeeded, visit
from leadmetrics_pipelines.review.presenters.channels import find_rights, mark_of
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, clockwork, page
from leadmetrics_pipelines.review.problems import answer, describe
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.connections import (
    Answer,
    AttemptStatus,
    begin_connecting,
    choose_account,
    find_attempt_tenant,
    get_attempt,
    return_from_platform,
)
from leadmetrics_pipelines.services.people import actor_for
from leadmetrics_pipelines.storage.channels.models import ConnectAttempt

router = APIRouter()
way_back = APIRouter()
Text = Annotated[str, Form()]
# A code or token is longer than that; nothing of ours is.
_LONGEST = 4096


@router.post("/channels/connect")
def send_begin(place: PlaceOf, platform: Text = "", channel_id: Text = "") -> Response:
    """Send the browser to the platform. Without scripts: a page with the link, for a form may not lead elsewhere."""
    channel = _read_id(channel_id) if channel_id else None
    started = begin_connecting(place.runtime, place.membership.tenant_id, place.actor, platform, channel_id=channel)
    if place.wants_fragment:
        return go(place, started.address)
    with place.work(frame=True):
        context = page(
            place, f"Connect {facts_of(platform).title}", "channels", _crumbs(place, platform), attempt=None,
            choices=[],
            address=started.address, platform=facts_of(platform).title, mark=mark_of(platform),
            scopes=asked_scopes(platform), problem="", again=None, rights=[], minutes=None,
        )  # fmt: skip
    return respond("pages/connecting.html", context)


@way_back.get("/channels/return/{platform}")
def come_back(request: Request, platform: str, state: str = "", code: str = "", error: str = "") -> Response:
    """The platform sends the person back. Ends in a redirect, so that no address with a code stays anywhere."""
    try:
        visitor = visit(request)
        if max(len(state), len(code), len(error)) > _LONGEST:
            raise InvalidInput("This way back cannot be read. Open Channels and press Connect again.")
        runtime = visitor.runtime
        tenant = find_attempt_tenant(runtime, system_actor("review app", ROUTE), state)
        membership = next((m for m in visitor.memberships if m.tenant_id == tenant), None)
        if membership is None:
            raise NotFound("This way back belongs to a client you do not work for.")
        actor = actor_for(visitor.signed_in.user, membership.role, ROUTE)
        attempt = return_from_platform(runtime, tenant, actor, platform, Answer(state=state, code=code, error=error))
    except SignInNeeded:
        # Not "sign in and go on": the address with the code would be kept on the way there.
        msg = "Your sign-in ended while you were away. Sign in, open Channels and press Connect again; nothing is lost."
        return answer(request, describe(InvalidInput(msg)))
    except LeadmetricsError as problem:
        return answer(request, describe(problem))
    return RedirectResponse(f"/t/{membership.slug}/channels/connecting/{attempt.id}", status_code=303)


@router.get("/channels/connecting/{attempt_id}")
def show_choice(place: PlaceOf, attempt_id: UUID) -> Response:
    """Which account? Or why it came to nothing, and the way to begin again."""
    return _show(place, attempt_id, None)


@router.post("/channels/connecting/{attempt_id}")
def send_choice(place: PlaceOf, attempt_id: UUID, account_id: Text = "") -> Response:
    """Make the chosen account a channel."""
    if not account_id:
        return _show(place, attempt_id, InvalidInput("Choose one of the accounts."))
    try:
        channel = choose_account(place.runtime, place.membership.tenant_id, place.actor, attempt_id, account_id)
    except InvalidInput as error:
        return _show(place, attempt_id, error)
    return go(place, f"{place.base}/channels", Toast(text=f"Connected: {channel.name}"))


def _show(place: Place, attempt_id: UUID, error: InvalidInput | None) -> Response:
    place.actor.require(Permission.MANAGE_CHANNELS)
    with place.work(frame=True) as work:
        attempt = get_attempt(work, attempt_id)
        if attempt.status == AttemptStatus.DONE:
            return go(place, f"{place.base}/channels")
        title = facts_of(attempt.platform).title
        context = page(
            place, f"Connect {title}", "channels", _crumbs(place, attempt.platform), attempt=attempt, address="",
            platform=title, mark=mark_of(attempt.platform), scopes=[], problem=_problem(attempt, error),
            again={"platform": attempt.platform, "channel_id": str(attempt.channel_id or "")},
            choices=attempt.choices if attempt.status == AttemptStatus.CHOOSING else [],
            rights=find_rights(attempt.platform, attempt.scopes), minutes=clockwork(place).at(attempt.ends_at),
        )  # fmt: skip
    return respond("pages/connecting.html", context, status=describe(error).status if error else 200)


def _problem(attempt: ConnectAttempt, error: InvalidInput | None) -> str:
    if error is not None:
        return str(error)
    if attempt.status == AttemptStatus.BEGUN:
        return "You have not come back from the platform yet. Finish there, or begin again."
    return attempt.problem or ""


def _crumbs(place: Place, platform: str) -> list[Crumb]:
    return [Crumb("Channels", f"{place.base}/channels"), Crumb(f"Connect {facts_of(platform).title}")]


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("There is no such channel.", field="channel_id") from None
