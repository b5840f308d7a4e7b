"""What a decision does: one handler per kind of subject, in the transaction of the decision.

`approve`, `send_back` and their undoing. Work that a decision sets off may be claimed only after the undo time
(`Activity.ready_at`), so that undoing never races with a worker.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, RequestStatus
from leadmetrics_pipelines.errors import Conflict, InvalidInput
from leadmetrics_pipelines.kit.text import make_slug
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.lengths import check_approvable
from leadmetrics_pipelines.services.pipelines import (
    find_period_step,
    find_unit_step,
    settle_plan,
    spawn_unit_step,
)
from leadmetrics_pipelines.services.post_rows import ROW_LOCK, free_slug, get_post
from leadmetrics_pipelines.services.transitions import move_activity, move_post, move_request
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

_S = ActivityStatus


class TooLateToUndo(Conflict):
    """What the decision set off has begun."""


class Effect(Protocol):
    """What deciding about one kind of subject does."""

    def approve(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        """Carry the approval out. Work it sets off is free at `ready_at`."""
        ...

    def send_back(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        """Send the work back with the reason (rejected or changes requested)."""
        ...

    def undo(self, work: UnitOfWork, approval: Approval) -> None:
        """Take the decision's effect back; raise TooLateToUndo when something has begun."""
        ...


