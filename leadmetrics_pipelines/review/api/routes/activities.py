"""Activities and sessions: what agents and people do, how it went, and the three ways out of a failure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.sessions import SessionStatus
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.api.authentication import Reader, Unblocker
from leadmetrics_pipelines.review.api.schemas import Facts, In, Listed, Out, PostIn, ReasonIn, RequestIn
from leadmetrics_pipelines.services import listings
from leadmetrics_pipelines.services import work as claims
from leadmetrics_pipelines.services.outcomes import complete_by_hand

router = APIRouter(tags=["activities"])


class ActivityOut(Out):
    """A work item of an agent or a person."""

    id: UUID
    period_id: UUID | None
    request_id: UUID | None
    step_key: str
    name: str
    assignee: str
    agent_role: str | None
    human_role: str | None
    status: ActivityStatus
    attempt: int
    ready_at: datetime
    problem: str | None
    run_id: str | None = Field(description="The Dagster run that worked on it last.")
    created_at: datetime
    status_since: datetime
    completed_at: datetime | None


class SessionOut(Out):
    """One execution. `cost_microusd` is null when the model's price is not known."""

    id: UUID
    activity_id: UUID
    agent_role: str
    status: SessionStatus
    error: str | None
    input_tokens: int
    output_tokens: int
    cost_microusd: int | None
    run_id: str | None
    started_at: datetime
    ended_at: datetime | None


class EventOut(Out):
    """One line of a transcript."""

    position: int
    kind: str
    body: Facts
    at: datetime


class ModelCallOut(Out):
    """One call of a language model."""

    model: str
    stop_reason: str
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    cost_microusd: int | None
    request_id: str | None
    milliseconds: int
    at: datetime


class ActivityDetailOut(ActivityOut):
    """An activity with its executions, newest first, and the notes the next one takes up."""

    notes: list[Facts]
    sessions: list[SessionOut]


class SessionRecordOut(Out):
    """An execution with its transcript and model calls."""

    session: SessionOut
    events: list[EventOut]
    calls: list[ModelCallOut]


class CompleteIn(In):
    """A result given by hand: `post` for writing, `topics` for research."""

    post: PostIn | None = None
    topics: list[RequestIn] | None = Field(default=None, min_length=1, max_length=500)


@router.get("/activities", summary="List activities")
def list_activities(
    caller: Reader, status: ActivityStatus | None = None, period_id: UUID | None = None,
    request_id: UUID | None = None, after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = listings.PAGE,
) -> Listed[ActivityOut]:  # fmt: skip
    """Activities, newest first."""
    with caller.work() as work:
        found = listings.list_activities(
            work, status=status, period_id=period_id, request_id=request_id, after=after, limit=limit
        )
    return Listed[ActivityOut].model_validate(found)


@router.get("/activities/{activity_id}", summary="One activity")
def get_activity(caller: Reader, activity_id: UUID) -> ActivityDetailOut:
    """Its state, problem, notes and executions."""
    with caller.work() as work:
        row = claims.get_activity(work, activity_id)
        sessions = [SessionOut.model_validate(session) for session in listings.list_sessions(work, activity_id)]
        plain = ActivityOut.model_validate(row).model_dump()
        return ActivityDetailOut(**plain, notes=row.notes, sessions=sessions)


@router.get("/sessions/{session_id}", summary="One session")
def get_session(caller: Reader, session_id: UUID) -> SessionRecordOut:
    """Transcript, model calls, tokens and cost of one execution."""
    with caller.work() as work:
        return SessionRecordOut.model_validate(listings.read_session(work, session_id))


@router.post("/activities/{activity_id}/retry", summary="Try failed work again")
def retry_activity(caller: Unblocker, activity_id: UUID) -> ActivityOut:
    """First way out of a failure: again, with a fresh budget."""
    with caller.work() as work:
        return ActivityOut.model_validate(claims.retry_activity(work, activity_id))


@router.post("/activities/{activity_id}/complete", summary="Give the result by hand")
def complete(caller: Unblocker, activity_id: UUID, body: CompleteIn) -> ActivityOut:
    """Second way out: a person gives the result. It goes to approval, and its giver cannot be its only approver."""
    if (body.post is None) == (body.topics is None):
        raise InvalidInput("Give `post` (the words of a post) or `topics` (a list of briefs).", field="post")
    output = body.post.content_value() if body.post else [topic.brief_value() for topic in body.topics or []]
    with caller.work() as work:
        return ActivityOut.model_validate(complete_by_hand(work, activity_id, output))


@router.post("/activities/{activity_id}/cancel", summary="Cancel work")
def cancel(caller: Unblocker, activity_id: UUID, body: ReasonIn) -> ActivityOut:
    """Last way out: nobody does this any more this month."""
    with caller.work() as work:
        return ActivityOut.model_validate(claims.cancel_activity(work, activity_id, body.reason))
