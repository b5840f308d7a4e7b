"""A blog month whose agents answer at once, without a model: for tests of what people decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.agents.facts import Facts, TopicFacts
from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import Actor, agent_actor
from leadmetrics_pipelines.services.agent_facts import collect_plan_input
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.outcomes import begin_writing, take_draft, take_topics
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief, brief_of, get_request
from leadmetrics_pipelines.services.work import Claim, claim_work, finish_claim, held_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval, DecisionRow
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from tests.builders import TESTER, UNDO, BlogMonth

AGENT = agent_actor("agents", "test")
LEASE = timedelta(seconds=300)


@contextmanager
def at_work(month: BlogMonth, by: Actor | None = None) -> Iterator[UnitOfWork]:
    """A unit of work in the month's tenant, as the reviewer unless said otherwise."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=by or month.reviewer) as work:
        yield work


def claim(month: BlogMonth, worker: str = "quick", limit: int = 50) -> tuple[Claim, ...]:
    """Take what is free now."""
    with at_work(month, AGENT) as work:
        return claim_work(work, worker=worker, limit=limit, lease=LEASE)


def answer(month: BlogMonth, taken: Claim) -> None:
    """Hand in a plausible result for a claim."""
    with at_work(month, agent_actor(taken.agent_role, "test")) as work:
        if taken.step_key == pipelines.PLAN:
            wanted = collect_plan_input(work, held_activity(work, taken))
            activity = finish_claim(work, taken, ActivityStatus.AWAITING_APPROVAL)
            take_topics(work, activity, [] if wanted is None else _topics(month, wanted.facts))
        else:
            post = begin_writing(work, held_activity(work, taken))
            content = BlogContent(
                title=post.title,
                slug=post.slug,
                excerpt="Short.",
                body_markdown=f"Draft {post.version + 1}: {post.title}",
            )
            take_draft(work, finish_claim(work, taken, ActivityStatus.AWAITING_APPROVAL), content)


def let_agents_answer(month: BlogMonth) -> int:
    """Undo times pass; all that is free, and what becomes free by it, is claimed and answered. How many pieces."""
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    count = 0
    while taken := claim(month):
        for one in taken:
            answer(month, one)
        count += len(taken)
    return count


def with_topics(month: BlogMonth) -> list[Approval]:
    """The month's topics, each open for approval."""
    let_agents_answer(month)
    return month.open_approvals("request")


def with_drafts(month: BlogMonth) -> list[Approval]:
    """The month's drafts, each open for approval."""
    with_topics(month)
    month.approve_all("request")
    let_agents_answer(month)
    return month.open_approvals("post")


def content_of(month: BlogMonth, post_id: UUID, **changes: object) -> BlogContent:
    """The post as it is, with changes."""
    with at_work(month, TESTER) as work:
        return replace(read_post(work, post_id).content_as(BlogContent), **changes)  # type: ignore[arg-type]


def brief_as_is(month: BlogMonth, request_id: UUID, **changes: object) -> RequestBrief:
    """The request's brief as it is, with changes."""
    with at_work(month, TESTER) as work:
        return replace(brief_of(get_request(work, request_id)), **changes)  # type: ignore[arg-type]


def post_row(month: BlogMonth, post_id: UUID) -> Post:
    with at_work(month, TESTER) as work:
        return work.session.get_one(Post, post_id)


def request_row(month: BlogMonth, request_id: UUID) -> ContentRequest:
    with at_work(month, TESTER) as work:
        return work.session.get_one(ContentRequest, request_id)


def approval_row(month: BlogMonth, approval_id: UUID) -> Approval:
    with at_work(month, TESTER) as work:
        return work.session.get_one(Approval, approval_id)


def activities(month: BlogMonth, step_key: str, request_id: UUID | None = None) -> list[Activity]:
    """All activities of that step (of one request), oldest first."""
    with at_work(month, TESTER) as work:
        query = select(Activity).where(Activity.step_key == step_key).order_by(Activity.id)
        if request_id is not None:
            query = query.where(Activity.request_id == request_id)
        return list(work.session.scalars(query))


def states(month: BlogMonth, step_key: str, request_id: UUID | None = None) -> list[str]:
    return [activity.status for activity in activities(month, step_key, request_id)]


def events(month: BlogMonth, subject_id: UUID) -> list[str]:
    """The record of decisions about a subject, in order."""
    with at_work(month, TESTER) as work:
        query = select(DecisionRow.event).where(DecisionRow.subject_id == subject_id)
        return list(work.session.scalars(query.order_by(DecisionRow.at, DecisionRow.id)))


def _topics(month: BlogMonth, facts: Facts) -> list[ProposedTopic]:
    assert isinstance(facts, TopicFacts)
    taken = len(facts.existing_titles)
    replaced: list[UUID | None] = [UUID(topic.request_id) for topic in facts.revise] or [None] * facts.wanted
    briefs = (
        RequestBrief(title=f"{month.tenant.name} topic {taken + n}", target_keyword=f"keyword {n}", brief="Tell it.")
        for n in range(1, len(replaced) + 1)
    )
    return [ProposedTopic(brief=brief, replaces=old) for brief, old in zip(briefs, replaced, strict=True)]
