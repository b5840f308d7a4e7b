"""Claims: one owner each, work of the dead comes back, late answers are refused, and every failure has a way out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.people import Permission, Role
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.outcomes import complete_by_hand
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.services.work import (
    MOST_ATTEMPTS,
    Claim,
    StaleClaim,
    cancel_activity,
    claim_work,
    fail_claim,
    find_ready_work,
    postpone_claim,
    renew_claim,
    retry_activity,
    return_leases,
)
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.content.models import ContentRequest
from leadmetrics_pipelines.storage.database import Database, all_tenants
from tests.builders import TESTER, BlogMonth, build_person
from tests.databases import TestDatabase
from tests.services.quick import AGENT, LEASE, activities, answer, at_work, claim, let_agents_answer, states

WORKERS, PIECES = 20, 60


def add_pieces(month: BlogMonth, count: int) -> None:
    """Free agent work; the month's own research is taken away, so that the count is exact."""
    with at_work(month, TESTER) as work:
        work.session.query(Activity).update({"status": "cancelled"})
        for n in range(count):
            work.session.add(
                Activity(
                    tenant_id=month.tenant.id, step_key=pipelines.WRITE, name=f"Piece {n}", assignee="agent",
                    agent_role="copywriter", status="assigned", ready_at=work.now, created_at=work.now,
                    status_since=work.now,
                )
            )  # fmt: skip


def only(month: BlogMonth) -> Activity:
    """The month's research."""
    (activity,) = activities(month, pipelines.PLAN)
    return activity


def test_twenty_workers_at_once_get_each_piece_exactly_once(
    quick: BlogMonth, neighbour: BlogMonth, test_database: TestDatabase
) -> None:
    """Each with a connection of its own, all starting at the same moment, until nothing is left."""
    add_pieces(quick, PIECES)
    database = Database(test_database.url, clock=quick.clock, pool_size=WORKERS)
    line = threading.Barrier(WORKERS, timeout=60)

    def work_on(worker: str) -> list[Claim]:
        mine: list[Claim] = []
        line.wait()
        while True:
            with database.unit_of_work(tenant=quick.tenant.id, actor=AGENT) as work:
                taken = claim_work(work, worker=worker, limit=2, lease=LEASE)
            if not taken:
                return mine
            mine += taken

    with ThreadPoolExecutor(WORKERS) as pool:
        found = [job.result(timeout=90) for job in [pool.submit(work_on, f"w{n}") for n in range(WORKERS)]]
    database.dispose()
    owners = {claimed.activity_id: f"w{n}" for n, mine in enumerate(found) for claimed in mine}
    assert sum(map(len, found)) == len(owners) == PIECES
    with at_work(quick, TESTER) as work:
        rows = work.session.scalars(select(Activity).where(Activity.status == "in_progress")).all()
        assert {row.id: row.claimed_by for row in rows} == owners
        assert {(row.fence, row.attempt) for row in rows} == {(1, 1)}
        claims_logged = select(func.count()).where(AuditRow.reason.startswith("Claimed by"))
        assert work.session.scalar(claims_logged) == PIECES
    assert states(neighbour, pipelines.PLAN) == ["assigned"]


def test_work_of_a_dead_worker_goes_to_another_with_a_higher_fence(quick: BlogMonth) -> None:
    """Not while the lease lasts, and not at its very end, but right after."""
    (dead,) = claim(quick, "dead")
    quick.clock.advance(seconds=LEASE.total_seconds())
    assert claim(quick, "alive") == ()
    quick.clock.advance(seconds=1)
    (alive,) = claim(quick, "alive")
    assert (alive.activity_id, alive.fence, alive.attempt) == (dead.activity_id, dead.fence + 1, 2)


def test_the_late_answer_of_a_dead_worker_is_refused_and_nothing_of_it_is_stored(quick: BlogMonth) -> None:
    """The work of the newer owner stands."""
    (dead,) = claim(quick, "dead")
    quick.clock.advance(seconds=LEASE.total_seconds() + 1)
    (alive,) = claim(quick, "alive")
    with pytest.raises(StaleClaim, match=r"fence 1\).* Its answer was not taken"):
        answer(quick, dead)
    assert quick.open_approvals("request") == []
    answer(quick, alive)
    assert len(quick.open_approvals("request")) == 3
    with pytest.raises(StaleClaim):
        answer(quick, dead)
    with pytest.raises(StaleClaim):
        answer(quick, alive)
    assert len(quick.open_approvals("request")) == 3


def test_a_dead_worker_can_neither_renew_nor_fail_nor_postpone(quick: BlogMonth) -> None:
    """Whatever it says, the claim is another's."""
    (dead,) = claim(quick, "dead")
    quick.clock.advance(seconds=LEASE.total_seconds() + 1)
    (alive,) = claim(quick, "alive")
    with at_work(quick, AGENT) as work:
        for act in (
            lambda: renew_claim(work, dead, LEASE),
            lambda: fail_claim(work, dead, "Broken"),
            lambda: postpone_claim(work, dead, "Busy", LEASE),
        ):
            with pytest.raises(StaleClaim):
                act()
        renew_claim(work, alive, LEASE * 2)
    quick.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert claim(quick) == ()


def test_a_worker_that_ends_in_good_order_gives_its_claims_back_at_once(quick: BlogMonth) -> None:
    """Its own, and nobody else's."""
    claim(quick, "leaving")
    with at_work(quick, AGENT) as work:
        assert return_leases(work, "another") == 0
        assert return_leases(work, "leaving") == 1
    quick.clock.advance(seconds=0.001)
    assert [taken.attempt for taken in claim(quick)] == [2]


