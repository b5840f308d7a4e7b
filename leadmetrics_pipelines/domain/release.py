"""May this post go out now, and if not, why not? One function answers; the publisher and every page use it.

Pure: `services/release.py` gathers the facts. The order of the questions is the order in which a person would ask them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PublicationState


class ReleaseState(StrEnum):
    """Why a post is, or is not, out."""

    OUT = "out"
    READY = "ready"
    NOT_WRITTEN = "not_written"
    NOT_APPROVED = "not_approved"
    CHANGED = "changed"
    UNDO = "undo"
    REFUSED = "refused"
    SENDING = "sending"
    LOOK_FIRST = "look_first"
    HELD = "held"
    CHANNEL = "channel"
    NOT_DUE = "not_due"
    MISSED = "missed"
    CAPPED = "capped"
    RETRY_LATER = "retry_later"
    QUOTA = "quota"
    PROCESSING = "processing"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """One kill switch that is on."""

    scope: HoldScope
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """All that the answer depends on. Instants are UTC."""

    post_status: PostStatus
    published_url: str | None
    approval_status: ApprovalStatus | None
    approval_seal: str | None
    current_seal: str | None
    approved_at: datetime | None
    undo_until: datetime | None
    waiting_since: datetime | None
    publish_at: datetime | None
    late_allowed_at: datetime | None
    window: timedelta
    holds: tuple[Hold, ...]
    channel_name: str | None
    channel_status: ChannelStatus | None
    sent_last_hour: int
    hourly_cap: int
    publication: PublicationState | None
    publication_error: str | None
    lease_until: datetime | None
    retry_at: datetime | None
    # The ledger's code for its last trouble, and why the channel is not connected.
    publication_code: str | None = None
    channel_reason: str | None = None

    @property
    def due_at(self) -> datetime | None:
        """When it should go out: its slot, a person's late permission, or as soon as it was approved."""
        if self.late_allowed_at is not None:
            return self.late_allowed_at
        if self.publish_at is not None and self.approved_at is not None:
            return max(self.publish_at, self.approved_at)
        return self.publish_at or self.approved_at


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer: a state, a sentence for people, and what they can do."""

    state: ReleaseState
    sentence: str
    waits_for: str = ""
    since: datetime | None = None
    next_step: str = ""

    @property
    def may_send(self) -> bool:
        """Whether the publisher may make the call that writes."""
        return self.state is ReleaseState.READY

    @property
    def may_look(self) -> bool:
        """Whether the publisher should look on the site (reading only)."""
        return self.state is ReleaseState.LOOK_FIRST


_ACCEPTED = "Accepted"
# Waits that are nobody's fault, by the ledger's code.
_WAITS = {
    "QuotaUsedUp": (ReleaseState.QUOTA, "It goes out"),
    "StillProcessing": (ReleaseState.PROCESSING, "The publisher asks again"),
    _ACCEPTED: (ReleaseState.PROCESSING, "The publisher looks again"),
}
_LOOKS = {
    False: "It was sent, but no answer came back. The publisher looks on the platform before anything else.",
    True: "The platform took it in and works on it. The publisher looks whether it is public.",
}


def judge_release(facts: ReleaseFacts, now: datetime) -> Verdict:
    """Answer "why is this not out yet?"."""
    return (
        _judge_settled(facts)
        or _judge_approval(facts, now)
        or _judge_hold(facts)
        or _judge_attempt(facts, now)
        or _judge_channel(facts)
        or _judge_time(facts, now)
        or Verdict(
            state=ReleaseState.READY, sentence="Approved and due: it goes out with the publisher's next pass.",
            waits_for="the publisher", since=facts.due_at,
        )
    )  # fmt: skip


def _judge_settled(facts: ReleaseFacts) -> Verdict | None:
    if facts.post_status is PostStatus.PUBLISHED:
        return Verdict(state=ReleaseState.OUT, sentence=_say_out(facts))
    if facts.post_status in (PostStatus.DRAFT, PostStatus.WRITING):
        return Verdict(
            state=ReleaseState.NOT_WRITTEN, sentence="The draft is not written yet.",
            waits_for="the copywriter", since=facts.waiting_since,
        )  # fmt: skip
    return None


def _say_out(facts: ReleaseFacts) -> str:
    return f"It is live at {facts.published_url}." if facts.published_url else "It was sent."


def _judge_approval(facts: ReleaseFacts, now: datetime) -> Verdict | None:
    if facts.approval_status is not ApprovalStatus.APPROVED:
        return Verdict(
            state=ReleaseState.NOT_APPROVED, sentence="Nobody has approved this version.",
            waits_for="a reviewer", since=facts.waiting_since, next_step="Approve it in the inbox.",
        )  # fmt: skip
    if facts.approval_seal != facts.current_seal:
        return Verdict(
            state=ReleaseState.CHANGED, sentence="It is no longer what was approved: something changed afterwards.",
            waits_for="a reviewer", since=facts.approved_at, next_step="Compare the versions and approve again.",
        )  # fmt: skip
    if facts.undo_until is not None and now < facts.undo_until:
        return Verdict(
            state=ReleaseState.UNDO, sentence="Approved a moment ago; the approval can still be undone.",
            waits_for="the end of the undo time", since=facts.approved_at,
        )  # fmt: skip
    return None


def _judge_attempt(facts: ReleaseFacts, now: datetime) -> Verdict | None:
    if facts.publication is PublicationState.REFUSED:
        return Verdict(
            state=ReleaseState.REFUSED, sentence=facts.publication_error or "The platform refused it.",
            waits_for="a person", next_step="Mend the cause, then try again; or cancel the post.",
        )  # fmt: skip
    if facts.publication is PublicationState.SENDING and facts.lease_until is not None and now < facts.lease_until:
        return Verdict(
            state=ReleaseState.SENDING, sentence="It is being sent right now.", waits_for=facts.channel_name or "",
            since=now,
        )  # fmt: skip
    if facts.retry_at is not None and now < facts.retry_at:
        return _judge_wait(facts, facts.retry_at, now)
    if facts.publication in (PublicationState.SENDING, PublicationState.UNCONFIRMED):
        return Verdict(
            state=ReleaseState.LOOK_FIRST, sentence=_LOOKS[facts.publication_code == _ACCEPTED],
            waits_for="the publisher",
        )  # fmt: skip
    return None


def _judge_wait(facts: ReleaseFacts, until: datetime, now: datetime) -> Verdict:
    """It waits for an instant, which the ledger knows the reason of."""
    state, what = _WAITS.get(facts.publication_code or "", (ReleaseState.RETRY_LATER, "Next try"))
    when = f"{until:%H:%M:%S}" if until.date() == now.date() else f"{until:%Y-%m-%d %H:%M}"
    reason = (facts.publication_error or "The last try failed").rstrip(".")
    return Verdict(
        state=state, sentence=f"{reason}. {what} at {when} UTC.", waits_for=facts.channel_name or "the platform"
    )


def _judge_hold(facts: ReleaseFacts) -> Verdict | None:
    if not facts.holds:
        return None
    hold = facts.holds[0]
    reach = {
        HoldScope.ALL: "All publishing",
        HoldScope.TENANT: "This tenant's publishing",
        HoldScope.CHANNEL: f"Publishing to {facts.channel_name}",
    }
    return Verdict(
        state=ReleaseState.HELD, sentence=f"{reach[hold.scope]} is held by {hold.set_by}: {hold.reason}",
        waits_for=hold.set_by, since=hold.set_at, next_step="Release the hold under Channels.",
    )  # fmt: skip


def _judge_channel(facts: ReleaseFacts) -> Verdict | None:
    if facts.channel_status is None:
        return Verdict(
            state=ReleaseState.CHANNEL, sentence="It has no channel to go to.", waits_for="the tenant's admin",
            next_step="Connect a channel and choose it for this post.",
        )  # fmt: skip
    if facts.channel_status is not ChannelStatus.CONNECTED:
        return Verdict(
            state=ReleaseState.CHANNEL, sentence=_say_channel(facts),
            waits_for="the tenant's admin", next_step="Reconnect it under Channels.",
        )  # fmt: skip
    return None


def _say_channel(facts: ReleaseFacts) -> str:
    if facts.channel_status in (ChannelStatus.EXPIRED, ChannelStatus.REVOKED) and facts.channel_reason:
        return f"The connection of {facts.channel_name} has ended ({facts.channel_status}): {facts.channel_reason}"
    return f"The channel {facts.channel_name} is {facts.channel_status}."


def _judge_time(facts: ReleaseFacts, now: datetime) -> Verdict | None:
    due = facts.due_at
    if due is not None and now < due:
        return Verdict(
            state=ReleaseState.NOT_DUE, sentence=f"It is scheduled for {due:%Y-%m-%d %H:%M} UTC.",
            waits_for="its time", since=facts.approved_at,
        )  # fmt: skip
    if due is not None and now > due + facts.window:
        return Verdict(
            state=ReleaseState.MISSED, sentence=f"Its time was {due:%Y-%m-%d %H:%M} UTC and its window has passed.",
            waits_for="a reviewer", since=due, next_step="Release it late, or let it go, in the inbox.",
        )  # fmt: skip
    if facts.sent_last_hour >= facts.hourly_cap:
        return Verdict(
            state=ReleaseState.CAPPED,
            sentence=f"{facts.channel_name} has had {facts.sent_last_hour} posts within an hour, its limit.",
            waits_for="the hour to pass",
        )  # fmt: skip
    return None
