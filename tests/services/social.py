"""Months of social posts, GBP posts and newsletters: promised, started, with people. Agents talk to the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.services.deliverables import add_deliverable
from leadmetrics_pipelines.services.months import start_months
from leadmetrics_pipelines.services.pipelines import unit_published
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.transitions import move_post
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER, BlogMonth, build_person

PUBLISHER = system_actor("publisher", "test")


def build_platform_channel(runtime: Runtime, tenant: Tenant, platform: str, name: str = "") -> UUID:
    """A connected channel on that platform, without credentials."""
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        channel = Channel(
            tenant_id=tenant.id, platform=platform, name=name or f"{tenant.name} on {platform}",
            base_url=f"https://{platform}.example", account_id=f"{tenant.slug}-{platform}",
            status=ChannelStatus.CONNECTED, credentials=None, created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
        work.session.flush()
        return channel.id


def build_month(
    runtime: Runtime, tenant: Tenant, kind: str = "social_posts", platforms: Sequence[str] = ("linkedin", "facebook"),
    units: int = 2,
) -> BlogMonth:  # fmt: skip
    """November's posts of that kind for these platforms, started, with two reviewers."""
    channels = [build_platform_channel(runtime, tenant, platform) for platform in platforms]
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        add_deliverable(work, kind=kind, name="Promised", monthly_quantity=units, channel_ids=channels)
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        start_months(work, [(tenant.slug, NOVEMBER)])
    return BlogMonth(
        runtime=runtime, tenant=tenant, channel_id=channels[0], reviewer=build_person(runtime.database, tenant),
        second=build_person(runtime.database, tenant, name="Sam Second"),
    )  # fmt: skip


def requests(month: BlogMonth) -> list[ContentRequest]:
    """The month's requests, in order."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        return list(work.session.scalars(select(ContentRequest).order_by(ContentRequest.position, ContentRequest.id)))


def posts(month: BlogMonth, request_id: UUID | None = None) -> list[Post]:
    """The month's posts (of one request), oldest first."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        query = select(Post).order_by(Post.id)
        return list(work.session.scalars(query.where(Post.request_id == request_id) if request_id else query))


def steps(month: BlogMonth) -> dict[str, list[str]]:
    """The states of the month's activities by step."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        found: dict[str, list[str]] = {}
        for activity in work.session.scalars(select(Activity).order_by(Activity.id)):
            found.setdefault(activity.step_key, []).append(activity.status)
        return found


def completed(month: BlogMonth) -> tuple[int, str]:
    """How many units count, and where the period stands."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        period = work.session.scalars(select(DeliverablePeriod)).one()
        return period.completed_count, period.status


def write_all(month: BlogMonth) -> None:
    """The plan is made and approved, and every post written."""
    month.let_agents_work()
    month.approve_all("request")
    month.let_agents_work()


def go_live(month: BlogMonth, post_id: UUID) -> None:
    """What the publisher does when a post is out."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=PUBLISHER) as work:
        publish_in(work, post_id)


def publish_in(work: UnitOfWork, post_id: UUID) -> None:
    """The same, in a unit of work that goes on."""
    post = work.session.get_one(Post, post_id, with_for_update=True)
    post.published_url, post.published_at = f"https://live.example/{post_id}", work.now
    move_post(work, post, PostStatus.PUBLISHED)
    unit_published(work, post)
    work.session.flush()
