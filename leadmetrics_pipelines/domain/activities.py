"""Activities: one life cycle for agents and people (mission 1, "Activity Lifecycle")."""

from __future__ import annotations

from enum import StrEnum

from leadmetrics_pipelines.domain.states import StateMachine, table


class AssigneeKind(StrEnum):
    """Who carries an activity out."""

    AGENT = "agent"
    HUMAN = "human"


class ActivityStatus(StrEnum):
    """Where an activity stands."""

    CREATED = "created"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


_S = ActivityStatus

ACTIVITY = StateMachine(
    "activity",
    table({
        _S.CREATED: {_S.ASSIGNED, _S.BLOCKED, _S.SKIPPED, _S.CANCELLED},
        _S.ASSIGNED: {_S.CREATED, _S.IN_PROGRESS, _S.BLOCKED, _S.SKIPPED, _S.CANCELLED, _S.COMPLETED},
        # Back to assigned: the worker died and its lease ran out.
        _S.IN_PROGRESS: {_S.AWAITING_APPROVAL, _S.COMPLETED, _S.FAILED, _S.ASSIGNED, _S.BLOCKED, _S.CANCELLED},
        # Back to in_progress by way of rejected; straight to cancelled when its request is closed.
        _S.AWAITING_APPROVAL: {_S.APPROVED, _S.REJECTED, _S.CANCELLED},
        # Back to awaiting_approval: the decision was undone, or what was approved changed before it was sent.
        _S.APPROVED: {_S.COMPLETED, _S.AWAITING_APPROVAL, _S.FAILED, _S.CANCELLED},
        _S.REJECTED: {_S.IN_PROGRESS, _S.AWAITING_APPROVAL, _S.CANCELLED, _S.FAILED},
        # The three ways out of a failure: try again, give the result by hand, cancel (mission 2, "Error Handling").
        _S.FAILED: {_S.ASSIGNED, _S.AWAITING_APPROVAL, _S.COMPLETED, _S.CANCELLED},
        _S.BLOCKED: {_S.ASSIGNED, _S.CREATED, _S.CANCELLED, _S.SKIPPED, _S.COMPLETED},
        # Reopened: an approval was undone, or approved content changed before it was sent.
        _S.COMPLETED: {_S.ASSIGNED, _S.AWAITING_APPROVAL},
        _S.SKIPPED: set(),
        _S.CANCELLED: set(),
    }),
)  # fmt: skip

# States in which an agent's activity may be claimed by a worker.
CLAIMABLE = (_S.ASSIGNED, _S.REJECTED)
# States that still want something from somebody.
OPEN = (_S.CREATED, _S.ASSIGNED, _S.IN_PROGRESS, _S.AWAITING_APPROVAL, _S.APPROVED, _S.REJECTED, _S.FAILED, _S.BLOCKED)
