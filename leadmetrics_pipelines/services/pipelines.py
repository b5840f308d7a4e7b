"""Pipelines at work: spawn the activities of a template, follow units to their end, recount the month.

Every function can be repeated: a step that is already there is not spawned again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import PeriodStatus
from leadmetrics_pipelines.domain.pipelines import PipelineTemplate, Step, template_for, template_of_ad_hoc
from leadmetrics_pipelines.services.transitions import move_activity, move_period, move_request
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod

_OVER = (ActivityStatus.CANCELLED, ActivityStatus.SKIPPED)
_UNDECIDED = (RequestStatus.DRAFT, RequestStatus.PENDING_APPROVAL, RequestStatus.REJECTED)


def spawn_unit_step(work: UnitOfWork, post: Post, step_key: str, *, ready_at: datetime | None = None) -> Activity:
    """The live activity of that step for one post; made, and assigned, when there is none."""
    live = find_unit_step(work, post.id, step_key)
    if live is not None:
        return live
    request = work.session.get_one(ContentRequest, post.request_id)
    activity = Activity(
        period_id=request.period_id, request_id=request.id, post_id=post.id, name=_name_unit(work, request, post)
    )
    return _spawn(work, template_of(work, request).step(step_key), activity, ready_at)


def spawn_period_step(work: UnitOfWork, period: DeliverablePeriod, step_key: str) -> Activity:
    """The live activity of that step for the whole period; made, and assigned, when there is none."""
    live = find_period_step(work, period.id, step_key)
    if live is not None:
        return live
    kind = work.session.get_one(Deliverable, period.deliverable_id).kind
    return _spawn(work, template_for(kind).step(step_key), Activity(period_id=period.id, name=""), None)


def template_of(work: UnitOfWork, request: ContentRequest) -> PipelineTemplate:
    """The pipeline a request goes through: its deliverable's, or that of its kind when it is ad hoc."""
    if request.period_id is None:
        return template_of_ad_hoc(request.kind)
    # Asked once in a unit of work: a bulk decision spawns hundreds, and a deliverable's kind never changes.
    kinds: dict[UUID, str] = work.session.info.setdefault("deliverable kinds", {})
    if request.period_id not in kinds:
        kinds[request.period_id] = work.session.scalars(
            select(Deliverable.kind)
            .join(DeliverablePeriod, DeliverablePeriod.deliverable_id == Deliverable.id)
            .where(DeliverablePeriod.id == request.period_id)
        ).one()
    return template_for(kinds[request.period_id])


def find_unit_step(work: UnitOfWork, post_id: UUID, step_key: str) -> Activity | None:
    """The live activity of that step for a post, locked for change."""
    return work.session.scalar(
        select(Activity)
        .where(Activity.post_id == post_id, Activity.step_key == step_key, Activity.status.not_in(_OVER))
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


def _name_unit(work: UnitOfWork, request: ContentRequest, post: Post) -> str:
    """The request's title, and the channel where the request has several."""
    channel = work.session.get(Channel, post.channel_id) if len(request.channel_ids) > 1 and post.channel_id else None
    return f"{request.title} ({channel.name})" if channel else request.title


def _spawn(work: UnitOfWork, step: Step, activity: Activity, ready_at: datetime | None) -> Activity:
    activity.tenant_id, activity.step_key = work.tenant_id, step.key
    activity.name = f"{step.name}: {activity.name}" if activity.name else step.name
    activity.assignee, activity.agent_role, activity.human_role = step.assignee, step.agent_role, step.human_role
    activity.status, activity.ready_at = ActivityStatus.CREATED, ready_at or work.now
    activity.created_at = activity.status_since = work.now
    work.session.add(activity)
    work.session.flush()
    work.audit(
        "activity.created", subject_kind="activity", subject_id=activity.id, to_state=ActivityStatus.CREATED,
        detail={"name": activity.name},
    )  # fmt: skip
    move_activity(work, activity, ActivityStatus.ASSIGNED)
    return activity


def settle_plan(work: UnitOfWork, period_id: UUID) -> None:
    """Bring the two activities of the plan to where the requests of the period stand now."""
    undecided, rejected = work.session.execute(
        select(
            func.count().filter(ContentRequest.status.in_(_UNDECIDED)),
            func.count().filter(ContentRequest.status == RequestStatus.REJECTED),
        ).where(ContentRequest.period_id == period_id, ContentRequest.is_ad_hoc.is_(False))
    ).one()
    research = find_period_step(work, period_id, pipelines.PLAN)
    approval = find_period_step(work, period_id, pipelines.APPROVE_PLAN)
    if research is not None and research.status == ActivityStatus.REJECTED and not rejected:
        move_activity(work, research, ActivityStatus.AWAITING_APPROVAL, "Nothing is left to revise")
    if undecided:
        _reopen_plan(work, research, approval)
        return
    if research is not None and research.status == ActivityStatus.AWAITING_APPROVAL:
        move_activity(work, research, ActivityStatus.APPROVED)
        move_activity(work, research, ActivityStatus.COMPLETED)
    if approval is not None and approval.status == ActivityStatus.ASSIGNED:
        move_activity(work, approval, ActivityStatus.COMPLETED, "Every topic is decided")


def _reopen_plan(work: UnitOfWork, research: Activity | None, approval: Activity | None) -> None:
    reason = "A topic is open again"
    if research is not None and research.status == ActivityStatus.COMPLETED:
        move_activity(work, research, ActivityStatus.AWAITING_APPROVAL, reason)
    if approval is not None and approval.status == ActivityStatus.COMPLETED:
        move_activity(work, approval, ActivityStatus.ASSIGNED, reason)


def unit_published(work: UnitOfWork, post: Post) -> None:
    """A post is live: complete its publish activity; its request, when that was the last; and recount its period."""
    work.session.flush()
    # Locked before its posts are counted: of two that go live at the same time, the second must see the first.
    request = work.session.get_one(
        ContentRequest, post.request_id, with_for_update={"key_share": True}, populate_existing=True
    )
    activity = find_unit_step(work, post.id, pipelines.PUBLISH)
    if activity is not None and activity.status != ActivityStatus.COMPLETED:
        if activity.status in (ActivityStatus.ASSIGNED, ActivityStatus.FAILED, ActivityStatus.IN_PROGRESS):
            move_activity(work, activity, ActivityStatus.COMPLETED, f"Live at {post.published_url}")
        activity.run_id = post.run_id
    if request.status == RequestStatus.APPROVED:
        move_request(work, request, RequestStatus.IN_PROGRESS)
    if request.status == RequestStatus.IN_PROGRESS and _all_published(work, request):
        move_request(work, request, RequestStatus.COMPLETED)
    if post.period_id is not None:
        recount_period(work, post.period_id)


def _all_published(work: UnitOfWork, request: ContentRequest) -> bool:
    missing = select(Post.id).where(Post.request_id == request.id, Post.status != PostStatus.PUBLISHED)
    return work.session.scalar(missing.limit(1)) is None


def recount_period(work: UnitOfWork, period_id: UUID) -> DeliverablePeriod:
    """Count the period's units afresh, which are requests with all posts published; complete it at its target."""
    work.session.flush()
    period = work.session.scalars(
        select(DeliverablePeriod)
        .where(DeliverablePeriod.id == period_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    of_request = exists().where(Post.request_id == ContentRequest.id)
    period.completed_count = (
        work.session.scalar(
            select(func.count())
            .select_from(ContentRequest)
            .where(
                ContentRequest.period_id == period_id,
                ContentRequest.is_ad_hoc.is_(False),
                of_request,
                ~of_request.where(Post.status != PostStatus.PUBLISHED),
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
