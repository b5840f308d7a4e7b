"""How a goal is doing, by its written rule."""

from __future__ import annotations

from datetime import date

import pytest

from leadmetrics_pipelines.domain.goals import GoalStatus, expect_value, judge_goal, measure_progress

START, END = date(2026, 1, 1), date(2026, 4, 11)  # 100 days


@pytest.mark.parametrize(
    ("today", "current", "status"),
    [
        (date(2026, 1, 1), 68, GoalStatus.ON_TRACK),
        (date(2026, 1, 20), 68, GoalStatus.ON_TRACK),
        (date(2026, 1, 22), 68, GoalStatus.AT_RISK),
        (date(2026, 2, 20), 71.6, GoalStatus.ON_TRACK),
        (date(2026, 2, 20), 71.5, GoalStatus.AT_RISK),
        (date(2026, 2, 20), 80, GoalStatus.ACHIEVED),
        (END, 79.9, GoalStatus.ON_TRACK),
        (date(2026, 4, 12), 79.9, GoalStatus.MISSED),
        (date(2026, 4, 12), 80, GoalStatus.ACHIEVED),
        (date(2026, 2, 20), None, GoalStatus.ON_TRACK),
        (date(2026, 4, 12), None, GoalStatus.MISSED),
    ],
)
def test_a_goal_is_judged_by_the_straight_line(today: date, current: float | None, status: GoalStatus) -> None:
    """From 68 to 80 in 100 days; a lag of up to a fifth of the way is on track, unknown is not bad until the end."""
    assert judge_goal(start=68, current=current, target=80, starts_on=START, target_date=END, today=today) is status


def test_progress_and_line_stay_within_the_way() -> None:
    """Never under the start nor over the target; unknown is unknown."""
    assert [measure_progress(start=68, current=c, target=80) for c in (60, 74, 90, None)] == [0, 0.5, 1, None]
    assert measure_progress(start=80, current=80, target=80) == 1
    line = [expect_value(start=68, target=80, starts_on=START, target_date=END, today=d) for d in (START, END)]
    assert line == [68, 80]
