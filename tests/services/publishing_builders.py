"""Approved posts, ready to go out, without the agents' part of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import agent_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.release import Verdict
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.services.approvals import Answer, decide_many
from leadmetrics_pipelines.services.outcomes import take_draft
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.services.publishing import PublishReport, publish_due
from leadmetrics_pipelines.services.release import ReleaseLimits, release_verdict
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief, propose_topics, raise_request
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.publications.models import Publication, PublicationEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER, BlogMonth, build_blog_month

IMPATIENT = Timeouts(connect=2, read=1.5, write=5, total=6)


@dataclass(frozen=True, kw_only=True)
class ApprovedPosts:
    """A month whose posts are approved, their undo time over."""

    month: BlogMonth
    post_ids: tuple[UUID, ...]

    @property
    def runtime(self) -> Runtime:
        return self.month.runtime

    @property
    def tenant_id(self) -> UUID:
        return self.month.tenant.id

    def publish(self, month: Month | None = NOVEMBER) -> PublishReport:
        """One pass."""
        return publish_due(self.runtime, tenant=self.tenant_id, month=month, run_id="run-1")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.month.clock.advance(seconds=seconds)

    def verdict(self, index: int = 0) -> Verdict:
        """Why is this one not out?"""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return release_verdict(work, self.post_ids[index], limits=ReleaseLimits.of(self.runtime.settings))

    def post(self, index: int = 0) -> Post:
        """The post's row."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return work.session.get_one(Post, self.post_ids[index])

    def request(self, index: int = 0) -> ContentRequest:
        """The request of the post."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return work.session.get_one(ContentRequest, self.post(index).request_id)

    def ledger(self, index: int = 0) -> Publication:
        """The post's only row in the ledger."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return work.session.scalars(select(Publication).filter_by(post_id=self.post_ids[index])).one()

    def ledger_states(self) -> list[str]:
        """The state of every ledger row."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return list(work.session.scalars(select(Publication.state).order_by(Publication.id)))

    def steps(self, index: int = 0) -> list[tuple[str | None, str]]:
        """The post's way through the ledger."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            query = (
                select(PublicationEvent)
                .join(Publication, Publication.id == PublicationEvent.publication_id)
                .where(Publication.post_id == self.post_ids[index])
                .order_by(PublicationEvent.id)
            )
            return [(event.from_state, event.to_state) for event in work.session.scalars(query)]

    def publish_activity(self, index: int = 0) -> Activity:
        """The live activity of the last step."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            query = select(Activity).where(
                Activity.request_id == self.post(index).request_id, Activity.step_key == pipelines.PUBLISH,
                Activity.status != ActivityStatus.CANCELLED,
            )  # fmt: skip
            return work.session.scalars(query).one()

    def period(self) -> DeliverablePeriod:
        """November's period."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=TESTER) as work:
            return work.session.scalars(select(DeliverablePeriod).filter_by(month=NOVEMBER.first_day)).one()


def build_approved_posts(
    runtime: Runtime, tenant: Tenant, count: int = 1, *, base_url: str, target: int | None = None,
    publish_at: datetime | None = None, image: bytes | None = None, body: str = "", patient: bool = False,
) -> ApprovedPosts:  # fmt: skip
    """Posts of November, written by an agent and approved by a reviewer. `target`: the month's promise."""
    if not patient:
        runtime._http = HttpClients(timeouts=IMPATIENT)
    month = build_blog_month(runtime, tenant, posts=target or count, base_url=base_url)
    with runtime.unit_of_work(tenant=tenant.id, actor=agent_actor("seo-specialist", "test")) as work:
        period = work.session.scalars(select(DeliverablePeriod).filter_by(month=NOVEMBER.first_day)).one()
        topics = [ProposedTopic(brief=RequestBrief(title=f"Post {n:03d}")) for n in range(1, count + 1)]
        propose_topics(work, period, topics, None)
    _approve(month, "request")
    write_drafts(month, publish_at=publish_at, image=image, body=body)
    _approve(month, "post")
    month.clock.advance(seconds=6)
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        post_ids = tuple(work.session.scalars(select(Post.id).order_by(Post.title)))
    return ApprovedPosts(month=month, post_ids=post_ids)


def add_ad_hoc_post(approved: ApprovedPosts, title: str, channel_id: UUID) -> None:
    """A post that nobody promised, for any channel, approved and past its undo time."""
    month = approved.month
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        raise_request(work, RequestBrief(title=title, channel_id=channel_id))
    _approve(month, "request")
    write_drafts(month)
    _approve(month, "post")
    month.clock.advance(seconds=6)


def write_drafts(
    month: BlogMonth, *, publish_at: datetime | None = None, image: bytes | None = None, body: str = ""
) -> None:
    """The copywriter writes all that is assigned."""
    digest = None
    if image is not None:
        with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
            digest = store_image(work, image)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=agent_actor("copywriter", "test")) as work:
        query = select(Activity).where(Activity.step_key == pipelines.WRITE, Activity.status == ActivityStatus.ASSIGNED)
        for activity in work.session.scalars(query.order_by(Activity.id)).all():
            title = activity.name.removeprefix("Write blog post: ")
            content = BlogContent(
                title=title, slug="", excerpt=f"About {title}.", image_digest=digest, publish_at=publish_at,
                body_markdown=body or f"What to know about **{title}**.\n\n## Why\n\n- It is warm & good",
                image_alt="A dot",
            )  # fmt: skip
            move_activity(work, activity, ActivityStatus.IN_PROGRESS)
            take_draft(work, activity, content)
            move_activity(work, activity, ActivityStatus.AWAITING_APPROVAL)


def _approve(month: BlogMonth, kind: str) -> None:
    answers: Sequence[Answer] = [
        Answer(approval_id=approval.id, decision=Decision.APPROVE, seal=approval.seal)
        for approval in month.open_approvals(kind)
    ]
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        results = decide_many(work, answers)
    assert all(result.ok for result in results), results
