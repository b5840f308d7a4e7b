"""The month calendar: look, move, plan, take off; a channel's slots."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, Response

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.slots import WeeklySlot
from leadmetrics_pipelines.errors import InvalidInput, LeadmetricsError, NotAllowed, NotFound
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.calendar import present_calendar, present_slots
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, fragment, page
from leadmetrics_pipelines.review.presenters.words import Tone
from leadmetrics_pipelines.review.routes.answers import announce, go, toast_html
from leadmetrics_pipelines.review.templating import render_text, respond
from leadmetrics_pipelines.services.channels import get_channel
from leadmetrics_pipelines.services.scheduling import MovedPost, schedule_post, unschedule_post, wall_time_now
from leadmetrics_pipelines.services.slots import add_slot, list_slots, parse_slot, remove_slot, suggest_slots
from leadmetrics_pipelines.services.views.calendar_month import read_calendar_month

router = APIRouter()
Text = Annotated[str, Form()]
Whole = Annotated[int, Form()]


@router.get("/calendar")
def show_calendar(place: PlaceOf, month: str = "", channel: str = "") -> Response:
    """A month; as a fragment its board alone."""
    wanted, channel_id = _parse(place, month, channel)
    with place.work(frame=True) as work:
        calendar = present_calendar(
            place, read_calendar_month(work, wanted, channel_id=channel_id), channel_id=channel_id
        )
        slots = None
        if channel_id is not None:
            rows = [(row.id, WeeklySlot(row.weekday, row.local_time)) for row in list_slots(work, channel_id)]
            slots = present_slots(rows, suggest_slots(work, channel_id), place) | {
                "name": get_channel(work, channel_id).name,
                "add": f"{place.base}/calendar/slots",
                "id": str(channel_id),
            }
        context = page(
            place, f"Calendar, {wanted.title}", "calendar", [Crumb("Calendar"), Crumb(wanted.title)],
            calendar=calendar, slots=slots,
        )  # fmt: skip
    return respond("pages/calendar.html", context)


@router.post("/calendar/{post_id}/move")
def send_move(
    place: PlaceOf, post_id: UUID, day: Text = "", at: Text = "", version: Whole = 0, month: Text = "",
    channel: Text = "", act: Text = "",
) -> Response:  # fmt: skip
    """Plan a post for a wall time of the tenant; `act=now` for this minute."""
    try:
        with place.work() as work:
            local = wall_time_now(work) if act == "now" else _read_local(day, at)
            moved = schedule_post(work, post_id, local, seen_version=version)
    except LeadmetricsError as error:
        return _board(place, month, channel, error)
    return _board(place, month, channel, moved, said=f"{local:%A, %d %B, %H:%M}")


@router.post("/calendar/{post_id}/unschedule")
def send_unschedule(
    place: PlaceOf, post_id: UUID, version: Whole = 0, month: Text = "", channel: Text = ""
) -> Response:
    """Take a post off the calendar."""
    try:
        with place.work() as work:
            moved = unschedule_post(work, post_id, seen_version=version)
    except LeadmetricsError as error:
        return _board(place, month, channel, error)
    return _board(place, month, channel, moved, said="no time")


@router.post("/calendar/slots")
def send_slot(place: PlaceOf, channel_id: Annotated[UUID, Form()], weekday: Whole = 0, at: Text = "") -> Response:
    """Add a weekly slot."""
    with place.work() as work:
        slot = parse_slot(weekday, at)
        add_slot(work, channel_id, slot)
    return go(place, f"{place.base}/calendar?channel={channel_id}", Toast(text=f"Slot added: {slot.label}"))


@router.post("/calendar/slots/{slot_id}/remove")
def send_remove_slot(place: PlaceOf, slot_id: UUID) -> Response:
    """Remove a weekly slot."""
    with place.work() as work:
        channel_id = remove_slot(work, slot_id)
    return go(
        place, f"{place.base}/calendar?channel={channel_id}", Toast(text="Slot removed; planned posts keep their time.")
    )


def _board(place: Place, month: str, channel: str, result: MovedPost | LeadmetricsError, *, said: str = "") -> Response:
    """The board as it is now, and what happened; without a script, what is not there or not allowed is a page."""
    if isinstance(result, (NotFound, NotAllowed)) and not place.wants_fragment:
        raise result
    toast = _toast(result, said)
    query = f"?month={month}" + (f"&channel={channel}" if channel else "")
    if not place.wants_fragment:
        return go(place, f"{place.base}/calendar{query}", toast)
    wanted, channel_id = _parse(place, month, channel)
    with place.work() as work:
        calendar = present_calendar(
            place, read_calendar_month(work, wanted, channel_id=channel_id), channel_id=channel_id
        )
    board = render_text("fragments/calendar.html", fragment(place, calendar=calendar))
    return HTMLResponse(board + toast_html(place, toast), headers=announce(say=toast.text))


def _read_local(day: str, at: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(at))
    except ValueError:
        msg = "Give a day and a time, such as 2026-12-01 and 09:30. It stays as it was."
        raise InvalidInput(msg, field="day") from None


def _toast(result: MovedPost | LeadmetricsError, said: str) -> Toast:
    if isinstance(result, LeadmetricsError):
        return Toast(text=str(result), tone=Tone.BLOCKED, icon="warn", stay_ms=12000)
    if result.publish_at is None:
        return Toast(text=f"{result.title} is off the calendar and waits in review.", tone=Tone.ATTENTION, icon="clock")
    if result.is_approved:
        return Toast(text=f"{result.title}: {said}.")
    return Toast(text=f"{result.title}: {said}. It waits for approval.", tone=Tone.ATTENTION, icon="eye")


def _parse(place: Place, month: str, channel: str) -> tuple[Month, UUID | None]:
    wanted = Month.parse(month) if month else Month.of(place.runtime.clock.now())
    try:
        return wanted, UUID(channel) if channel else None
    except ValueError as error:
        msg = "This address asks for a channel there is not. Open the calendar and choose again."
        raise InvalidInput(msg) from error
