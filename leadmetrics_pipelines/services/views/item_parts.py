"""The parts an item page is made of: its approval, decisions, comments, work and cost. Used by `item.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, true

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, DecisionEvent, SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval, DecisionRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Comment, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.publications.models import Publication
from leadmetrics_pipelines.storage.sessions.models import Session

MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class ApprovalView:
    """A gate: open, or how it was decided. Instants are UTC."""

    id: UUID
    subject_kind: SubjectKind
    subject_version: int
    status: ApprovalStatus
    seal: str
    cause: str
    asked_by: str
    due_at: datetime | None
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    decided_by_user_id: UUID | None
    reason: str | None
    undo_until: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.status is ApprovalStatus.OPEN


@dataclass(frozen=True, kw_only=True)
class DecisionView:
    """One line of the record of decisions."""

    at: datetime
    event: DecisionEvent
    subject_kind: SubjectKind
    version: int
    actor_name: str
    actor_kind: str
    route: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CommentView:
    """One remark."""

    at: datetime
    author_name: str
    author_kind: str
    body: str


@dataclass(frozen=True, kw_only=True)
class PeriodView:
    """The month of a deliverable that an item counts for."""

    id: UUID
    deliverable_name: str
    goal: str
    month: Month
    completed: int
    target: int


@dataclass(frozen=True, kw_only=True)
class ChannelView:
    """Where an item goes."""

    id: UUID
    name: str
    platform: str
    base_url: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """One activity of an item, with what its sessions took. Cost is in micro-USD, None when no price is known."""

    id: UUID
    name: str
    step_key: str
    status: ActivityStatus
    status_since: datetime
    assignee: str
    agent_role: str | None
    problem: str | None
    sessions: int
    tokens: int
    cost_microusd: int | None


@dataclass(frozen=True, kw_only=True)
class PostLine:
    """One post of a request."""

    id: UUID
    title: str
    status: PostStatus
    channel_name: str | None
    platform: str | None
    published_url: str | None


@dataclass(frozen=True, kw_only=True)
class PublicationView:
    """The ledger's row of a post."""

    state: PublicationState
    attempt: int
    error: str | None
    remote_url: str | None
    run_id: str | None
    sent_at: datetime | None
    settled_at: datetime | None


def read_approvals(work: UnitOfWork, subject_id: UUID) -> tuple[ApprovalView, ...]:
    """The gates of a subject: the open one first, then the newest."""
    query = (
        select(Approval)
        .where(Approval.subject_id == subject_id)
        .order_by(
            case((Approval.status == ApprovalStatus.OPEN, 0), else_=1),
            Approval.decided_at.desc().nulls_last(), Approval.opened_at.desc(), Approval.id.desc(),
        )
        .limit(20)
    )  # fmt: skip
    return tuple(view_approval(row) for row in work.session.scalars(query))


def view_approval(row: Approval) -> ApprovalView:
    """The row as a value."""
    return ApprovalView(
        id=row.id, subject_kind=SubjectKind(row.subject_kind), subject_version=row.subject_version,
        status=ApprovalStatus(row.status), seal=row.seal, cause=row.cause, asked_by=row.asked_by, due_at=row.due_at,
        opened_at=row.opened_at, decided_at=row.decided_at, decided_by=row.decided_by,
        decided_by_user_id=row.decided_by_user_id, reason=row.reason, undo_until=row.undo_until,
    )  # fmt: skip


def read_decisions(work: UnitOfWork, subject_ids: Sequence[UUID]) -> tuple[DecisionView, ...]:
    """The record of decisions on these subjects, newest first."""
    query = (
        select(DecisionRow)
        .where(DecisionRow.tenant_id == work.tenant_id, DecisionRow.subject_id.in_(subject_ids))
        .order_by(DecisionRow.at.desc(), DecisionRow.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        DecisionView(
            at=row.at, event=DecisionEvent(row.event), subject_kind=SubjectKind(row.subject_kind),
            version=row.subject_version, actor_name=row.actor_name, actor_kind=row.actor_kind, route=row.route,
            reason=row.reason,
        )
        for row in work.session.scalars(query)
    )  # fmt: skip


def read_comments(work: UnitOfWork, subject_ids: Sequence[UUID]) -> tuple[CommentView, ...]:
    """The remarks on these subjects, oldest first."""
    query = (
        select(Comment)
        .where(Comment.tenant_id == work.tenant_id, Comment.subject_id.in_(subject_ids))
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST_SHOWN)
    )
    return tuple(
        CommentView(at=row.created_at, author_name=row.author_name, author_kind=row.author_kind, body=row.body)
        for row in work.session.scalars(query)
    )


