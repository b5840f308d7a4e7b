"""Health scores as their templates show them: rings, differences, dimensions with their facts, tasks and goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.goals import RUNNING, GoalStatus
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import LOW, show_fact, show_number
from leadmetrics_pipelines.domain.scoring.values import Term
from leadmetrics_pipelines.platforms.facts import PLATFORMS
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.charts import draw_history, draw_ring, draw_spark
from leadmetrics_pipelines.review.presenters.words import ACTIVITY_BADGES, Badge, Clockwork, Tone
from leadmetrics_pipelines.services.goals import GoalView
from leadmetrics_pipelines.services.views.scores import (
    ChannelHistory,
    ChannelScorePage,
    ImprovementView,
    ScorePoint,
)

GOOD = 80.0
# Of a score that stands on less than half of its facts nobody should say that it is good, or low.
LEAST_KNOWN = 0.5
_LITTLE_KNOWN = Badge(Tone.QUIET, "dashed", "Little known")
GOAL_BADGES: Mapping[GoalStatus, Badge] = {
    GoalStatus.ON_TRACK: Badge(Tone.GOOD, "check", "On track"),
    GoalStatus.AT_RISK: Badge(Tone.ATTENTION, "warn", "At risk"),
    GoalStatus.ACHIEVED: Badge(Tone.GOOD, "done", "Achieved"),
    GoalStatus.MISSED: Badge(Tone.BLOCKED, "cross", "Missed"),
    GoalStatus.CLOSED: Badge(Tone.QUIET, "skip", "Closed"),
}


def present_cards(place: Place, histories: Sequence[ChannelHistory]) -> list[dict[str, Any]]:
    """A card per channel."""
    return [_card(place, history) for history in histories]


def present_goals(place: Place, goals: Sequence[GoalView]) -> list[dict[str, Any]]:
    """Goals, each with how far it is and how to give it up."""
    return [_goal(place, goal) for goal in goals]


def present_page(place: Place, found: ChannelScorePage, clock: Clockwork) -> dict[str, Any]:
    """One channel in full."""
    running = next((goal for goal in found.goals if goal.status in RUNNING), None)
    newest = found.history.newest
    terms = {term.fact: term for dimension in FORMULAS[found.history.platform].dimensions for term in dimension.terms}
    path = f"{place.base}/scores/{found.history.channel_id}"
    return {
        **_card(place, found.history),
        "path": path,
        "chart": draw_history(fill_months(found.history.points), target=running.target_value if running else None)
        if found.history.points else None,
        "dimensions": [_dimension(one, terms) for one in found.dimensions],
        "computed": clock.ago(found.computed_at),
        "read": clock.ago(found.read_at),
        "problem": found.problem or "",
        "formula": newest.formula if newest else "",
        "tasks": [_task(place, path, task, clock) for task in found.improvements],
        "goals": present_goals(place, found.goals),
        "may_set": running is None and place.may(Permission.MANAGE_DELIVERABLES),
        "suggested": _suggest(newest),
        "goal_action": f"{path}/goal",
        "read_action": f"{path}/read" if place.may(Permission.PROPOSE) else "",
    }  # fmt: skip


def fill_months(points: Sequence[ScorePoint]) -> list[tuple[str, float | None]]:
    """The months from the first point to the last, those without a score among them."""
    totals = {point.month: point.total for point in points}
    month, found = points[0].month, []
    while month <= points[-1].month:
        found.append((month.title, totals.get(month)))
        month = month.following()
    return found


def _card(place: Place, history: ChannelHistory) -> dict[str, Any]:
    newest = history.newest
    total, known = (newest.total, newest.known) if newest else (None, 0.0)
    platform = PLATFORMS[history.platform].title if history.platform in PLATFORMS else history.platform
    return {
        "name": history.name,
        "platform": platform,
        "href": f"{place.base}/scores/{history.channel_id}",
        "ring": draw_ring(total, known, _tone(total) if known >= LEAST_KNOWN else Tone.QUIET),
        "word": _word(total) if known >= LEAST_KNOWN or total is None else _LITTLE_KNOWN,
        "delta": _delta(history),
        "month": newest.month.title if newest else "",
        "running": newest is not None and newest.month == Month.of(place.runtime.clock.now()),
        "known": _known(newest),
        "spark": draw_spark([value for _, value in fill_months(history.points)]) if history.points else None,
    }


def _tone(points: float | None) -> str:
    if points is None:
        return Tone.QUIET
    return Tone.GOOD if points >= GOOD else Tone.ATTENTION if points >= LOW else Tone.BLOCKED


def _word(points: float | None) -> Badge:
    if points is None:
        return Badge(Tone.QUIET, "dashed", "Unknown")
    if points >= GOOD:
        return Badge(Tone.GOOD, "check", "Good")
    return Badge(Tone.ATTENTION, "half", "Fair") if points >= LOW else Badge(Tone.BLOCKED, "warn", "Low")


def _delta(history: ChannelHistory) -> dict[str, str] | None:
    delta = history.delta
    if delta is None:
        return None
    rounded = round(delta)
    text = "as last month" if rounded == 0 else f"{rounded:+d} to last month"
    tone = Tone.QUIET if rounded == 0 else Tone.GOOD if rounded > 0 else Tone.BLOCKED
    note = "" if history.same_formula else "The formula has changed in between."
    return {"text": text, "tone": tone, "note": note}


def _known(point: ScorePoint | None) -> str:
    if point is None:
        return "Not scored yet"
    return "All of it is known" if point.known >= 1 else f"{point.known * 100:.0f} % of it is known"


def _dimension(stored: Mapping[str, Any], terms: Mapping[str, Term]) -> dict[str, Any]:
    score = stored["score"]
    return {
        "title": stored["title"],
        "weight": show_number(stored["weight"]),
        "score": "" if score is None else f"{score:.0f}",
        "value": score,
        "badge": _word(score),
        "tone": _tone(score),
        "partly": f"{stored['known'] * 100:.0f} % known" if score is not None and stored["known"] < 1 else "",
        "unknown": _why(stored["explanation"], stored["unknown_since"]) if score is None else "",
        "facts": [_fact(fact, terms.get(fact["name"])) for fact in stored["facts"]],
    }


def _fact(stored: Mapping[str, Any], term: Term | None) -> dict[str, Any]:
    value, points = stored["value"], stored["points"]
    shown = show_fact(term, value) if term else show_number(value)
    measured = stored["measured"]
    paced = term is not None and term.paced and measured is not None and measured != value
    return {
        "words": stored["formula"].partition(":")[0],
        "formula": stored["formula"].partition(": ")[2],
        "value": shown + (f" (in 30 days: {show_number(round(measured, 1))})" if paced else ""),
        "points": "" if points is None else f"{points:.0f}",
        "source": stored["source"],
        "unknown": _why(stored["why_unknown"], stored["unknown_since"]) if points is None else "",
    }


def _why(reason: str, since: str | None) -> str:
    return f"Unknown{f' since {since}' if since else ''}" + (f": {reason}" if reason else ".")


def _task(place: Place, path: str, task: ImprovementView, clock: Clockwork) -> dict[str, Any]:
    return {
        "name": task.name,
        "how": task.instructions,
        "badge": ACTIVITY_BADGES[ActivityStatus(task.status)],
        "since": clock.ago(task.since),
        "href": f"{place.base}/activities/{task.id}",
        "action": f"{path}/tasks/{task.id}" if task.is_open and place.may(Permission.EDIT) else "",
    }


def _goal(place: Place, goal: GoalView) -> dict[str, Any]:
    known = goal.current_value is not None
    return {
        "name": goal.name,
        "badge": GOAL_BADGES[goal.status],
        "tone": GOAL_BADGES[goal.status].tone,
        "progress": None if goal.progress is None else round(goal.progress * 100),
        "now": f"{goal.current_value:.0f}" if known else "unknown",
        "target": f"{goal.target_value:.0f}",
        "until": f"{goal.target_date:%d %B %Y}",
        "href": f"{place.base}/scores/{goal.channel_id}",
        "close": f"{place.base}/goals/{goal.id}/close"
        if goal.status in RUNNING and place.may(Permission.MANAGE_DELIVERABLES) else "",
    }  # fmt: skip


def _suggest(point: ScorePoint | None) -> int:
    """A target within reach: ten points more, at most 100."""
    return 80 if point is None or point.total is None else min(100, int(point.total) + 10)
