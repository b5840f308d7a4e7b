"""One activity: its life cycle, its sessions with their transcripts and model calls, and what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.sessions import SessionStatus
from leadmetrics_pipelines.services.views.audit_trail import AuditLine, read_trail_of
from leadmetrics_pipelines.services.views.item_parts import PeriodView, read_surroundings
from leadmetrics_pipelines.services.work import get_activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent

MOST_SESSIONS = 20


@dataclass(frozen=True, kw_only=True)
class EventView:
    """One line of a transcript."""

    at: datetime
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ModelCallView:
    """One call of a language model. Cost in micro-USD, None when the price is not known."""

    at: datetime
    model: str
    stop_reason: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_microusd: int | None
    milliseconds: int


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """One execution."""

    id: UUID
    agent_role: str
    status: SessionStatus
    error: str | None
    input_tokens: int
    output_tokens: int
    cost_microusd: int | None
    run_id: str | None
    started_at: datetime
    ended_at: datetime | None
    events: tuple[EventView, ...]
    calls: tuple[ModelCallView, ...]


@dataclass(frozen=True, kw_only=True)
class ActivityPage:
    """An activity with all that belongs to it."""

    id: UUID
    name: str
    step_key: str
    status: ActivityStatus
    status_since: datetime
    assignee: str
    agent_role: str | None
    human_role: str | None
    attempt: int
    claimed_by: str | None
    lease_until: datetime | None
    ready_at: datetime
    problem: str | None
    notes: Sequence[Mapping[str, Any]]
    run_id: str | None
    created_at: datetime
    completed_at: datetime | None
    period: PeriodView | None
    request_id: UUID | None
    request_title: str | None
    post_id: UUID | None
    post_title: str | None
    public_url: str | None
    sessions: tuple[SessionView, ...]
    trail: tuple[AuditLine, ...]


def read_activity_page(work: UnitOfWork, activity_id: UUID) -> ActivityPage:
    """The page of an activity. Raises NotFound."""
    row = get_activity(work, activity_id)
    period, _ = read_surroundings(work, period_id=row.period_id, channel_id=None)
    links = work.session.execute(
        select(ContentRequest.title, Post.id, Post.title.label("post_title"), Post.published_url)
        .outerjoin(Post, Post.id == row.post_id)
        .where(ContentRequest.id == row.request_id)
    ).one_or_none()
    return ActivityPage(
        id=row.id, name=row.name, step_key=row.step_key, status=ActivityStatus(row.status),
        status_since=row.status_since, assignee=row.assignee, agent_role=row.agent_role, human_role=row.human_role,
        attempt=row.attempt, claimed_by=row.claimed_by, lease_until=row.lease_until, ready_at=row.ready_at,
        problem=row.problem, notes=row.notes, run_id=row.run_id, created_at=row.created_at,
        completed_at=row.completed_at, period=period, request_id=row.request_id,
        request_title=links.title if links else None, post_id=links.id if links else None,
        post_title=links.post_title if links else None, public_url=links.published_url if links else None,
        sessions=_read_sessions(work, activity_id), trail=read_trail_of(work, str(activity_id)),
    )  # fmt: skip


def _read_sessions(work: UnitOfWork, activity_id: UUID) -> tuple[SessionView, ...]:
    rows = work.session.scalars(
        select(Session)
        .where(Session.activity_id == activity_id)
        .order_by(Session.started_at.desc())
        .limit(MOST_SESSIONS)
    ).all()
    ids = [row.id for row in rows]
    events: defaultdict[UUID, list[EventView]] = defaultdict(list)
    calls: defaultdict[UUID, list[ModelCallView]] = defaultdict(list)
    lines = select(SessionEvent).where(SessionEvent.session_id.in_(ids)).order_by(SessionEvent.position)
    for line in work.session.scalars(lines):
        events[line.session_id].append(EventView(at=line.at, kind=line.kind, body=line.body))
    for call in work.session.scalars(
        select(ModelCallRow).where(ModelCallRow.session_id.in_(ids)).order_by(ModelCallRow.at)
    ):
        calls[call.session_id].append(
            ModelCallView(
                at=call.at, model=call.model, stop_reason=call.stop_reason, input_tokens=call.input_tokens,
                cached_tokens=call.cache_read_tokens, output_tokens=call.output_tokens,
                cost_microusd=call.cost_microusd, milliseconds=call.milliseconds,
            )
        )  # fmt: skip
    return tuple(
        SessionView(
            id=row.id, agent_role=row.agent_role, status=SessionStatus(row.status), error=row.error,
            input_tokens=row.input_tokens, output_tokens=row.output_tokens, cost_microusd=row.cost_microusd,
            run_id=row.run_id, started_at=row.started_at, ended_at=row.ended_at, events=tuple(events[row.id]),
            calls=tuple(calls[row.id]),
        )
        for row in rows
    )  # fmt: skip
