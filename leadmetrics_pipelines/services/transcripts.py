"""Sessions as they are lived: begun with the claim, written line by line, ended with their cost.

Each line is committed at once, so that a crash loses none, and a model call that was paid for is never forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from leadmetrics_pipelines.agents.calls import ModelCall
from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.domain.sessions import SessionStatus
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.sessions import cancel_sessions, settle_session
from leadmetrics_pipelines.services.work import Claim
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent


@dataclass
class Transcript:
    """The open session of one claim."""

    runtime: Runtime
    actor: Actor
    tenant_id: UUID
    session_id: UUID
    position: int = 0

    def add(self, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        """Write one line, in a transaction of its own."""
        self.position += 1
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=self.actor) as work:
            work.session.add(
                SessionEvent(
                    tenant_id=self.tenant_id, session_id=self.session_id, position=self.position, kind=kind,
                    body={"summary": summary, **data}, at=work.now,
                )
            )  # fmt: skip

    def add_call(self, call: ModelCall) -> None:
        """Keep what a model call cost, in a transaction of its own."""
        with self.runtime.unit_of_work(tenant=self.tenant_id, actor=self.actor) as work:
            work.session.add(
                ModelCallRow(
                    tenant_id=self.tenant_id, session_id=self.session_id, model=call.model,
                    stop_reason=call.stop_reason, input_tokens=call.input_tokens,
                    cache_read_tokens=call.cache_read_tokens, cache_write_tokens=call.cache_write_tokens,
                    output_tokens=call.output_tokens, cost_microusd=call.cost_microusd, request_id=call.request_id,
                    milliseconds=call.milliseconds, at=work.now,
                )
            )  # fmt: skip


def begin_session(work: UnitOfWork, runtime: Runtime, claim: Claim, run_id: str | None) -> Transcript:
    """Open the session of a claim; sessions that earlier owners left open are cancelled."""
    cancel_sessions(work, [claim.activity_id], "Its worker was given up.")
    session = Session(
        id=new_id(), tenant_id=claim.tenant_id, activity_id=claim.activity_id, agent_role=claim.agent_role,
        fence=claim.fence, status=SessionStatus.RUNNING, run_id=run_id, started_at=work.now,
    )  # fmt: skip
    work.session.add(session)
    work.session.flush()
    return Transcript(runtime=runtime, actor=work.actor, tenant_id=claim.tenant_id, session_id=session.id)


def end_session(work: UnitOfWork, transcript: Transcript, target: SessionStatus, error: str | None = None) -> None:
    """Close the session with the sum of its calls; see `settle_session`."""
    session = work.session.get_one(Session, transcript.session_id, with_for_update=True, populate_existing=True)
    settle_session(work, session, target, error)