def test_work_whose_workers_die_again_and_again_is_given_up_and_a_person_asked(
    quick: BlogMonth, neighbour: BlogMonth
) -> None:
    """After five; the sensor still sees it, so that a run comes to give it up."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert [taken.attempt for taken in claim(quick, "dying")] == [attempt]
        quick.clock.advance(seconds=LEASE.total_seconds() + 1)
    with quick.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert [ready.tenant for ready in find_ready_work(work)] == ["acme", "zenith"]
    assert claim(quick) == ()
    research = only(quick)
    assert (research.status, research.claimed_by, research.lease_until) == ("failed", None, None)
    assert research.problem == "5 workers died or ran out of time on this. Look at the last session, then retry."
    with quick.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert [ready.tenant for ready in find_ready_work(work)] == ["zenith"]


def test_postponed_work_waits_its_time_and_fails_when_the_budget_is_spent(quick: BlogMonth) -> None:
    """The problem is kept while it waits, and says so at the end."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        (taken,) = claim(quick)
        assert taken.attempt == attempt
        with at_work(quick, AGENT) as work:
            postpone_claim(work, taken, "The model is overloaded.", timedelta(seconds=60))
        if attempt < MOST_ATTEMPTS:
            assert (only(quick).status, only(quick).problem) == ("assigned", "The model is overloaded.")
            quick.clock.advance(seconds=59)
            assert claim(quick) == ()
            quick.clock.advance(seconds=1)
    assert only(quick).status == "failed"
    assert only(quick).problem == "The model is overloaded. Given up after 5 attempts."


# --- The three ways out ---------------------------------------------------------------------------------------------


def failed_research(month: BlogMonth) -> Activity:
    (taken,) = claim(month)
    with at_work(month, AGENT) as work:
        fail_claim(work, taken, "The answer was cut off.")
    return only(month)


def test_failed_work_can_be_tried_again_with_a_fresh_budget(quick: BlogMonth) -> None:
    """At once, and with another fence."""
    research = failed_research(quick)
    assert claim(quick) == ()
    with at_work(quick) as work:
        retry_activity(work, research.id)
    assert [(taken.attempt, taken.fence) for taken in claim(quick)] == [(1, 2)]
    assert only(quick).problem is None


def test_failed_work_can_be_done_by_hand(quick: BlogMonth) -> None:
    """A person gives the topics, is their author, and the pipeline goes on."""
    research = failed_research(quick)
    briefs = [RequestBrief(title=f"By hand {n}", brief="Mine.") for n in (1, 2, 3)]
    with at_work(quick) as work:
        complete_by_hand(work, research.id, briefs)
    assert only(quick).status == "awaiting_approval"
    topic = quick.open_approvals("request")[0]
    assert topic.asked_by == "Rita Reviewer"
    with pytest.raises(NotAllowed, match="four eyes"):
        quick.decide(topic, Decision.APPROVE)


def test_failed_work_can_be_cancelled_for_a_reason(quick: BlogMonth) -> None:
    """Then nobody does it any more."""
    research = failed_research(quick)
    with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
        cancel_activity(work, research.id, "  ")
    assert caught.value.field == "reason"
    with at_work(quick) as work:
        cancel_activity(work, research.id, "Not this month")
    assert only(quick).status == "cancelled"
    assert let_agents_answer(quick) == 0


def test_work_that_is_cancelled_while_somebody_works_takes_no_answer(quick: BlogMonth) -> None:
    """The worker is told, and nothing is stored."""
    (taken,) = claim(quick)
    with at_work(quick) as work:
        cancel_activity(work, taken.activity_id, "Not this month")
    with pytest.raises(StaleClaim, match="cancelled"):
        answer(quick, taken)
    with at_work(quick, TESTER) as work:
        assert work.session.scalars(select(ContentRequest)).all() == []


def test_only_failed_work_has_ways_out(quick: BlogMonth) -> None:
    """Work that goes on by itself cannot be retried or done by hand."""
    research = only(quick)
    with at_work(quick) as work:
        with pytest.raises(Conflict, match="only failed or blocked work"):
            retry_activity(work, research.id)
        with pytest.raises(Conflict, match="a result by hand is for failed work"):
            complete_by_hand(work, research.id, [RequestBrief(title="Mine")])


def test_ways_out_need_the_right_and_stay_in_the_tenant(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """A tenant's admin does not unblock; the neighbour's reviewer finds nothing."""
    research = failed_research(quick)
    admin = build_person(quick.runtime.database, quick.tenant, Role.TENANT_ADMIN, "Tina Admin")
    assert not admin.may(Permission.UNBLOCK)
    for month, actor, error in (
        (quick, admin, NotAllowed),
        (quick, AGENT, NotAllowed),
        (neighbour, neighbour.reviewer, NotFound),
    ):
        for act in (
            lambda work: retry_activity(work, research.id),
            lambda work: cancel_activity(work, research.id, "because"),
            lambda work: complete_by_hand(work, research.id, [RequestBrief(title="Mine")]),
        ):
            with pytest.raises(error), at_work(month, actor) as work:
                act(work)
    with pytest.raises(NotFound), at_work(quick) as work:
        retry_activity(work, new_id())
    assert only(quick).status == "failed"
