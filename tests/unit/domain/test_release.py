"""Why is it not out yet? The order of the answers, and what must never be called ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.domain.release import Hold, ReleaseFacts, ReleaseState, judge_release

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOLD = Hold(scope=HoldScope.TENANT, reason="Wrong prices", set_by="Tina", set_at=NOW - HOUR)
READY = ReleaseFacts(
    post_status=PostStatus.APPROVED, published_url=None, approval_status=ApprovalStatus.APPROVED, approval_seal="seal",
    current_seal="seal", approved_at=NOW - HOUR, undo_until=NOW - HOUR, waiting_since=NOW - HOUR, publish_at=None,
    late_allowed_at=None, window=24 * HOUR, holds=(), channel_name="Acme blog", channel_status=ChannelStatus.CONNECTED,
    sent_last_hour=0, hourly_cap=30, publication=None, publication_error=None, lease_until=None, retry_at=None,
)  # fmt: skip
IN_DOUBT = {PublicationState.SENDING, PublicationState.UNCONFIRMED}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, ReleaseState.READY),
        ({"publication": PublicationState.INTENDED}, ReleaseState.READY),
        ({"post_status": PostStatus.PUBLISHED}, ReleaseState.OUT),
        ({"post_status": PostStatus.WRITING}, ReleaseState.NOT_WRITTEN),
        ({"approval_status": ApprovalStatus.OPEN}, ReleaseState.NOT_APPROVED),
        ({"approval_status": None}, ReleaseState.NOT_APPROVED),
        ({"current_seal": "another"}, ReleaseState.CHANGED),
        ({"undo_until": NOW + timedelta(seconds=1)}, ReleaseState.UNDO),
        ({"undo_until": NOW}, ReleaseState.READY),
        ({"holds": (HOLD,)}, ReleaseState.HELD),
        ({"publication": PublicationState.REFUSED}, ReleaseState.REFUSED),
        ({"publication": PublicationState.SENDING, "lease_until": NOW + HOUR}, ReleaseState.SENDING),
        ({"publication": PublicationState.SENDING, "lease_until": NOW}, ReleaseState.LOOK_FIRST),
        ({"publication": PublicationState.UNCONFIRMED}, ReleaseState.LOOK_FIRST),
        ({"publication": PublicationState.UNCONFIRMED, "retry_at": NOW + HOUR}, ReleaseState.RETRY_LATER),
        ({"publication": PublicationState.INTENDED, "retry_at": NOW + HOUR}, ReleaseState.RETRY_LATER),
        ({"publication": PublicationState.INTENDED, "retry_at": NOW}, ReleaseState.READY),
        ({"channel_status": None}, ReleaseState.CHANNEL),
        ({"channel_status": ChannelStatus.REVOKED}, ReleaseState.CHANNEL),
        ({"publish_at": NOW + HOUR}, ReleaseState.NOT_DUE),
        ({"publish_at": NOW}, ReleaseState.READY),
        ({"publish_at": NOW - 30 * HOUR, "approved_at": NOW - 30 * HOUR}, ReleaseState.MISSED),
        ({"publish_at": NOW - 30 * HOUR, "approved_at": NOW - HOUR}, ReleaseState.READY),
        ({"approved_at": NOW - 25 * HOUR}, ReleaseState.MISSED),
        ({"approved_at": NOW - 25 * HOUR, "late_allowed_at": NOW - HOUR}, ReleaseState.READY),
        ({"approved_at": NOW - 50 * HOUR, "late_allowed_at": NOW - 25 * HOUR}, ReleaseState.MISSED),
        ({"sent_last_hour": 30}, ReleaseState.CAPPED),
    ],
)
def test_each_reason_has_its_answer(changes: dict[str, Any], state: ReleaseState) -> None:
    """One changed fact, one answer, in a sentence."""
    verdict = judge_release(replace(READY, **changes), NOW)
    assert verdict.state is state
    assert verdict.sentence.endswith((".", "prices", "None."))


@pytest.mark.parametrize("state", sorted(IN_DOUBT))
def test_a_call_in_doubt_is_looked_for_even_when_its_time_is_over(state: PublicationState) -> None:
    """Window, cap and channel's hour are about sending; a look only reads."""
    facts = replace(READY, publication=state, lease_until=NOW - HOUR, approved_at=NOW - 90 * HOUR, sent_last_hour=99)
    assert judge_release(facts, NOW).may_look


def test_the_verdict_names_who_holds_it_and_why() -> None:
    """People read whom to ask."""
    verdict = judge_release(replace(READY, holds=(HOLD,)), NOW)
    assert verdict.sentence == "This tenant's publishing is held by Tina: Wrong prices"
    assert (verdict.waits_for, verdict.since) == ("Tina", HOLD.set_at)


instants = st.none() | st.integers(-100, 100).map(lambda hours: NOW + hours * HOUR)


@given(
    st.builds(
        ReleaseFacts, post_status=st.sampled_from(PostStatus), published_url=st.none(),
        approval_status=st.none() | st.sampled_from(ApprovalStatus), approval_seal=st.sampled_from(["seal", None]),
        current_seal=st.sampled_from(["seal", "other", None]), approved_at=instants, undo_until=instants,
        waiting_since=instants, publish_at=instants, late_allowed_at=instants, window=st.just(24 * HOUR),
        holds=st.sampled_from([(), (HOLD,)]), channel_name=st.just("Acme blog"),
        channel_status=st.none() | st.sampled_from(ChannelStatus), sent_last_hour=st.integers(0, 3),
        hourly_cap=st.integers(1, 3), publication=st.none() | st.sampled_from(PublicationState),
        publication_error=st.none(), lease_until=instants, retry_at=instants,
    )
)  # fmt: skip
def test_ready_means_that_nothing_speaks_against_it(facts: ReleaseFacts) -> None:
    """Whatever the facts: no call without a standing approval of exactly this, in its time, nothing being in doubt."""
    verdict = judge_release(facts, NOW)
    assert not (verdict.may_send and verdict.may_look)
    if verdict.may_look:
        assert facts.publication in IN_DOUBT
    if not verdict.may_send:
        return
    assert facts.approval_status is ApprovalStatus.APPROVED
    assert facts.approval_seal == facts.current_seal
    assert facts.undo_until is None or facts.undo_until <= NOW
    assert facts.holds == ()
    assert facts.channel_status is ChannelStatus.CONNECTED
    assert facts.publication not in {*IN_DOUBT, PublicationState.REFUSED}
    assert facts.retry_at is None or facts.retry_at <= NOW
    assert facts.due_at is None or facts.due_at <= NOW <= facts.due_at + facts.window
    assert facts.sent_last_hour < facts.hourly_cap
