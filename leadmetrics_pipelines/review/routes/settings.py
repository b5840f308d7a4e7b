"""A client's rules and deliverables, and how the app looks in this browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.pipelines import TEMPLATES
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.review.place import THEME_COOKIE, Place, PlaceOf
from leadmetrics_pipelines.review.presenters.forms import Field, Option, general_error, with_error
from leadmetrics_pipelines.review.presenters.frame import Toast, page
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.channels import list_channels
from leadmetrics_pipelines.services.deliverables import add_deliverable, change_deliverable, list_deliverables
from leadmetrics_pipelines.services.targets import publishing_channels
from leadmetrics_pipelines.services.tenants import change_rules
from leadmetrics_pipelines.storage.deliverables.models import Deliverable

router = APIRouter()
Text = Annotated[str, Form()]
_YEAR = 365 * 24 * 3600


@router.get("/settings")
def show_settings(place: PlaceOf) -> Response:
    """Rules, deliverables, theme."""
    return _show(place, {}, None)


@router.post("/settings/rules")
def send_rules(place: PlaceOf, four_eyes: Text = "", edit_and_approve: Text = "") -> Response:
    """Set the rules of approval."""
    with place.work() as work:
        change_rules(work, four_eyes=bool(four_eyes), edit_and_approve=bool(edit_and_approve))
    return go(place, f"{place.base}/settings", Toast(text="Rules saved."))


@router.post("/settings/theme")
def send_theme(place: PlaceOf, theme: Text = "") -> Response:
    """Light, dark, or as the system has it; for this browser."""
    response = go(place, f"{place.base}/settings", Toast(text="Theme saved."))
    if theme in ("light", "dark"):
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, samesite="lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@router.post("/deliverables")
def send_deliverable(
    place: PlaceOf,
    kind: Text = "",
    name: Text = "",
    monthly_quantity: Text = "",
    goal: Text = "",
    channel_ids: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Promise something each month."""
    typed = {
        "kind": kind,
        "name": name,
        "monthly_quantity": monthly_quantity,
        "channel_ids": " ".join(channel_ids or ()),
        "goal": goal,
    }
    try:
        with place.work() as work:
            row = add_deliverable(
                work,
                kind=kind,
                name=name.strip() or TEMPLATES_BY_KEY.get(kind, ""),
                monthly_quantity=_read_number(monthly_quantity),
                channel_ids=_read_channels(channel_ids or ()),
                goal=goal,
            )
            promised = row.name
    except (InvalidInput, NotFound) as error:
        return _show(place, typed, error)
    return go(
        place, f"{place.base}/settings", Toast(text=f"Promised: {promised}. It counts from the next month that starts.")
    )


@router.post("/deliverables/{deliverable_id}")
def change(place: PlaceOf, deliverable_id: UUID, monthly_quantity: Text = "", active: Text = "") -> Response:
    """Change a promise for the months to come."""
    with place.work() as work:
        row = change_deliverable(
            work,
            deliverable_id,
            monthly_quantity=_read_number(monthly_quantity) if monthly_quantity else None,
            is_active=active == "yes" if active else None,
        )
        name = row.name
    return go(place, f"{place.base}/settings", Toast(text=f"Changed: {name}"))


def _read_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        msg = f"'{text}' is not a number."
        raise InvalidInput(msg, field="monthly_quantity") from None


def _read_channels(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts if text]
    except ValueError:
        msg = "Choose the channels from the list."
        raise InvalidInput(msg, field="channel_ids") from None


def _name_channels(row: Deliverable, names: Mapping[UUID, str]) -> str:
    """Where it goes, in words."""
    wanted = row.channel_ids or [one for one in (row.channel_id,) if one]
    return ", ".join(names.get(one, "A channel that is gone") for one in wanted) or "No channel"


def _show(place: Place, typed: Mapping[str, str], error: InvalidInput | NotFound | None) -> Response:
    with place.work(frame=True) as work:
        channels = list_channels(work)
        names = {channel.id: channel.name for channel in channels}
        fields = _fields(typed, tuple(Option(str(c.id), c.name) for c in publishing_channels(work)))
        unfit = error if isinstance(error, InvalidInput) else None
        context = page(
            place,
            "Settings",
            "settings",
            fields=with_error(fields, unfit),
            problem=general_error(fields, unfit) if unfit else str(error) if error else "",
            deliverables=[
                {
                    "id": str(d.id),
                    "name": d.name,
                    "quantity": d.monthly_quantity,
                    "goal": d.goal,
                    "active": d.is_active,
                    "channel": _name_channels(d, names),
                    "action": f"{place.base}/deliverables/{d.id}",
                    "kind": TEMPLATES_BY_KEY.get(d.kind, d.kind),
                }
                for d in list_deliverables(work, include_inactive=True)
            ],
            rules={
                "four_eyes": bool(place.frame and place.frame.four_eyes),
                "edit_and_approve": bool(place.frame and place.frame.edit_and_approve),
            },
            client={
                "name": place.frame.tenant_name if place.frame else "",
                "website": place.frame.website_url if place.frame else "",
                "zone": place.frame.time_zone if place.frame else "",
            },
            form_open=error is not None,
        )
    status = 200 if error is None else 422
    return respond("pages/settings.html", context, status=status)


TEMPLATES_BY_KEY = {kind.value: template.title for kind, template in TEMPLATES.items()}


def _fields(typed: Mapping[str, str], places: tuple[Option, ...]) -> tuple[Field, ...]:
    kinds = tuple(Option(value, title) for value, title in TEMPLATES_BY_KEY.items())
    return (
        Field(name="kind", label="What", value=typed.get("kind", ""), kind="select", options=kinds),
        Field(name="name", label="Name", value=typed.get("name", ""), hint="Empty: what it is."),
        Field(
            name="monthly_quantity",
            label="How many a month",
            value=typed.get("monthly_quantity", "10"),
            kind="number",
            required=True,
        ),
        Field(
            name="channel_ids",
            label="Channels",
            value=typed.get("channel_ids", ""),
            kind="checks",
            options=places,
            wide=True,
            hint="Each social post goes to all you tick; a blog post or newsletter goes to one.",
        ),
        Field(
            name="goal",
            label="Goal",
            value=typed.get("goal", ""),
            wide=True,
            hint="What it is for, e.g. more demo requests from search.",
        ),
    )
