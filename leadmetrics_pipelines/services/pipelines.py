"""Pipelines at work: spawn the activities of a template, follow units to their end, recount the month.

Every function can be repeated: a step that is already there is not spawned again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import PeriodStatus
from leadmetrics_pipelines.domain.pipelines import BLOG_POSTS
from leadmetrics_pipelines.services.transitions import move_activity, move_period, move_request
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod

_OVER = (ActivityStatus.CANCELLED, ActivityStatus.SKIPPED)
_UNDECIDED = (RequestStatus.DRAFT, RequestStatus.PENDING_APPROVAL, RequestStatus.REJECTED)


def spawn_unit_step(
    work: UnitOfWork, request: ContentRequest, step_key: str, *, ready_at: datetime | None = None
) -> Activity:
    """The live activity of that step for one unit (a request); made, and assigned, when there is none."""
    live = find_unit_step(work, request.id, step_key)
    if live is not None:
        return live
    return _spawn(work, step_key, request.period_id, request.id, request.title, ready_at)


def spawn_period_step(work: UnitOfWork, period: DeliverablePeriod, step_key: str) -> Activity:
    """The live activity of that step for the whole period; made, and assigned, when there is none."""
    live = find_period_step(work, period.id, step_key)
    return live or _spawn(work, step_key, period.id, None, "", None)


def find_unit_step(work: UnitOfWork, request_id: UUID, step_key: str) -> Activity | None:
    """The live activity of that step for a unit, locked for change."""
    return work.session.scalar(
        select(Activity)
        .where(Activity.request_id == request_id, Activity.step_key == step_key, Activity.status.not_in(_OVER))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def find_period_step(work: UnitOfWork, period_id: UUID, step_key: str) -> Activity | None:
    """The live activity of that step for a period, locked for change."""
    return work.session.scalar(
        select(Activity)
        .where(
            Activity.period_id == period_id, Activity.request_id.is_(None), Activity.step_key == step_key,
            Activity.status.not_in(_OVER),
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )  # fmt: skip


def _spawn(
    work: UnitOfWork,
    step_key: str,
    period_id: UUID | None,
    request_id: UUID | None,
    unit: str,
    ready_at: datetime | None,
) -> Activity:
    step = BLOG_POSTS.step(step_key)
    activity = Activity(
        tenant_id=work.tenant_id, period_id=period_id, request_id=request_id, step_key=step.key,
        name=f"{step.name}: {unit}" if unit else step.name, assignee=step.assignee, agent_role=step.agent_role,
        human_role=step.human_role, status=ActivityStatus.CREATED, ready_at=ready_at or work.now, created_at=work.now,
        status_since=work.now,
    )  # fmt: skip
    work.session.add(activity)
    work.session.flush()
    work.audit(
        "activity.created", subject_kind="activity", subject_id=activity.id, to_state=ActivityStatus.CREATED,
        detail={"name": activity.name},
    )  # fmt: skip
    move_activity(work, activity, ActivityStatus.ASSIGNED)
    return activity


def settle_topic_list(work: UnitOfWork, period_id: UUID) -> None:
    """Bring the two activities of the topic list to where the requests of the period stand now."""
    undecided, rejected = work.session.execute(
        select(
            func.count().filter(ContentRequest.status.in_(_UNDECIDED)),
            func.count().filter(ContentRequest.status == RequestStatus.REJECTED),
        ).where(ContentRequest.period_id == period_id, ContentRequest.is_ad_hoc.is_(False))
    ).one()
    research = find_period_step(work, period_id, pipelines.RESEARCH)
    approval = find_period_step(work, period_id, pipelines.APPROVE_TOPICS)
    if research is not None and research.status == ActivityStatus.REJECTED and not rejected:
        move_activity(work, research, ActivityStatus.AWAITING_APPROVAL, "Nothing is left to revise")
    if undecided:
        _reopen_topic_list(work, research, approval)
        return
    if research is not None and research.status == ActivityStatus.AWAITING_APPROVAL:
        move_activity(work, research, ActivityStatus.APPROVED)
        move_activity(work, research, ActivityStatus.COMPLETED)
    if approval is not None and approval.status == ActivityStatus.ASSIGNED:
        move_activity(work, approval, ActivityStatus.COMPLETED, "Every topic is decided")


def _reopen_topic_list(work: UnitOfWork, research: Activity | None, approval: Activity | None) -> None:
    reason = "A topic is open again"
    if research is not None and research.status == ActivityStatus.COMPLETED:
        move_activity(work, research, ActivityStatus.AWAITING_APPROVAL, reason)
    if approval is not None and approval.status == ActivityStatus.COMPLETED:
        move_activity(work, approval, ActivityStatus.ASSIGNED, reason)


def unit_published(work: UnitOfWork, post: Post) -> None:
    """A post is live: complete its publish activity and its request, and recount its period."""
    request = work.session.get_one(ContentRequest, post.request_id)
    activity = find_unit_step(work, request.id, pipelines.PUBLISH)
    if activity is not None and activity.status != ActivityStatus.COMPLETED:
        if activity.status in (ActivityStatus.ASSIGNED, ActivityStatus.FAILED, ActivityStatus.IN_PROGRESS):
            move_activity(work, activity, ActivityStatus.COMPLETED, f"Live at {post.published_url}")
        activity.run_id = post.run_id
    if request.status == RequestStatus.APPROVED:
        move_request(work, request, RequestStatus.IN_PROGRESS)
    if request.status == RequestStatus.IN_PROGRESS:
        move_request(work, request, RequestStatus.COMPLETED)
    if post.period_id is not None:
        recount_period(work, post.period_id)


def recount_period(work: UnitOfWork, period_id: UUID) -> DeliverablePeriod:
    """Count the period's published posts afresh; complete the period when its target is reached."""
    work.session.flush()
    period = work.session.scalars(
        select(DeliverablePeriod)
        .where(DeliverablePeriod.id == period_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    period.completed_count = (
        work.session.scalar(
            select(func.count())
            .select_from(Post)
            .join(ContentRequest, ContentRequest.id == Post.request_id)
            .where(
                Post.period_id == period_id,
                Post.status == PostStatus.PUBLISHED,
                ContentRequest.is_ad_hoc.is_(False),
            )
        )
        or 0
    )
    reached = period.completed_count >= period.target_quantity
    if reached and period.status in (PeriodStatus.ACTIVE, PeriodStatus.MISSED):
        move_period(
            work, period, PeriodStatus.COMPLETED, f"{period.completed_count} of {period.target_quantity} published"
        )
    return period