class RequestEffect:
    """Approved: a post per target channel is made, and its writing assigned. Sent back: the plan takes it up again."""

    def approve(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        request = work.session.get_one(ContentRequest, approval.subject_id, with_for_update=ROW_LOCK)
        move_request(work, request, RequestStatus.APPROVED, approval.reason or "")
        for channel_id in targets_of(request):
            _make_post(work, request, channel_id, ready_at)
        _settle(work, request)

    def send_back(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        request = work.session.get_one(ContentRequest, approval.subject_id, with_for_update=ROW_LOCK)
        move_request(work, request, RequestStatus.REJECTED, approval.reason or "")
        research = _research_of(work, request)
        if research is None:  # ad hoc: the person who raised it revises or closes it
            return
        if research.status == _S.COMPLETED:
            settle_plan(work, research.period_id)  # type: ignore[arg-type]  # research always has a period
        if research.status == _S.AWAITING_APPROVAL:
            move_activity(work, research, _S.REJECTED, approval.reason or "", ready_at=ready_at)
        elif research.status == _S.REJECTED:
            research.ready_at = max(research.ready_at, ready_at)

    def undo(self, work: UnitOfWork, approval: Approval) -> None:
        request = work.session.get_one(ContentRequest, approval.subject_id, with_for_update=ROW_LOCK)
        _require_live(request)
        if approval.status == ApprovalStatus.APPROVED:
            _drop_empty_posts(work, request)
        move_request(work, request, RequestStatus.PENDING_APPROVAL, "The decision was undone")
        _settle(work, request)


class PostEffect:
    """Approved: its publishing is assigned. Sent back: the writer takes it up again with the notes."""

    def approve(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        post, _ = _post_and_request(work, approval)
        if post.kind != ContentKind.BLOG:  # the platform's limits may have changed since it was saved
            check_approvable(work, post.channel_id, read_post(work, post.id).content)
        move_post(work, post, PostStatus.APPROVED, approval.reason or "")
        writing = find_unit_step(work, post.id, pipelines.WRITE)
        if writing is not None and writing.status == _S.AWAITING_APPROVAL:
            move_activity(work, writing, _S.APPROVED)
            move_activity(work, writing, _S.COMPLETED)
        review = find_unit_step(work, post.id, pipelines.REVIEW)
        if review is not None and review.status == _S.ASSIGNED:
            move_activity(work, review, _S.COMPLETED, f"Approved by {work.actor.name}")
        spawn_unit_step(work, post, pipelines.PUBLISH, ready_at=ready_at)

    def send_back(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        post, _ = _post_and_request(work, approval)
        move_post(work, post, PostStatus.WRITING, approval.reason or "")
        writing = find_unit_step(work, post.id, pipelines.WRITE)
        if writing is not None:
            writing.notes = [*writing.notes, _note(work, approval)]
            move_activity(work, writing, _S.REJECTED, approval.reason or "", ready_at=ready_at)
        review = find_unit_step(work, post.id, pipelines.REVIEW)
        if review is not None and review.status == _S.ASSIGNED:
            move_activity(work, review, _S.CREATED, "Waits for the next draft")

    def undo(self, work: UnitOfWork, approval: Approval) -> None:
        post, request = _post_and_request(work, approval)
        _require_live(request)
        writing = find_unit_step(work, post.id, pipelines.WRITE)
        if approval.status == ApprovalStatus.APPROVED:
            _require_unsent(work, post)
            retract_approval(work, post, "The approval was undone")
            return
        if writing is not None:
            _require_untouched(writing)
            writing.notes = writing.notes[:-1]
            move_activity(work, writing, _S.AWAITING_APPROVAL, "The decision was undone")
        move_post(work, post, PostStatus.REVIEW, "The decision was undone")
        review = find_unit_step(work, post.id, pipelines.REVIEW)
        if review is not None and review.status == _S.CREATED:
            move_activity(work, review, _S.ASSIGNED, "The decision was undone")


class LatePostEffect:
    """Approved: it may go out now. Sent back: it does not go out, and the unit is closed."""

    def approve(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        post, _ = _post_and_request(work, approval)
        post.late_allowed_at = ready_at

    def send_back(self, work: UnitOfWork, approval: Approval, ready_at: datetime) -> None:
        del ready_at
        post, _ = _post_and_request(work, approval)
        move_post(work, post, PostStatus.PUBLISH_FAILED, approval.reason or "")
        post.problem = f"Its time passed, and {work.actor.name} let it go: {approval.reason}"
        publishing = find_unit_step(work, post.id, pipelines.PUBLISH)
        if publishing is not None and publishing.status == _S.ASSIGNED:
            move_activity(work, publishing, _S.CANCELLED, post.problem)

    def undo(self, work: UnitOfWork, approval: Approval) -> None:
        post, request = _post_and_request(work, approval)
        _require_live(request)
        if post.status == PostStatus.REVIEW or post.version != approval.subject_version:
            msg = "It is too late to undo: the post was changed and is in review again."
            raise TooLateToUndo(msg)
        if approval.status == ApprovalStatus.APPROVED:
            _require_unsent(work, post)
            post.late_allowed_at = None
            return
        move_post(work, post, PostStatus.APPROVED, "The decision was undone")
        spawn_unit_step(work, post, pipelines.PUBLISH)


EFFECTS: dict[SubjectKind, Effect] = {
    SubjectKind.REQUEST: RequestEffect(),
    SubjectKind.POST: PostEffect(),
    SubjectKind.LATE_POST: LatePostEffect(),
}


def retract_approval(work: UnitOfWork, post: Post, reason: str) -> None:
    """Bring an approved post and its activities back to review."""
    move_post(work, post, PostStatus.REVIEW, reason)
    publishing = find_unit_step(work, post.id, pipelines.PUBLISH)
    if publishing is not None and publishing.status in (_S.ASSIGNED, _S.FAILED):
        move_activity(work, publishing, _S.CANCELLED, reason)
    for key, target in ((pipelines.WRITE, _S.AWAITING_APPROVAL), (pipelines.REVIEW, _S.ASSIGNED)):
        activity = find_unit_step(work, post.id, key)
        if activity is not None and activity.status == _S.COMPLETED:
            move_activity(work, activity, target, reason)


def _post_and_request(work: UnitOfWork, approval: Approval) -> tuple[Post, ContentRequest]:
    post = get_post(work, approval.subject_id, lock=True)
    return post, work.session.get_one(ContentRequest, post.request_id)


def _research_of(work: UnitOfWork, request: ContentRequest) -> Activity | None:
    if request.period_id is None or request.is_ad_hoc:
        return None
    return find_period_step(work, request.period_id, pipelines.PLAN)


def _settle(work: UnitOfWork, request: ContentRequest) -> None:
    if request.period_id is not None and not request.is_ad_hoc:
        work.session.flush()
        settle_plan(work, request.period_id)


def targets_of(request: ContentRequest) -> tuple[UUID | None, ...]:
    """The channels a request becomes a post for. Raises InvalidInput: a social request without any."""
    if request.kind != ContentKind.SOCIAL:
        return (request.channel_id,)
    channels = tuple(request.channel_ids) or ((request.channel_id,) if request.channel_id else ())
    if not channels:
        msg = "This request names no channel, so there is nothing to write for. Edit it, and choose at least one."
        raise InvalidInput(msg, field="channel_ids")
    return channels


def _make_post(work: UnitOfWork, request: ContentRequest, channel_id: UUID | None, ready_at: datetime) -> None:
    post = Post(
        tenant_id=request.tenant_id, request_id=request.id, period_id=request.period_id, kind=request.kind,
        channel_id=channel_id, title=request.title, slug="", status=PostStatus.DRAFT, publish_at=request.publish_at,
        author_name="", created_at=work.now, status_since=work.now,
    )  # fmt: skip
    if request.kind == ContentKind.BLOG:
        slug = make_slug(request.title, fallback=f"post-{request.id.hex[-8:]}")
        post.slug = free_slug(work, channel_id, slug, request.id)
    work.session.add(post)
    work.session.flush()
    work.audit("post.created", subject_kind="post", subject_id=post.id, to_state=post.status)
    spawn_unit_step(work, post, pipelines.WRITE, ready_at=ready_at)


def _drop_empty_posts(work: UnitOfWork, request: ContentRequest) -> None:
    for post in work.session.query(Post).filter_by(request_id=request.id).order_by(Post.id):
        writing = find_unit_step(work, post.id, pipelines.WRITE)
        if writing is not None:
            _require_untouched(writing)
            move_activity(work, writing, _S.CANCELLED, "The approval was undone")
        work.audit("post.removed", subject_kind="post", subject_id=post.id, reason="The approval was undone")
        work.session.delete(post)
    work.session.flush()


def _require_live(request: ContentRequest) -> None:
    if request.status == RequestStatus.CLOSED:
        msg = "It is too late to undo: the request was closed."
        raise TooLateToUndo(msg)


def _require_untouched(activity: Activity) -> None:
    if activity.status not in (_S.ASSIGNED, _S.REJECTED):
        msg = f"It is too late to undo: '{activity.name}' is {activity.status}."
        raise TooLateToUndo(msg)


def _require_unsent(work: UnitOfWork, post: Post) -> None:
    if work.session.query(Publication.id).filter_by(post_id=post.id).first() is not None:
        msg = "It is too late to undo: publishing has begun."
        raise TooLateToUndo(msg)


def _note(work: UnitOfWork, approval: Approval) -> dict[str, Any]:
    return {
        "by": work.actor.name, "decision": approval.status, "text": approval.reason or "",
        "version": approval.subject_version, "at": work.now.isoformat(),
    }  # fmt: skip
