"""What finished work leads to: topics become requests, a draft becomes a version in review.

The same for an agent's answer and for a result that a person gives by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.contents import AnyContent
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput
from leadmetrics_pipelines.services.contents import PostVersion
from leadmetrics_pipelines.services.gates import open_post_gate
from leadmetrics_pipelines.services.pipelines import (
    find_unit_step,
    settle_plan,
    spawn_period_step,
    spawn_unit_step,
)
from leadmetrics_pipelines.services.posts import store_version
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief, propose_topics
from leadmetrics_pipelines.services.transitions import move_activity, move_post, move_request
from leadmetrics_pipelines.services.work import get_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod


def lock_subjects(work: UnitOfWork, activity_id: UUID, replaced: Sequence[UUID] = ()) -> None:
    """Lock what an activity is about before the activity itself (the order of locks: `post_rows.get_post`)."""
    unit = select(Activity.request_id).where(Activity.id == activity_id).scalar_subquery()
    post = select(Activity.post_id).where(Activity.id == activity_id).scalar_subquery()
    for query in (
        select(Post.id).where(Post.id == post),
        select(ContentRequest.id)
        .where(or_(ContentRequest.id == unit, ContentRequest.id.in_(replaced)))
        .order_by(ContentRequest.id),
    ):
        work.session.execute(query.with_for_update(key_share=True))


def begin_writing(work: UnitOfWork, activity: Activity) -> Post:
    """A writer has taken the post up: request and post say so. Repeatable."""
    query = select(Post).where(Post.id == activity.post_id)
    post = work.session.scalars(query.with_for_update(key_share=True)).one()
    request = work.session.get_one(ContentRequest, post.request_id)
    if request.status == RequestStatus.APPROVED:
        move_request(work, request, RequestStatus.IN_PROGRESS)
    if post.status == PostStatus.DRAFT:
        move_post(work, post, PostStatus.WRITING)
    return post


def take_topics(work: UnitOfWork, activity: Activity, topics: Sequence[ProposedTopic]) -> int:
    """Research is done: store the topics, put each to approval, and ask the reviewers for the list.

    Leaves the activity awaiting approval (or completed, when every topic is decided), or sent back again when more
    topics were rejected meanwhile or more are promised than one answer holds.
    """
    period = work.session.get_one(DeliverablePeriod, activity.period_id)
    by_agent = work.actor.kind is ActorKind.AGENT
    still_wanted = [t for t in topics if t.replaces is not None and _is_rejected(work, t.replaces)]
    # An agent fills the promise and no more: what it was asked for may have been revised by hand meanwhile.
    new = [t for t in topics if t.replaces is None]
    still_wanted += new[: _missing_in(work, period)] if by_agent else new
    count = propose_topics(work, period, still_wanted, activity.run_id)
    spawn_period_step(work, period, pipelines.APPROVE_PLAN)
    rejected = _rejected_in(work, period.id)
    if rejected:
        why = "More topics were sent back meanwhile"
        move_activity(work, activity, ActivityStatus.REJECTED, why, ready_at=_undo_over(work, rejected))
    elif by_agent and count and _missing_in(work, period):
        move_activity(work, activity, ActivityStatus.REJECTED, "More topics are promised", ready_at=work.now)
    else:
        settle_plan(work, period.id)
    return count


def take_draft(work: UnitOfWork, activity: Activity, content: AnyContent) -> PostVersion:
    """A draft is written: store it, and put it to review."""
    post = begin_writing(work, activity)
    if post.status != PostStatus.WRITING:
        msg = f"The post is {post.status}, so a new draft has no place. Nothing was stored."
        raise Conflict(msg)
    saved = store_version(work, post, content)
    post.run_id = activity.run_id
    move_post(work, post, PostStatus.REVIEW, f"Version {saved.version} by {work.actor.name}")
    cause = (
        f"Written by {work.actor.name}" if saved.version == 1 else f"Rewritten by {work.actor.name} after your notes"
    )
    open_post_gate(work, post, cause)
    review = find_unit_step(work, post.id, pipelines.REVIEW)
    if review is None:
        spawn_unit_step(work, post, pipelines.REVIEW)
    elif review.status in (ActivityStatus.CREATED, ActivityStatus.COMPLETED):
        move_activity(work, review, ActivityStatus.ASSIGNED, cause)
    return saved


def complete_by_hand(work: UnitOfWork, activity_id: UUID, output: AnyContent | Sequence[RequestBrief]) -> Activity:
    """Second way out of a failure: a person gives the result, and the pipeline goes on from there.

    Four eyes hold: whoever gives the result is its author.
    """
    work.actor.require(Permission.UNBLOCK)
    lock_subjects(work, activity_id)
    activity = get_activity(work, activity_id, lock=True)
    if activity.status != ActivityStatus.FAILED:
        msg = f"'{activity.name}' is {activity.status}; a result by hand is for failed work."
        raise Conflict(msg)
    # A fresh budget and no old notes, should the result be sent back to an agent.
    activity.attempt, activity.notes = 0, []
    move_activity(work, activity, ActivityStatus.AWAITING_APPROVAL, f"Result given by {work.actor.name}")
    if activity.step_key == pipelines.WRITE and isinstance(output, AnyContent):
        take_draft(work, activity, output)
    elif activity.step_key == pipelines.PLAN and not isinstance(output, AnyContent):
        take_topics(work, activity, _topics_by_hand(work, activity, output))
    else:
        msg = f"This result does not fit the work '{activity.name}'."
        raise InvalidInput(msg, field="output")
    return activity


def _topics_by_hand(work: UnitOfWork, activity: Activity, briefs: Sequence[RequestBrief]) -> list[ProposedTopic]:
    if not briefs:
        msg = "Give at least one topic."
        raise InvalidInput(msg, field="topics")
    waiting = work.session.scalars(
        select(ContentRequest.id)
        .where(ContentRequest.period_id == activity.period_id, ContentRequest.status == RequestStatus.REJECTED)
        .order_by(ContentRequest.position)
    ).all()
    replaced: list[UUID | None] = [*waiting, *([None] * len(briefs))]
    return [ProposedTopic(brief=brief, replaces=old) for brief, old in zip(briefs, replaced, strict=False)]


def _is_rejected(work: UnitOfWork, request_id: UUID) -> bool:
    # Closed, or its rejection undone, while the agent was at work: the answer for it is not wanted any more.
    query = select(ContentRequest.status).where(ContentRequest.id == request_id).with_for_update(key_share=True)
    return work.session.scalar(query) == RequestStatus.REJECTED


def _missing_in(work: UnitOfWork, period: DeliverablePeriod) -> int:
    work.session.flush()
    query = select(func.count()).where(ContentRequest.period_id == period.id, ContentRequest.is_ad_hoc.is_(False))
    return max(0, period.target_quantity - (work.session.scalar(query) or 0))


def _rejected_in(work: UnitOfWork, period_id: UUID) -> Sequence[UUID]:
    work.session.flush()
    return work.session.scalars(
        select(ContentRequest.id).where(
            ContentRequest.period_id == period_id, ContentRequest.is_ad_hoc.is_(False),
            ContentRequest.status == RequestStatus.REJECTED,
        )
    ).all()  # fmt: skip


def _undo_over(work: UnitOfWork, request_ids: Sequence[UUID]) -> datetime:
    """When none of these rejections can be undone any more."""
    latest = work.session.scalar(
        select(func.max(Approval.undo_until)).where(
            Approval.subject_kind == SubjectKind.REQUEST, Approval.subject_id.in_(request_ids)
        )
    )
    return max(work.now, latest or work.now)
