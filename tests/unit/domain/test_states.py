"""Every life cycle: which moves there are, which states are final, and what a refusal says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from leadmetrics_pipelines.domain.activities import ACTIVITY, CLAIMABLE, OPEN, ActivityStatus
from leadmetrics_pipelines.domain.approvals import APPROVAL, OUTCOME, ApprovalStatus, Decision, DecisionEvent
from leadmetrics_pipelines.domain.channels import CHANNEL, ChannelStatus
from leadmetrics_pipelines.domain.content import POST, REQUEST, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import PERIOD, PeriodStatus
from leadmetrics_pipelines.domain.publications import PUBLICATION, PublicationState
from leadmetrics_pipelines.domain.sessions import SESSION, SessionStatus
from leadmetrics_pipelines.domain.states import StateMachine, TransitionRefused
from leadmetrics_pipelines.errors import Conflict

# Written down a second time on purpose, as text: a slip in a table must show as a difference between two texts.
TABLES: dict[str, tuple[StateMachine[Any], type[StrEnum], str]] = {
    "activity": (ACTIVITY, ActivityStatus, """
        created: assigned blocked cancelled skipped
        assigned: blocked cancelled completed created in_progress skipped
        in_progress: assigned awaiting_approval blocked cancelled completed failed
        awaiting_approval: approved cancelled rejected
        approved: awaiting_approval cancelled completed failed
        completed: assigned awaiting_approval
        rejected: awaiting_approval cancelled failed in_progress
        failed: assigned awaiting_approval cancelled completed
        blocked: assigned cancelled completed created skipped
        skipped:
        cancelled:"""),
    "approval": (APPROVAL, ApprovalStatus, """
        open: approved cancelled changes_requested rejected superseded
        approved: cancelled open superseded
        rejected: open
        changes_requested: open
        superseded:
        cancelled:"""),
    "channel": (CHANNEL, ChannelStatus, """
        pending: connected disconnected revoked
        connected: disconnected expired revoked
        expired: connected disconnected revoked
        revoked: connected disconnected
        disconnected: connected pending"""),
    "request": (REQUEST, RequestStatus, """
        draft: closed pending_approval
        pending_approval: approved closed rejected
        approved: closed in_progress pending_approval
        in_progress: closed completed
        completed:
        rejected: closed draft pending_approval
        closed:"""),
    "post": (POST, PostStatus, """
        draft: writing
        writing: draft review
        review: approved writing
        approved: publish_failed published review scheduled
        scheduled: approved publish_failed published review
        published:
        publish_failed: approved published review"""),
    "deliverable period": (PERIOD, PeriodStatus, """
        planned: active dm_review missed
        dm_review: active client_preview rejected
        client_preview: active rejected
        active: completed missed
        missed: active completed
        completed:
        rejected: planned"""),
    "publication": (PUBLICATION, PublicationState, """
        intended: confirmed refused sending
        sending: confirmed intended refused unconfirmed
        confirmed:
        refused: intended
        unconfirmed: confirmed intended refused"""),
    "session": (SESSION, SessionStatus, """
        pending: cancelled running
        running: awaiting_tool cancelled completed failed waiting_human
        waiting_human: cancelled completed running
        awaiting_tool: cancelled failed running
        completed:
        failed:
        cancelled:"""),
}  # fmt: skip


def expected_moves(text: str) -> dict[str, list[str]]:
    lines = (line.strip().partition(":") for line in text.strip().splitlines())
    return {state: targets.split() for state, _, targets in lines}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_exactly_the_moves_it_should(name: str) -> None:
    """Every pair of states is either a move that is written down here, or refused."""
    machine, states, text = TABLES[name]
    assert machine.name == name
    assert {state: sorted(machine.moves.get(state, ())) for state in states} == expected_moves(text)


@pytest.mark.parametrize("name", TABLES)
def test_check_returns_the_target_or_refuses(name: str) -> None:
    """All pairs, those of a state with itself included: staying is no move."""
    machine, states, text = TABLES[name]
    moves = expected_moves(text)
    for current in states:
        for target in states:
            if target in moves[current]:
                assert machine.check(current, target) is target
            else:
                with pytest.raises(TransitionRefused):
                    machine.check(current, target)


@pytest.mark.parametrize("name", TABLES)
def test_final_states_are_those_without_a_move(name: str) -> None:
    """Nothing follows them, and the refusal says so."""
    machine, states, text = TABLES[name]
    final = {state for state, targets in expected_moves(text).items() if not targets}
    assert {state for state in states if machine.is_final(state)} == final


def test_a_refusal_names_thing_states_and_what_is_possible() -> None:
    """It is shown to people, and it is a conflict: somebody else moved the thing first."""
    with pytest.raises(
        TransitionRefused,
        match=r"^A request that is rejected cannot become approved\. From here: closed, draft, pending",
    ):
        REQUEST.check(RequestStatus.REJECTED, RequestStatus.APPROVED)
    with pytest.raises(Conflict, match="From here: nothing: this state is final"):
        POST.check(PostStatus.PUBLISHED, PostStatus.REVIEW)


def test_what_may_be_claimed_is_still_open() -> None:
    """And from there an activity can be taken up or was never left."""
    assert set(CLAIMABLE) <= set(OPEN)
    assert all(ACTIVITY.allows(state, ActivityStatus.IN_PROGRESS) for state in CLAIMABLE)
    assert not {ActivityStatus.COMPLETED, ActivityStatus.SKIPPED, ActivityStatus.CANCELLED} & set(OPEN)


def test_each_decision_has_an_outcome_that_an_open_approval_can_take_and_a_word_in_the_record() -> None:
    """A log that cannot tell approve from deny is worth nothing."""
    assert set(OUTCOME) == set(Decision)
    assert len(set(OUTCOME.values())) == len(Decision)
    for outcome in OUTCOME.values():
        assert APPROVAL.allows(ApprovalStatus.OPEN, outcome)
        assert APPROVAL.allows(outcome, ApprovalStatus.OPEN), "every decision can be undone"
        assert DecisionEvent(outcome)
