"""Closing sessions that nobody will end any more, with what they cost. Lives apart so that claims can use it, too."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.sessions import SESSION, SessionStatus
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session


def cancel_sessions(work: UnitOfWork, activity_ids: Sequence[UUID], why: str) -> None:
    """Cancel what is still open of these activities' sessions: the worker died, or the work is not wanted any more."""
    still_open = [status for status in SessionStatus if not SESSION.is_final(status)]
    query = select(Session).where(Session.activity_id.in_(activity_ids), Session.status.in_(still_open))
    for session in work.session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        settle_session(work, session, SessionStatus.CANCELLED, why)


def settle_session(work: UnitOfWork, session: Session, target: SessionStatus, error: str | None) -> None:
    """Close a session with the sum of its calls. One that was given up stays so, with a true sum."""
    if not SESSION.is_final(SessionStatus(session.status)):
        session.status = SESSION.check(SessionStatus(session.status), target)
        session.error, session.ended_at = error, work.now
    tokens_in = ModelCallRow.input_tokens + ModelCallRow.cache_read_tokens + ModelCallRow.cache_write_tokens
    totals = work.session.execute(
        select(
            func.coalesce(func.sum(tokens_in), 0), func.coalesce(func.sum(ModelCallRow.output_tokens), 0),
            # One call without a known price makes the sum unknown, not smaller.
            func.sum(ModelCallRow.cost_microusd), func.count(), func.count(ModelCallRow.cost_microusd),
        ).where(ModelCallRow.session_id == session.id)
    ).one()  # fmt: skip
    session.input_tokens, session.output_tokens = int(totals[0]), int(totals[1])
    session.cost_microusd = int(totals[2]) if totals[2] is not None and totals[3] == totals[4] else None
