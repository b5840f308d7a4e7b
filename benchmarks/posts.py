"""Posts in review, made by the services as an agent and a reviewer would, before Dagster looks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from benchmarks.world import ACTOR, Client
from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, Decision, SubjectKind
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import agent_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.services.approvals import Answer, decide_many
from leadmetrics_pipelines.services.channels import connect_channel
from leadmetrics_pipelines.services.deliverables import add_deliverable
from leadmetrics_pipelines.services.months import start_months
from leadmetrics_pipelines.services.outcomes import take_draft, take_topics
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import all_tenants

# About as long as a blog post of 700 words.
BODY = "What to know about **gardens**.\n\n## Why\n\n" + "\n\n".join(["A sentence about gardens. " * 20] * 8)


def make_posts_in_review(runtime: Runtime, client: Client, count: int, *, base_url: str) -> None:
    """So many posts of the running month, each open in the inbox; their channel sends as many an hour."""
    channel = connect_channel(
        runtime, client.tenant_id, ACTOR, platform="wordpress", name="Blog", base_url=base_url, max_per_hour=10 * count,
        credentials={"username": "editor", "application_password": "demo demo demo demo demo demo"},
    )  # fmt: skip
    with runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        add_deliverable(work, kind="blog_posts", name="Blog posts", monthly_quantity=count, channel_id=channel.id)
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        start_months(work, [(client.slug, Month.of(work.now))])
    _propose(runtime, client, count)
    approve(runtime, client, open_approvals(runtime, client, SubjectKind.REQUEST))
    _write(runtime, client)


def open_approvals(runtime: Runtime, client: Client, kind: SubjectKind, limit: int | None = None) -> list[Approval]:
    """What waits for a decision, oldest first."""
    with runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        query = select(Approval).where(Approval.status == ApprovalStatus.OPEN, Approval.subject_kind == kind)
        return list(work.session.scalars(query.order_by(Approval.opened_at, Approval.id).limit(limit)))


def approve(runtime: Runtime, client: Client, approvals: Sequence[Approval]) -> None:
    """Approve all of them in one act, as the reviewer."""
    answers = [Answer(approval_id=a.id, decision=Decision.APPROVE, seal=a.seal) for a in approvals]
    with runtime.unit_of_work(tenant=client.tenant_id, actor=client.reviewer) as work:
        results = decide_many(work, answers)
    assert all(result.ok for result in results), results


def _propose(runtime: Runtime, client: Client, count: int) -> None:
    topics = [ProposedTopic(brief=RequestBrief(title=f"Post {n:04d}")) for n in range(1, count + 1)]
    with runtime.unit_of_work(tenant=client.tenant_id, actor=agent_actor("seo-specialist", "benchmark")) as work:
        research = work.session.scalars(select(Activity).where(Activity.step_key == pipelines.PLAN)).one()
        move_activity(work, research, ActivityStatus.IN_PROGRESS)
        take_topics(work, research, topics)
        move_activity(work, research, ActivityStatus.AWAITING_APPROVAL)


def _write(runtime: Runtime, client: Client) -> None:
    with runtime.unit_of_work(tenant=client.tenant_id, actor=agent_actor("copywriter", "benchmark")) as work:
        query = select(Activity).where(Activity.step_key == pipelines.WRITE, Activity.status == ActivityStatus.ASSIGNED)
        for activity in work.session.scalars(query.order_by(Activity.id)).all():
            title = activity.name.rpartition(": ")[2]
            content = BlogContent(title=title, slug="", excerpt=f"About {title}.", body_markdown=BODY)
            move_activity(work, activity, ActivityStatus.IN_PROGRESS)
            take_draft(work, activity, content)
            move_activity(work, activity, ActivityStatus.AWAITING_APPROVAL)
