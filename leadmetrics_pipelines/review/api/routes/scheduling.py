"""Planning in time: a month's calendar, a post's time, a channel's weekly slots, and the dry run."""

from __future__ import annotations

from datetime import datetime, time
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, NaiveDatetime

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.slots import Knowledge, WeeklySlot
from leadmetrics_pipelines.review.api.authentication import Editor, Reader
from leadmetrics_pipelines.review.api.schemas import In, Out
from leadmetrics_pipelines.services.dry_run import DryItem, Level, dry_run
from leadmetrics_pipelines.services.scheduling import schedule_post, unschedule_post
from leadmetrics_pipelines.services.slots import add_slot, list_slots, remove_slot, suggest_slots
from leadmetrics_pipelines.services.views.calendar_month import CalendarEntry, read_calendar_month

router = APIRouter(tags=["scheduling"])


class PlannedOut(Out):
    """A post on the calendar. `local`: wall time in the tenant's zone, null while it has no time."""

    post_id: UUID
    version: int
    kind: str
    title: str
    status: str
    channel_id: UUID | None
    channel_name: str
    platform: str
    local: datetime | None


class CalendarOut(Out):
    """A month, whole weeks from Monday to Sunday."""

    month: str
    time_zone: str
    planned: list[PlannedOut]
    without_time: list[PlannedOut]


class PlanIn(In):
    """The time of a post: wall time of the tenant, without an offset."""

    local: NaiveDatetime = Field(examples=["2026-12-01T09:30:00"])
    seen_version: int = Field(description="The version you looked at; a newer one is a 409.")


class UnplanIn(In):
    """Which version you looked at."""

    seen_version: int


class MovedOut(Out):
    """Where it is now. `is_approved` false: it waits for approval."""

    post_id: UUID
    title: str
    publish_at: datetime | None
    is_approved: bool


class SlotIn(In):
    """A weekly time. `weekday`: 0 is Monday."""

    weekday: int = Field(ge=0, le=6)
    at: time = Field(examples=["09:30"])


class SlotOut(Out):
    """A weekly slot."""

    id: UUID
    weekday: int
    local_time: time


class SlotsOut(Out):
    """A channel's slots, and what is known of its best times: nothing, little (thin), or enough (ok)."""

    slots: list[SlotOut]
    knowledge: Knowledge
    suggested: list[str]
    detail: str


class FindingOut(Out):
    """One answer about one item."""

    check: str
    level: Level
    sentence: str


class DryItemOut(Out):
    """One due item and what would stop it."""

    post_id: UUID
    title: str
    channel_name: str
    due_at: datetime | None
    level: Level
    findings: list[FindingOut]


@router.get("/calendar/{month}", summary="A month's calendar")
def read_calendar(caller: Reader, month: str, channel_id: UUID | None = None) -> CalendarOut:
    """What went out and what will, in the tenant's wall time."""
    with caller.work() as work:
        calendar = read_calendar_month(work, Month.parse(month), channel_id=channel_id)
    planned: list[CalendarEntry] = [entry for day in calendar.days for entry in day.entries]
    return CalendarOut(
        month=str(calendar.month), time_zone=calendar.zone,
        planned=[PlannedOut.model_validate(entry) for entry in planned],
        without_time=[PlannedOut.model_validate(entry) for entry in calendar.unplanned],
    )  # fmt: skip


@router.put("/posts/{post_id}/time", summary="Plan a post")
def plan(caller: Editor, post_id: UUID, body: PlanIn) -> MovedOut:
    """Give a post its time. An approved one is approved anew where you may do that, else it is in review again."""
    with caller.work() as work:
        return MovedOut.model_validate(schedule_post(work, post_id, body.local, seen_version=body.seen_version))


@router.post("/posts/{post_id}/unplan", summary="Take a post off the calendar")
def unplan(caller: Editor, post_id: UUID, body: UnplanIn) -> MovedOut:
    """Without a time it would go out at once, so an approved one is in review again."""
    with caller.work() as work:
        return MovedOut.model_validate(unschedule_post(work, post_id, seen_version=body.seen_version))


@router.get("/channels/{channel_id}/slots", summary="A channel's weekly slots")
def read_slots(caller: Reader, channel_id: UUID) -> SlotsOut:
    """The slots, and the best times as far as they are known."""
    with caller.work() as work:
        suggestion = suggest_slots(work, channel_id)
        rows = [SlotOut.model_validate(row) for row in list_slots(work, channel_id)]
    return SlotsOut(
        slots=rows, knowledge=suggestion.knowledge, suggested=[slot.label for slot in suggestion.slots],
        detail=suggestion.detail,
    )  # fmt: skip


@router.post("/channels/{channel_id}/slots", status_code=HTTPStatus.CREATED, summary="Add a slot")
def create_slot(caller: Editor, channel_id: UUID, body: SlotIn) -> SlotOut:
    """Let the channel publish at this wall time every week."""
    with caller.work() as work:
        return SlotOut.model_validate(add_slot(work, channel_id, WeeklySlot(body.weekday, body.at)))


@router.delete("/slots/{slot_id}", status_code=HTTPStatus.NO_CONTENT, summary="Remove a slot")
def delete_slot(caller: Editor, slot_id: UUID) -> Response:
    """Posts that are planned for it keep their time."""
    with caller.work() as work:
        remove_slot(work, slot_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/dry-run", summary="What the next 14 days would do")
def read_dry_run(caller: Reader) -> list[DryItemOut]:
    """Every due item through the publisher's own code up to the last call. Platforms are asked; nothing is written."""
    items: tuple[DryItem, ...] = dry_run(caller.runtime, caller.token.tenant_id, caller.token.actor).items
    return [DryItemOut.model_validate(item) for item in items]
