"""Health scores of channels, the tasks they make, and goals to raise them."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, JsonValue, field_validator

from leadmetrics_pipelines.domain.goals import GoalStatus
from leadmetrics_pipelines.review.api.authentication import DeliverableManager, Editor, Reader
from leadmetrics_pipelines.review.api.schemas import In, Out
from leadmetrics_pipelines.services import goals, improvements
from leadmetrics_pipelines.services.views.scores import read_histories, read_score_page

router = APIRouter(tags=["scores"])


class ScorePointOut(Out):
    """The score of one month."""

    month: str
    total: float | None = Field(description="0 to 100; null while nothing is known.")
    known: float = Field(description="The share of the score that is known, 0 to 1.")
    formula: str

    @field_validator("month", mode="before")
    @classmethod
    def _month_text(cls, value: object) -> str:
        return str(value)


class HistoryOut(Out):
    """A channel with its scores of the last twelve months that have one, the oldest first."""

    channel_id: UUID
    name: str
    platform: str
    delta: float | None = Field(description="The newest score against that of the month before; null unless both are.")
    points: list[ScorePointOut]


class ImprovementOut(Out):
    """A task that a low score made."""

    id: UUID
    name: str
    instructions: str
    status: str
    is_open: bool
    since: datetime


class ScoreOut(Out):
    """A channel's newest score with everything behind it."""

    history: HistoryOut
    dimensions: list[dict[str, JsonValue]] = Field(
        description="Key, title, score (null: unknown), weight, known, and the facts: value, points, source, formula,"
        " why_unknown, unknown_since."
    )
    computed_at: datetime | None
    read_at: datetime | None
    problem: str | None = Field(description="Why the last reading failed; the facts are those of before.")
    improvements: list[ImprovementOut]


class GoalOut(Out):
    """A measurable outcome with a target and a day."""

    id: UUID
    kind: str
    name: str
    channel_id: UUID | None
    start_value: float | None
    current_value: float | None
    target_value: float
    starts_on: date
    target_date: date
    status: GoalStatus
    progress: float | None = Field(description="The share of the way that is done, 0 to 1; null while unknown.")


class GoalIn(In):
    """A goal for a channel's score, from what it is now."""

    target: float = Field(ge=1, le=100, examples=[80])
    months: int = Field(ge=1, le=goals.MOST_MONTHS, examples=[3])
    name: str = ""


class GoalCloseIn(In):
    """Why a goal is given up."""

    reason: str = ""


class ImprovementIn(In):
    """What became of an improvement."""

    outcome: Literal["done", "skipped"]


@router.get("/scores", summary="List health scores")
def list_scores(caller: Reader) -> list[HistoryOut]:
    """Every channel that is scored, by name, with its history."""
    with caller.work() as work:
        return [HistoryOut.model_validate(history) for history in read_histories(work)]


@router.get("/scores/{channel_id}", summary="Read a channel's health score")
def get_score(caller: Reader, channel_id: UUID) -> ScoreOut:
    """The newest score: dimensions, facts with their sources, what is unknown and why, tasks."""
    with caller.work() as work:
        return ScoreOut.model_validate(read_score_page(work, channel_id))


@router.post("/scores/{channel_id}/goals", status_code=HTTPStatus.CREATED, summary="Set a goal for a channel's score")
def set_goal(caller: DeliverableManager, channel_id: UUID, body: GoalIn) -> GoalOut:
    """One running goal per channel; it is judged with each scoring."""
    with caller.work() as work:
        goal = goals.set_score_goal(work, channel_id, target=body.target, months=body.months, name=body.name)
    return GoalOut.model_validate(goal)


@router.get("/goals", summary="List goals")
def list_goals(caller: Reader) -> list[GoalOut]:
    """The tenant's goals, the running ones and the newest first."""
    with caller.work() as work:
        return [GoalOut.model_validate(goal) for goal in goals.list_goals(work)]


@router.post("/goals/{goal_id}/close", summary="Close a goal")
def close_goal(caller: DeliverableManager, goal_id: UUID, body: GoalCloseIn) -> GoalOut:
    """Give it up, or put it away. What is achieved or missed stays so."""
    with caller.work() as work:
        return GoalOut.model_validate(goals.close_goal(work, goal_id, body.reason))


@router.post("/improvements/{activity_id}", summary="Finish an improvement")
def finish_improvement(caller: Editor, activity_id: UUID, body: ImprovementIn) -> None:
    """Done, or skipped. The same task comes again only after its fact was good in between."""
    with caller.work() as work:
        improvements.finish_task(work, activity_id, done=body.outcome == "done")
