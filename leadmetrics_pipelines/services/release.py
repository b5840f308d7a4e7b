"""Why is this post not out yet? Gathers the facts for many posts at once and asks `domain/release.judge_release`.

The publisher, the sensors and every page get their answer here, so that they cannot disagree. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.channels import ChannelStatus, HoldScope
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.domain.release import Hold, ReleaseFacts, ReleaseState, Verdict, judge_release
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.settings import Settings, get_settings
from leadmetrics_pipelines.storage.channels.models import HoldRow
from leadmetrics_pipelines.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class ReleaseLimits:
    """The two settings that release depends on."""

    window: timedelta
    per_hour: int

    @classmethod
    def of(cls, settings: Settings) -> ReleaseLimits:
        """The limits these settings ask for."""
        return cls(window=timedelta(hours=settings.publish_window_hours), per_hour=settings.publish_per_hour)


@dataclass(frozen=True, kw_only=True)
class ReleaseCase:
    """One post with its facts, its verdict, and what the publisher needs to act on it."""

    post_id: UUID
    tenant_id: UUID
    title: str
    channel_id: UUID | None
    approval_id: UUID | None
    publication_id: UUID | None
    attempt: int
    looks: int
    facts: ReleaseFacts
    verdict: Verdict

    @property
    def must_look(self) -> bool:
        """Whether the publisher has to find out what became of a call before anything else is done with the post.

        Also where the text changed under a call in doubt: what is live must be known before people are asked again.
        """
        in_doubt = self.facts.publication is PublicationState.UNCONFIRMED
        return self.verdict.may_look or (self.verdict.state is ReleaseState.CHANGED and in_doubt)

    @property
    def waiting_since(self) -> datetime | None:
        """The instant from which the publisher could have acted; orders what is due."""
        facts = self.facts
        known = [at for at in (facts.due_at, facts.undo_until, facts.retry_at, facts.lease_until) if at is not None]
        return max(known, default=None)


# `sent` counts through the index (channel_id, sent_at); `gate` is the newest approval, whatever became of it.
_FACTS = text("""
    WITH wanted AS (
        SELECT * FROM posts WHERE id = ANY(:posts)
    ),
    gate AS (
        SELECT DISTINCT ON (a.subject_id)
               a.subject_id, a.id, a.status, a.seal, a.opened_at, a.decided_at, a.undo_until
        FROM approvals a
        JOIN wanted w ON w.id = a.subject_id
        WHERE a.subject_kind = 'post'
        ORDER BY a.subject_id, a.opened_at DESC, a.id DESC
    ),
    destination AS (
        SELECT c.id, c.name, c.status, c.status_reason, c.max_per_hour,
               (SELECT count(*) FROM publications s WHERE s.channel_id = c.id AND s.part = 'post'
                AND s.sent_at > :hour_ago) AS sent
        FROM channels c
        WHERE c.id IN (SELECT channel_id FROM wanted)
    )
    SELECT w.id, w.tenant_id, w.title, w.channel_id, w.status, w.status_since, w.published_url, w.seal, w.publish_at,
           w.late_allowed_at, w.problem,
           gate.id AS approval_id, gate.status AS approval_status, gate.seal AS approval_seal, gate.opened_at,
           gate.decided_at, gate.undo_until,
           destination.name AS channel_name, destination.status AS channel_status,
           destination.status_reason, destination.max_per_hour,
           coalesce(destination.sent, 0) AS sent,
           ledger.id AS publication_id, ledger.state, ledger.error, ledger.error_code, ledger.lease_until,
           ledger.retry_at, ledger.approval_id AS ledger_approval_id, coalesce(ledger.attempt, 0) AS attempt,
           coalesce(ledger.looks, 0) AS looks
    FROM wanted w
    LEFT JOIN gate ON gate.subject_id = w.id
    LEFT JOIN destination ON destination.id = w.channel_id
    LEFT JOIN publications ledger ON ledger.post_id = w.id AND ledger.channel_id = w.channel_id AND ledger.part = 'post'
