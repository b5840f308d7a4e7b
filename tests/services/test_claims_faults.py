"""Agents and a model that misbehaves: work is postponed or failed with a clear problem; transcript and cost stay."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.agent_work import do_agent_work
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.work import cancel_activity, find_ready_work
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, BlogMonth, build_blog_month
from tests.services.quick import LEASE, activities, at_work, claim


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant) -> BlogMonth:
    """Acme's November, whose agents ask the sandbox; the neighbour has a month, too."""
    build_blog_month(runtime, zenith, posts=2)
    return build_blog_month(runtime, acme)


def research(month: BlogMonth) -> Activity:
    return activities(month, pipelines.PLAN)[0]


def session(month: BlogMonth) -> Session:
    with at_work(month, TESTER) as work:
        return work.session.scalars(select(Session).order_by(Session.id.desc()).limit(1)).one()


def count_calls(month: BlogMonth) -> int:
    with at_work(month, TESTER) as work:
        return work.session.scalar(select(func.count()).select_from(ModelCallRow)) or 0


@pytest.mark.parametrize(
    ("effect", "status", "said"),
    [("status", 429, "asks for a pause"), ("status", 529, "out of order or overloaded"),
     ("status", 500, "out of order or overloaded"), ("hang", 0, "No connection|did not answer"),
     ("drop_after", 0, "No connection|did not answer"), ("html", 200, "no answer of a language model")],
)  # fmt: skip
def test_a_passing_fault_postpones_the_work(
    month: BlogMonth, sandbox: RunningSandbox, effect: Effect, status: int, said: str
) -> None:
    """With the fault as its problem and a failed session; later it is done as if nothing had been."""
    sandbox.set_fault("anthropic", effect, status=status or 500, times=None, seconds=0.05)
    report = do_agent_work(month.runtime, tenant=month.tenant.id)
    assert (report.finished, report.postponed, report.failed, report.stale) == (0, 1, 0, 0)
    activity = research(month)
    assert (activity.status, activity.claimed_by) == ("assigned", None)
    assert activity.ready_at > month.clock.now()
    assert activity.problem in report.problems
    assert any(words in (activity.problem or "") for words in said.split("|")), activity.problem
    failed = session(month)
    assert (failed.status, failed.error, failed.ended_at is not None) == ("failed", activity.problem, True)
    sandbox.clear_faults()
    assert do_agent_work(month.runtime, tenant=month.tenant.id).finished == 0, "not before its time"
    month.clock.advance(seconds=21)
    assert do_agent_work(month.runtime, tenant=month.tenant.id).finished == 1
    assert len(month.open_approvals("request")) == 3


def test_a_long_pause_that_the_other_side_asks_for_is_kept(month: BlogMonth, sandbox: RunningSandbox) -> None:
    """Ten minutes are ten minutes: no worker waits for them, and nobody asks earlier."""
    sandbox.set_fault("anthropic", "status", status=429, headers={"retry-after": "600"})
    do_agent_work(month.runtime, tenant=month.tenant.id)
    assert (research(month).ready_at - month.clock.now()).total_seconds() == pytest.approx(600, abs=1)
    assert len(sandbox.calls("anthropic")) == 1


def test_a_model_that_is_away_for_long_is_given_up_after_five_rounds(month: BlogMonth, sandbox: RunningSandbox) -> None:
    """Each round waits longer; then a person is asked."""
    sandbox.set_fault("anthropic", "status", status=529, times=None)
    for _ in range(5):
        do_agent_work(month.runtime, tenant=month.tenant.id)
        month.clock.advance(seconds=20 * 2**5)
    assert research(month).status == "failed"
    assert "Given up after 5 attempts" in (research(month).problem or "")
    assert count_calls(month) == 0, "a refused call costs nothing"


