"""A month of blog posts, from the period to approved drafts, with rejection and rework on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, BlogMonth, build_blog_month


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant) -> BlogMonth:
    """Acme's November with three blog posts; the neighbour has a month of its own."""
    build_blog_month(runtime, zenith, posts=2)
    return build_blog_month(runtime, acme)


def steps(month: BlogMonth) -> dict[str, list[str]]:
    """The states of Acme's activities by step."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        found: dict[str, list[str]] = {}
        for activity in work.session.scalars(select(Activity).order_by(Activity.id)):
            found.setdefault(activity.step_key, []).append(activity.status)
        return found


def test_research_puts_as_many_topics_as_promised_to_approval(month: BlogMonth) -> None:
    """The agent proposes three topics; each waits for a reviewer, and the research waits with them."""
    report = month.let_agents_work()
    assert (report.finished, report.failed) == (1, 0)
    assert len(month.open_approvals("request")) == 3
    assert steps(month) == {"plan": ["awaiting_approval"], "approve_plan": ["assigned"]}


def test_an_approved_request_becomes_a_draft_in_review(month: BlogMonth) -> None:
    """Approving one topic has its post written; the topic list stays open for the others."""
    month.let_agents_work()
    month.decide(month.open_approvals("request")[0], Decision.APPROVE)
    month.let_agents_work()
    (review,) = month.open_approvals("post")
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        version = read_post(work, review.subject_id)
        assert version.seal == review.seal
        assert len(version.content_as(BlogContent).body_markdown.split()) > 300
    assert steps(month)["approve_plan"] == ["assigned"]
    assert steps(month)["review"] == ["assigned"]


def test_no_agent_works_before_the_undo_time_is_over(month: BlogMonth) -> None:
    """An approval sets nothing off while it can be undone."""
    month.let_agents_work()
    month.decide(month.open_approvals("request")[0], Decision.APPROVE)
    assert steps(month)["write"] == ["assigned"]
    from leadmetrics_pipelines.services.agent_work import do_agent_work

    assert do_agent_work(month.runtime, tenant=month.tenant.id).finished == 0


def test_a_rejected_topic_comes_back_revised(month: BlogMonth) -> None:
    """The reason reaches the agent's next prompt; the request keeps its history and gets a new version."""
    month.let_agents_work()
    rejected = month.open_approvals("request")[1]
    month.decide(rejected, Decision.REJECT, "We wrote about this in May")
    month.let_agents_work()
    again = [approval for approval in month.open_approvals("request") if approval.subject_id == rejected.subject_id]
    assert [approval.subject_version for approval in again] == [2]
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        prompts = work.session.scalars(select(SessionEvent.body).where(SessionEvent.kind == "prompt")).all()
        assert any("We wrote about this in May" in prompt["message"] for prompt in prompts)
        request = work.session.get_one(ContentRequest, rejected.subject_id)
        assert request.title != rejected.title


def test_a_rejected_draft_is_rewritten_with_the_notes(month: BlogMonth) -> None:
    """The writer gets the last draft and the notes; the second version differs and is up for review."""
    month.let_agents_work()
    month.approve_all("request")
    month.let_agents_work()
    first = month.open_approvals("post")[0]
    month.decide(first, Decision.REQUEST_CHANGES, "Mention the spring sale")
    month.let_agents_work()
    second = next(a for a in month.open_approvals("post") if a.subject_id == first.subject_id)
    assert (second.subject_version, second.seal != first.seal) == (2, True)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        before, after = read_post(work, first.subject_id, 1), read_post(work, first.subject_id, 2)
        assert before.content_as(BlogContent).body_markdown != after.content_as(BlogContent).body_markdown


def test_topic_list_completes_when_the_last_topic_is_decided(month: BlogMonth) -> None:
    """Research and the list are completed together, and every unit has its own writing."""
    month.let_agents_work()
    month.approve_all("request")
    found = steps(month)
    assert (found["plan"], found["approve_plan"]) == (["completed"], ["completed"])
    assert found["write"] == ["assigned"] * 3


def test_each_agent_run_leaves_a_transcript_and_its_cost(month: BlogMonth) -> None:
    """A session has its events in order, its calls, and the sum of their tokens."""
    month.let_agents_work()
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        (session,) = work.session.scalars(select(Session))
        (call,) = work.session.scalars(select(ModelCallRow))
        kinds = work.session.scalars(select(SessionEvent.kind).order_by(SessionEvent.position)).all()
        assert session.status == "completed"
        assert session.output_tokens == call.output_tokens > 0
        assert session.cost_microusd
        assert call.model.endswith("+sandbox")
        assert kinds == ["prompt", "model_answer", "validation"]


def test_the_neighbour_is_untouched(month: BlogMonth, zenith: Tenant) -> None:
    """All of Acme's work leaves Zenith's month as it was started."""
    month.let_agents_work()
    month.approve_all("request")
    month.let_agents_work()
    with month.runtime.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        assert work.session.scalars(select(Activity.status)).all() == ["assigned"]
        assert work.session.scalars(select(Post.id)).all() == []
