"""Sessions: one execution of an activity, with its transcript and cost."""

from __future__ import annotations

from enum import StrEnum

from leadmetrics_pipelines.domain.states import StateMachine, table


class SessionStatus(StrEnum):
    """Where a session stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_HUMAN = "waiting_human"
    AWAITING_TOOL = "awaiting_tool"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = SessionStatus

SESSION = StateMachine(
    "session",
    table(
        {
            _S.PENDING: {_S.RUNNING, _S.CANCELLED},
            _S.RUNNING: {_S.WAITING_HUMAN, _S.AWAITING_TOOL, _S.COMPLETED, _S.FAILED, _S.CANCELLED},
            _S.WAITING_HUMAN: {_S.RUNNING, _S.COMPLETED, _S.CANCELLED},
            _S.AWAITING_TOOL: {_S.RUNNING, _S.FAILED, _S.CANCELLED},
            _S.COMPLETED: set(),
            _S.FAILED: set(),
            _S.CANCELLED: set(),
        }
    ),
)
