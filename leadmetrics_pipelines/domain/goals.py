"""Goals: measurable outcomes with a target and a day, and the rule that says how each is doing."""

from __future__ import annotations

from datetime import date
from enum import StrEnum


class GoalKind(StrEnum):
    """What a goal is measured by."""

    CHANNEL_SCORE = "channel_score"


class GoalStatus(StrEnum):
    """How a goal is doing. Achieved, missed and closed are final."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    ACHIEVED = "achieved"
    MISSED = "missed"
    CLOSED = "closed"


RUNNING = (GoalStatus.ON_TRACK, GoalStatus.AT_RISK)
SLACK = 0.2
"""How much of the way a goal may lag behind the straight line to its target before it is at risk."""


def expect_value(*, start: float, target: float, starts_on: date, target_date: date, today: date) -> float:
    """Where the straight line from the start to the target is today."""
    days = max(1, (target_date - starts_on).days)
    gone = min(1.0, max(0.0, (today - starts_on).days / days))
    return start + (target - start) * gone


def judge_goal(
    *, start: float | None, current: float | None, target: float, starts_on: date, target_date: date, today: date
) -> GoalStatus:
    """How a goal to raise a value is doing.

    * achieved: the value has reached the target, on the target's day at the latest (the day after is too late)
    * missed: the day is over and the value has not reached it
    * at risk: the value lags behind the straight line from start to target by more than a fifth of the whole way
    * on track: anything else; so is a goal whose value is not known yet, until its day
    """
    if current is not None and current >= target:
        return GoalStatus.ACHIEVED
    if today > target_date:
        return GoalStatus.MISSED
    if current is None or start is None:
        return GoalStatus.ON_TRACK
    line = expect_value(start=start, target=target, starts_on=starts_on, target_date=target_date, today=today)
    return GoalStatus.AT_RISK if current < line - SLACK * (target - start) else GoalStatus.ON_TRACK


def measure_progress(*, start: float | None, current: float | None, target: float) -> float | None:
    """The share of the way from start to target that is done, 0 to 1; None while a value is unknown."""
    if start is None or current is None:
        return None
    if target <= start:
        return 1.0 if current >= target else 0.0
    return min(1.0, max(0.0, (current - start) / (target - start)))