""")


def release_verdict(work: UnitOfWork, post_id: UUID, *, limits: ReleaseLimits | None = None) -> Verdict:
    """The answer for one post. Raises NotFound."""
    verdicts = release_verdicts(work, [post_id], limits=limits)
    if post_id not in verdicts:
        msg = "There is no such post in this tenant."
        raise NotFound(msg)
    return verdicts[post_id]


def release_verdicts(
    work: UnitOfWork, post_ids: Iterable[UUID], *, limits: ReleaseLimits | None = None
) -> dict[UUID, Verdict]:
    """The answers for many posts, in two statements. Posts of other tenants are left out.

    `limits`: by default those of this process's settings.
    """
    return {case.post_id: case.verdict for case in gather_cases(work, post_ids, limits=limits)}


def gather_cases(
    work: UnitOfWork, post_ids: Iterable[UUID], *, limits: ReleaseLimits | None = None
) -> list[ReleaseCase]:
    """The posts with facts and verdict, those that have waited longest first."""
    wanted = list(post_ids)
    if not wanted:
        return []
    limits = limits or ReleaseLimits.of(get_settings())
    rows = work.session.execute(_FACTS, {"posts": wanted, "hour_ago": work.now - timedelta(hours=1)}).all()
    holds = list_active_holds(work)
    cases = [_read_case(row, _holds_on(row, holds), limits, work.now) for row in rows]
    return sorted(cases, key=lambda case: (case.waiting_since or work.now, case.post_id))


def list_active_holds(work: UnitOfWork) -> Sequence[HoldRow]:
    """Every kill switch that is on and that this unit of work may see, the widest first."""
    widest_first = {HoldScope.ALL: 0, HoldScope.TENANT: 1, HoldScope.CHANNEL: 2}
    rows = work.session.scalars(select(HoldRow).where(HoldRow.released_at.is_(None)))
    return sorted(rows, key=lambda row: (widest_first[HoldScope(row.scope)], row.set_at))


def _holds_on(row: Row[Any], holds: Sequence[HoldRow]) -> tuple[Hold, ...]:
    def reaches(hold: HoldRow) -> bool:
        if hold.scope == HoldScope.CHANNEL:
            return bool(hold.channel_id == row.channel_id)
        return bool(hold.scope == HoldScope.ALL or hold.tenant_id == row.tenant_id)

    return tuple(
        Hold(scope=HoldScope(hold.scope), reason=hold.reason, set_by=hold.set_by, set_at=hold.set_at)
        for hold in holds
        if reaches(hold)
    )


def _read_case(row: Row[Any], holds: tuple[Hold, ...], limits: ReleaseLimits, now: datetime) -> ReleaseCase:
    state, error = _judge_ledger(row)
    facts = ReleaseFacts(
        post_status=PostStatus(row.status),
        published_url=row.published_url,
        approval_status=ApprovalStatus(row.approval_status) if row.approval_status else None,
        approval_seal=row.approval_seal,
        current_seal=row.seal,
        approved_at=_utc(row.decided_at),
        undo_until=_utc(row.undo_until),
        waiting_since=_utc(row.opened_at if row.approval_status == ApprovalStatus.OPEN else row.status_since),
        publish_at=_utc(row.publish_at),
        late_allowed_at=_utc(row.late_allowed_at),
        window=limits.window,
        holds=holds,
        channel_name=row.channel_name,
        channel_status=ChannelStatus(row.channel_status) if row.channel_status else None,
        sent_last_hour=row.sent,
        hourly_cap=row.max_per_hour or limits.per_hour,
        publication=state,
        publication_error=error,
        lease_until=_utc(row.lease_until),
        retry_at=_utc(row.retry_at),
        publication_code=row.error_code if state else None,
        channel_reason=row.status_reason,
    )
    return ReleaseCase(
        post_id=row.id, tenant_id=row.tenant_id, title=row.title, channel_id=row.channel_id,
        approval_id=row.approval_id, publication_id=row.publication_id, attempt=row.attempt, looks=row.looks,
        facts=facts, verdict=judge_release(facts, now),
    )  # fmt: skip


def _judge_ledger(row: Row[Any]) -> tuple[PublicationState | None, str | None]:
    """What the ledger says about the version on the table."""
    if row.status == PostStatus.PUBLISH_FAILED:
        return PublicationState.REFUSED, row.problem or row.error
    state = PublicationState(row.state) if row.state else None
    if state is PublicationState.REFUSED and row.ledger_approval_id != row.approval_id:
        # The refusal was of an earlier version; a newer one has been approved since.
        return None, None
    return state, row.error


def _utc(instant: datetime | None) -> datetime | None:
    """The same instant in UTC, whatever zone the database session is in: verdicts print it."""
    return instant.astimezone(UTC) if instant else None