@pytest.mark.parametrize(
    ("effect", "word"), [("cut_answer", "cut off"), ("invalid_answer", "is not valid"), ("refusal", "declined")]
)
def test_an_answer_that_cannot_be_used_fails_the_work_and_its_cost_is_kept(
    month: BlogMonth, sandbox: RunningSandbox, effect: Effect, word: str
) -> None:
    """It was paid for: call, tokens and cost are in the session, the answer in its transcript; a person decides."""
    sandbox.set_fault("anthropic", effect)
    report = do_agent_work(month.runtime, tenant=month.tenant.id)
    assert (report.finished, report.failed) == (0, 1)
    activity, failed = research(month), session(month)
    assert activity.status == "failed"
    assert activity.problem == failed.error == report.problems[0]
    assert word in (activity.problem or "")
    assert (failed.status, count_calls(month)) == ("failed", 1)
    assert failed.input_tokens > 0
    assert failed.cost_microusd
    with at_work(month, TESTER) as work:
        kinds = work.session.scalars(select(SessionEvent.kind).order_by(SessionEvent.position)).all()
        assert kinds == ["prompt", "model_answer", "validation"]
        assert work.session.scalars(select(ContentRequest)).all() == []
    month.clock.advance(days=1)
    assert do_agent_work(month.runtime, tenant=month.tenant.id).finished == 0, "never a silent retry"
    assert len(sandbox.calls("anthropic")) == 1


def test_a_session_whose_worker_died_is_cancelled_and_keeps_its_cost(month: BlogMonth, sandbox: RunningSandbox) -> None:
    """By the next owner; and when nobody takes the work up any more, by whoever gives it up."""
    from leadmetrics_pipelines.domain.people import agent_actor
    from leadmetrics_pipelines.services.transcripts import begin_session

    actor = agent_actor("seo-specialist", "test")
    for _ in range(5):
        (taken,) = claim(month, "dying")
        with at_work(month, actor) as work:
            transcript = begin_session(work, month.runtime, taken, None)
        with at_work(month, actor) as work:
            work.session.add(
                ModelCallRow(
                    tenant_id=month.tenant.id, session_id=transcript.session_id, model="m", stop_reason="end_turn",
                    input_tokens=10, cache_read_tokens=5, cache_write_tokens=1, output_tokens=7, cost_microusd=30,
                    milliseconds=1, at=work.now,
                )
            )  # fmt: skip
        month.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert claim(month) == ()
    with at_work(month, TESTER) as work:
        rows = work.session.scalars(select(Session)).all()
        assert {(s.status, s.input_tokens, s.output_tokens, s.cost_microusd) for s in rows} == {
            ("cancelled", 16, 7, 30)
        }
        assert all(s.ended_at and s.error for s in rows)
    assert research(month).status == "failed"


def test_an_answer_that_comes_after_the_work_was_cancelled_is_paid_and_not_taken(
    month: BlogMonth, sandbox: RunningSandbox
) -> None:
    """A person cancelled while the model was thinking: stale, a cancelled session with its cost, and no topic."""
    sandbox.set_fault("anthropic", "slow_after", seconds=0.3)

    def cancel() -> None:
        deadline = threading.Event()
        while not sandbox_called():
            deadline.wait(0.01)
        with at_work(month) as work:
            cancel_activity(work, research(month).id, "Not this month")

    def sandbox_called() -> bool:
        with at_work(month, TESTER) as work:
            return work.session.scalar(select(SessionEvent.id).where(SessionEvent.kind == "prompt")) is not None

    other = threading.Thread(target=cancel)
    other.start()
    report = do_agent_work(month.runtime, tenant=month.tenant.id)
    other.join(timeout=20)
    assert (report.finished, report.stale) == (0, 1)
    ended = session(month)
    assert (ended.status, count_calls(month), bool(ended.cost_microusd)) == ("cancelled", 1, True)
    assert month.open_approvals("request") == []


def test_a_fault_of_one_tenant_leaves_the_neighbours_work_alone(
    month: BlogMonth, sandbox: RunningSandbox, zenith: Tenant
) -> None:
    """It is still there to be done."""
    sandbox.set_fault("anthropic", "cut_answer")
    do_agent_work(month.runtime, tenant=month.tenant.id)
    with month.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert [ready.tenant for ready in find_ready_work(work)] == ["zenith"]
    assert do_agent_work(month.runtime, tenant=zenith.id).finished == 1
