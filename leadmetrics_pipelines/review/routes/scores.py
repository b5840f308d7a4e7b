"""Health scores of channels, the tasks they make, and goals to raise them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, clockwork, page
from leadmetrics_pipelines.review.presenters.scores import present_cards, present_goals, present_page
from leadmetrics_pipelines.review.presenters.words import Tone
from leadmetrics_pipelines.review.problems import describe
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.goals import close_goal, list_goals, set_score_goal
from leadmetrics_pipelines.services.improvements import finish_task
from leadmetrics_pipelines.services.scores import score_channel_now
from leadmetrics_pipelines.services.views.scores import read_histories, read_score_page

router = APIRouter()
Text = Annotated[str, Form()]


@router.get("/scores")
def show_scores(place: PlaceOf) -> Response:
    """A card for each channel that is scored, and the goals."""
    with place.work(frame=True) as work:
        cards, goals = present_cards(place, read_histories(work)), present_goals(place, list_goals(work))
        context = page(place, "Scores", "scores", cards=cards, goals=goals)
    return respond("pages/scores.html", context)


@router.get("/scores/{channel_id}")
def show_score(place: PlaceOf, channel_id: UUID) -> Response:
    """One channel: history, dimensions with their facts, tasks, goal."""
    return _show(place, channel_id)


@router.post("/scores/{channel_id}/read")
def send_read(place: PlaceOf, channel_id: UUID) -> Response:
    """Read the channel now and score it."""
    place.actor.require(Permission.PROPOSE)
    with place.work() as work:
        read_score_page(work, channel_id)
    report = score_channel_now(place.runtime, place.membership.tenant_id, channel_id, actor=place.actor)
    toast = Toast(text="Read and scored.")
    if report.problems:
        toast = Toast(text=report.problems[0].problem, tone=Tone.BLOCKED, icon="warn", stay_ms=12000)
    elif not report.taken:
        toast = Toast(text="This channel is not connected, so nothing was read.", tone=Tone.ATTENTION, icon="warn")
    return go(place, f"{place.base}/scores/{channel_id}", toast)


@router.post("/scores/{channel_id}/goal")
def send_goal(place: PlaceOf, channel_id: UUID, target: Text = "", months: Text = "") -> Response:
    """Set the goal to raise the score."""
    try:
        with place.work() as work:
            goal = set_score_goal(
                work, channel_id, target=_number(target, "target"), months=int(_number(months, "months"))
            )
    except InvalidInput as error:
        return _show(place, channel_id, {"target": target, "months": months}, error)
    return go(place, f"{place.base}/scores/{channel_id}", Toast(text=f"Goal set: {goal.name}", icon="target"))


@router.post("/goals/{goal_id}/close")
def send_close(place: PlaceOf, goal_id: UUID, reason: Text = "") -> Response:
    """Give a goal up."""
    with place.work() as work:
        goal = close_goal(work, goal_id, reason)
    return go(place, f"{place.base}/scores/{goal.channel_id}", Toast(text=f"Closed: {goal.name}"))


@router.post("/scores/{channel_id}/tasks/{activity_id}")
def send_task(place: PlaceOf, channel_id: UUID, activity_id: UUID, outcome: Text = "") -> Response:
    """An improvement is done, or nobody will do it."""
    with place.work() as work:
        task = finish_task(work, activity_id, done=outcome != "skip")
    said = "Skipped" if outcome == "skip" else "Done"
    return go(place, f"{place.base}/scores/{channel_id}", Toast(text=f"{said}: {task.name}"))


def _show(
    place: Place, channel_id: UUID, typed: dict[str, str] | None = None, error: InvalidInput | None = None
) -> Response:
    with place.work(frame=True) as work:
        score = present_page(place, read_score_page(work, channel_id), clockwork(place))
        typed = typed or {"target": str(score["suggested"]), "months": "3"}
        context = page(
            place, score["name"], "scores", [Crumb("Scores", f"{place.base}/scores"), Crumb(score["name"])],
            score=score, typed=typed, problem=str(error) if error else "", problem_field=error.field if error else "",
        )  # fmt: skip
    return respond("pages/score.html", context, status=describe(error).status if error else 200)


def _number(text: str, field: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        msg = "Enter a number."
        raise InvalidInput(msg, field=field) from None
