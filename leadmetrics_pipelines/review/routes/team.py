"""The people of a client, and the API's tokens."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.people import AGENT_SCOPES, PERMISSIONS, Permission
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Toast, clockwork, monogram, page
from leadmetrics_pipelines.review.presenters.words import ROLE_WORDS, Badge, Clockwork, Tone
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.people import list_members
from leadmetrics_pipelines.services.tokens import create_token, list_tokens, revoke_token
from leadmetrics_pipelines.storage.people.models import ApiToken

router = APIRouter()
Text = Annotated[str, Form()]
_SCOPE_WORDS = {
    Permission.READ: "read everything of this client",
    Permission.PROPOSE: "propose requests",
    Permission.COMMENT: "comment",
    Permission.EDIT: "edit",
    Permission.DECIDE: "decide",
    Permission.UNBLOCK: "unblock failed work",
    Permission.HOLD: "hold publishing",
}


@router.get("/team")
def show_team(place: PlaceOf) -> Response:
    """People and tokens."""
    return _show(place, secret="", problem="", status=200)


@router.post("/tokens")
def send_token(
    place: PlaceOf,
    kind: Text = "user",
    name: Text = "",
    days: Text = "",
    scopes: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make a token; its secret is on this answer and nowhere else."""
    owner: Literal["user", "agent"] = "agent" if kind == "agent" else "user"
    user_id = None if owner == "agent" else place.signed_in.user.id
    try:
        with place.work() as work:
            _, secret = create_token(
                work, kind=owner, name=name, scopes=scopes or [], user_id=user_id, days=_read_days(days)
            )
    except InvalidInput as error:
        return _show(place, secret="", problem=str(error), status=422)
    return _show(place, secret=secret, problem="", status=200)


@router.post("/tokens/{token_id}/revoke")
def send_revoke(place: PlaceOf, token_id: UUID) -> Response:
    """End a token."""
    with place.work() as work:
        name = revoke_token(work, token_id).name
    return go(place, f"{place.base}/team", Toast(text=f"Revoked: {name}"))


def _read_days(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        msg = f"'{text}' is not a number of days."
        raise InvalidInput(msg, field="days") from None


def _show(place: Place, *, secret: str, problem: str, status: int) -> Response:
    with place.work(frame=True) as work:
        clock = clockwork(place)
        context = page(
            place,
            "Team",
            "team",
            secret=secret,
            problem=problem,
            people=[
                {
                    "name": m.person.name,
                    "email": m.person.email,
                    "initials": monogram(m.person.name),
                    "role": ROLE_WORDS[m.role],
                    "since": clock.at(m.since),
                    "active": m.person.is_active,
                    "may": ", ".join(sorted(p.value for p in PERMISSIONS[m.role])),
                }
                for m in list_members(work)
            ],
            tokens=[_token(place, token, clock) for token in list_tokens(work)],
            scopes=[
                {"value": p.value, "label": _SCOPE_WORDS[p], "agent": p in AGENT_SCOPES, "on": p is Permission.READ}
                for p in _SCOPE_WORDS
                if place.may(p)
            ],
            may_agent=place.may(Permission.MANAGE_PEOPLE),
        )
    return respond("pages/team.html", context, status=status)


def _token(place: Place, token: ApiToken, clock: Clockwork) -> dict[str, Any]:
    over = token.expires_at is not None and token.expires_at <= clock.now
    if token.revoked_at is not None:
        badge = Badge(Tone.QUIET, "stop", "Revoked")
    elif over:
        badge = Badge(Tone.ATTENTION, "clock", "Ended")
    else:
        badge = Badge(Tone.GOOD, "check", "Valid")
    return {
        "name": token.name,
        "kind": "Agent" if token.kind == "agent" else "Person",
        "scopes": ", ".join(token.scopes),
        "badge": badge,
        "used": clock.ago(token.last_used_at),
        "ends": clock.at(token.expires_at),
        "revoke": "" if token.revoked_at else f"{place.base}/tokens/{token.id}/revoke",
    }
