"""Deliverables and how they do in a month."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, field_validator

from leadmetrics_pipelines.domain.periods import Health, Month, PeriodStatus
from leadmetrics_pipelines.review.api.authentication import DeliverableManager, Reader
from leadmetrics_pipelines.review.api.schemas import In, Out
from leadmetrics_pipelines.services import deliverables
from leadmetrics_pipelines.services.listings import read_month

router = APIRouter(tags=["deliverables"])
_LARGEST = 2**31 - 1


class DeliverableOut(Out):
    """A monthly promise."""

    id: UUID
    kind: str
    name: str
    monthly_quantity: int
    channel_id: UUID | None
    channel_ids: list[UUID]
    goal: str
    is_active: bool
    created_at: datetime


class DeliverableIn(In):
    """A new promise."""

    kind: str = Field(examples=["blog_posts"])
    name: str = Field(examples=["Blog posts"])
    monthly_quantity: int = Field(ge=-_LARGEST, le=_LARGEST, examples=[10])
    channel_id: UUID | None = None
    channel_ids: list[UUID] = Field(
        default_factory=list, max_length=50, description="Of social posts: every channel each of them goes to."
    )
    goal: str = ""


class DeliverableChangeIn(In):
    """What to change; what is left out stays. `channel_id: null` takes the channel away."""

    name: str | None = None
    monthly_quantity: int | None = Field(default=None, ge=-_LARGEST, le=_LARGEST)
    channel_id: UUID | None = None
    channel_ids: list[UUID] | None = Field(default=None, max_length=50)
    goal: str | None = None
    is_active: bool | None = None


class PeriodOut(Out):
    """One deliverable in one month: "6 of 10, on track"."""

    id: UUID
    deliverable_id: UUID
    deliverable: str
    kind: str
    month: str
    status: PeriodStatus
    health: Health
    completed: int
    target: int
    started_at: datetime | None
    completed_at: datetime | None

    @field_validator("month", mode="before")
    @classmethod
    def _month_text(cls, value: object) -> str:
        return str(value)


@router.get("/deliverables", summary="List deliverables")
def list_deliverables(caller: Reader, *, include_inactive: bool = False) -> list[DeliverableOut]:
    """The tenant's monthly promises, oldest first."""
    with caller.work() as work:
        rows = deliverables.list_deliverables(work, include_inactive=include_inactive)
    return [DeliverableOut.model_validate(row) for row in rows]


@router.post("/deliverables", status_code=HTTPStatus.CREATED, summary="Promise a deliverable")
def add_deliverable(caller: DeliverableManager, body: DeliverableIn) -> DeliverableOut:
    """From the next month that is started on."""
    with caller.work() as work:
        row = deliverables.add_deliverable(
            work, kind=body.kind, name=body.name, monthly_quantity=body.monthly_quantity, channel_id=body.channel_id,
            channel_ids=body.channel_ids, goal=body.goal,
        )  # fmt: skip
        return DeliverableOut.model_validate(row)


@router.patch("/deliverables/{deliverable_id}", summary="Change a deliverable")
def change_deliverable(caller: DeliverableManager, deliverable_id: UUID, body: DeliverableChangeIn) -> DeliverableOut:
    """For the months to come; months that run keep their target."""
    channel = body.channel_id if "channel_id" in body.model_fields_set else deliverables.UNCHANGED
    with caller.work() as work:
        row = deliverables.change_deliverable(
            work, deliverable_id, name=body.name, monthly_quantity=body.monthly_quantity, channel_id=channel,
            channel_ids=body.channel_ids, goal=body.goal, is_active=body.is_active,
        )  # fmt: skip
        return DeliverableOut.model_validate(row)


@router.get("/months/{month}", summary="How a month is doing")
def get_month(caller: Reader, month: str) -> list[PeriodOut]:
    """The periods of a month (`YYYY-MM`) with counts and health; empty when the month was not started."""
    with caller.work() as work:
        return [PeriodOut.model_validate(row) for row in read_month(work, Month.parse(month))]
