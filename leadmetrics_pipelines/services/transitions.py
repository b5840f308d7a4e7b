"""Moving things from state to state: check the table, change the row, write the audit row, all in one place."""

from __future__ import annotations

from datetime import datetime

from leadmetrics_pipelines.domain.activities import ACTIVITY, ActivityStatus
from leadmetrics_pipelines.domain.content import POST, REQUEST, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import PERIOD, PeriodStatus
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod


def move_activity(
    work: UnitOfWork, activity: Activity, target: ActivityStatus, reason: str = "", *, ready_at: datetime | None = None
) -> None:
    """Move an activity. `ready_at`: the earliest instant at which a worker may claim it."""
    current = ActivityStatus(activity.status)
    activity.status = ACTIVITY.check(current, target)
    activity.status_since = work.now
    if ready_at is not None:
        activity.ready_at = ready_at
    if target is ActivityStatus.COMPLETED:
        activity.completed_at = work.now
    if target not in (ActivityStatus.FAILED, ActivityStatus.BLOCKED):
        activity.problem = None
    work.audit(
        "activity.moved", subject_kind="activity", subject_id=activity.id, from_state=current, to_state=target,
        reason=reason, detail={"name": activity.name}, tenant_id=activity.tenant_id,
    )  # fmt: skip


def move_request(work: UnitOfWork, request: ContentRequest, target: RequestStatus, reason: str = "") -> None:
    """Move a request."""
    current = RequestStatus(request.status)
    request.status = REQUEST.check(current, target)
    request.status_since = work.now
    work.audit(
        "request.moved", subject_kind="request", subject_id=request.id, from_state=current, to_state=target,
        reason=reason, detail={"title": request.title, "version": request.version}, tenant_id=request.tenant_id,
    )  # fmt: skip


def move_post(work: UnitOfWork, post: Post, target: PostStatus, reason: str = "") -> None:
    """Move a blog post."""
    current = PostStatus(post.status)
    post.status = POST.check(current, target)
    post.status_since = work.now
    if target is not PostStatus.PUBLISH_FAILED:
        post.problem = None
    work.audit(
        "post.moved", subject_kind="post", subject_id=post.id, from_state=current, to_state=target, reason=reason,
        detail={"title": post.title, "version": post.version, "seal": post.seal}, tenant_id=post.tenant_id,
    )  # fmt: skip


def move_period(work: UnitOfWork, period: DeliverablePeriod, target: PeriodStatus, reason: str = "") -> None:
    """Move a deliverable period."""
    current = PeriodStatus(period.status)
    period.status = PERIOD.check(current, target)
    if target is PeriodStatus.COMPLETED:
        period.completed_at = work.now
    work.audit(
        "period.moved", subject_kind="period", subject_id=period.id, from_state=current, to_state=target,
        reason=reason, tenant_id=period.tenant_id,
    )  # fmt: skip