def read_surroundings(
    work: UnitOfWork, *, period_id: UUID | None, channel_id: UUID | None
) -> tuple[PeriodView | None, ChannelView | None]:
    """The period and the channel of an item."""
    period = channel = None
    if period_id is not None:
        row = work.session.execute(
            select(DeliverablePeriod, Deliverable.name, Deliverable.goal)
            .join(Deliverable, Deliverable.id == DeliverablePeriod.deliverable_id)
            .where(DeliverablePeriod.id == period_id)
        ).one()
        period = PeriodView(
            id=period_id, deliverable_name=row.name, goal=row.goal, month=Month(row.DeliverablePeriod.month),
            completed=row.DeliverablePeriod.completed_count, target=row.DeliverablePeriod.target_quantity,
        )  # fmt: skip
    if channel_id is not None:
        found = work.session.get_one(Channel, channel_id)
        channel = ChannelView(
            id=found.id, name=found.name, platform=found.platform, base_url=found.base_url, status=found.status
        )
    return period, channel


def read_posts_of(work: UnitOfWork, request_id: UUID) -> tuple[PostLine, ...]:
    """The posts a request became, one per channel, in the order they were made."""
    query = (
        select(Post.id, Post.title, Post.status, Post.published_url, Channel.name, Channel.platform)
        .outerjoin(Channel, Channel.id == Post.channel_id)
        .where(Post.request_id == request_id)
        .order_by(Post.id)
    )
    return tuple(
        PostLine(
            id=row.id, title=row.title, status=PostStatus(row.status), channel_name=row.name, platform=row.platform,
            published_url=row.published_url,
        )
        for row in work.session.execute(query)
    )  # fmt: skip


def read_activities(
    work: UnitOfWork, *, request_id: UUID, period_id: UUID | None, post_id: UUID | None = None
) -> tuple[ActivityLine, ...]:
    """The activities of a request (or of one post of it), and those of its period that come before, first to last."""
    mine = Activity.request_id == request_id if post_id is None else Activity.post_id == post_id
    if period_id is not None:
        mine = or_(mine, and_(Activity.period_id == period_id, Activity.request_id.is_(None)))
    took: Any = (
        select(
            func.count(Session.id).label("sessions"),
            func.coalesce(func.sum(Session.input_tokens + Session.output_tokens), 0).label("tokens"),
            func.sum(Session.cost_microusd).label("cost"),
        )
        .where(Session.activity_id == Activity.id)
        .lateral("took")
    )
    query = (
        select(Activity, took.c.sessions, took.c.tokens, took.c.cost)
        .join(took, onclause=true())
        .where(Activity.tenant_id == work.tenant_id, mine)
        .order_by(Activity.created_at, Activity.id)
        .limit(MOST_SHOWN)
    )
    return tuple(
        ActivityLine(
            id=row.Activity.id, name=row.Activity.name, step_key=row.Activity.step_key,
            status=ActivityStatus(row.Activity.status), status_since=row.Activity.status_since,
            assignee=row.Activity.assignee, agent_role=row.Activity.agent_role, problem=row.Activity.problem,
            sessions=row.sessions, tokens=int(row.tokens), cost_microusd=None if row.cost is None else int(row.cost),
        )
        for row in work.session.execute(query)
    )  # fmt: skip


def read_publication(work: UnitOfWork, post_id: UUID) -> PublicationView | None:
    """The newest way out of a post, if any was begun."""
    row = work.session.scalar(
        select(Publication)
        .where(Publication.post_id == post_id, Publication.part == "post")
        .order_by(Publication.intended_at.desc())
        .limit(1)
    )
    if row is None:
        return None
    return PublicationView(
        state=PublicationState(row.state), attempt=row.attempt, error=row.error, remote_url=row.remote_url,
        run_id=row.run_id, sent_at=row.sent_at, settled_at=row.settled_at,
    )  # fmt: skip
