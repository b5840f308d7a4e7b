"""Goals for a channel's score: set from what it is now, judged with each scoring, closed by a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leadmetrics_pipelines.domain.goals import GoalStatus
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.services.goals import GoalView, close_goal, list_goals, set_score_goal
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER, build_person
from tests.services.health_builders import GOOGLE, add_channel, add_snapshot, read_scores, score

CHANNEL = "Acme on google_business"


@pytest.fixture
def goal(database: Database, acme: Tenant, zenith: Tenant) -> GoalView:
    """From what Acme's Google profile scores in November to 95 in three months; Zenith has the same channel."""
    for tenant in (acme, zenith):
        add_snapshot(database, tenant, add_channel(database, tenant, "google_business"), GOOGLE)
    score(database, "acme", "zenith")
    channel = read_scores(database, acme)[0].channel_id
    with database.unit_of_work(tenant=acme.id, actor=build_person(database, acme, Role.TENANT_ADMIN, "Anna")) as work:
        return set_score_goal(work, channel, target=95, months=3)


def goals(database: Database, tenant: Tenant) -> list[GoalView]:
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list_goals(work)


def test_a_goal_starts_from_the_score_of_now(database: Database, goal: GoalView, zenith: Tenant) -> None:
    """Named in the words of the mission; the neighbour has none."""
    assert goal.name == f"Improve {CHANNEL} score from {goal.start_value:.0f} to 95 in 3 months"
    assert (goal.status, goal.progress, goal.target_date) == (GoalStatus.ON_TRACK, 0, date(2027, 2, 2))
    assert goals(database, zenith) == []


def test_each_scoring_moves_the_goal(database: Database, acme: Tenant, goal: GoalView, clock: FixedClock) -> None:
    """Nothing happens for two months: at risk; then all is good: achieved, and it stays so."""
    clock.advance(days=61)
    january = NOVEMBER.following().following()
    assert goal.channel_id is not None
    add_snapshot(database, acme, goal.channel_id, GOOGLE, january)
    assert score(database, "acme", month=january).goals == 1
    assert [g.status for g in goals(database, acme)] == [GoalStatus.AT_RISK]
    best = GOOGLE | {"reviews": 60, "review_average": 4.9, "reviews_unanswered": 0}
    add_snapshot(database, acme, goal.channel_id, best, january)
    score(database, "acme", month=january)
    (found,) = goals(database, acme)
    assert (found.status, found.progress, found.current_value) == (GoalStatus.ACHIEVED, 1, 100)
    add_snapshot(database, acme, goal.channel_id, GOOGLE, january)
    score(database, "acme", month=january)
    assert [g.status for g in goals(database, acme)] == [GoalStatus.ACHIEVED]


def test_a_goal_whose_day_is_over_is_missed(
    database: Database, acme: Tenant, goal: GoalView, clock: FixedClock
) -> None:
    """A score of a later month is too late."""
    clock.advance(days=120)
    march = NOVEMBER
    for _ in range(4):
        march = march.following()
    assert goal.channel_id is not None
    best = GOOGLE | {"reviews": 60, "review_average": 4.9, "reviews_unanswered": 0}
    add_snapshot(database, acme, goal.channel_id, best, march)
    score(database, "acme", month=march)
    (found,) = goals(database, acme)
    assert (found.status, found.current_value) == (GoalStatus.MISSED, goal.start_value)


def test_goals_are_for_those_who_may(database: Database, acme: Tenant, zenith: Tenant, goal: GoalView) -> None:
    """A reviewer may not; the neighbour's admin does not see it; one running goal per channel; nonsense is refused."""
    assert goal.channel_id is not None
    with database.unit_of_work(tenant=acme.id, actor=build_person(database, acme)) as work, pytest.raises(NotAllowed):
        set_score_goal(work, goal.channel_id, target=99, months=3)
    stranger = build_person(database, zenith, Role.TENANT_ADMIN)
    with database.unit_of_work(tenant=zenith.id, actor=stranger) as work, pytest.raises(NotFound):
        close_goal(work, goal.id)
    admin = build_person(database, acme, Role.TENANT_ADMIN, "Ada Admin")
    with database.unit_of_work(tenant=acme.id, actor=admin) as work:
        with pytest.raises(Conflict, match="has a goal already"):
            set_score_goal(work, goal.channel_id, target=99, months=3)
        assert close_goal(work, goal.id, "Another one").status is GoalStatus.CLOSED
        with pytest.raises(Conflict, match="closed since"):
            close_goal(work, goal.id)
        for target, months in ((101, 3), (5, 3), (99, 0)):
            with pytest.raises(InvalidInput):
                set_score_goal(work, goal.channel_id, target=target, months=months)
        assert set_score_goal(work, goal.channel_id, target=99, months=1).target_date == date(2026, 11, 2) + timedelta(
            30
        )
