"""Claiming agent work and handing it back: leases, fences, and the three ways out of a failure.

A claim is a lease with a fence number. Whoever comes back with an older fence was given up meanwhile: their answer is
refused, and the work of the newer owner stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text, update

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.kit.storable import is_storable
from leadmetrics_pipelines.services.requests import close_request
from leadmetrics_pipelines.services.sessions import cancel_sessions
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.database import UnitOfWork

# A worker that dies is replaced this often, and a passing fault retried this often; then a person is asked.
MOST_ATTEMPTS = 5
AGENT_STEPS = (pipelines.PLAN, pipelines.WRITE)


class StaleClaim(Conflict):
    """The claim's lease ran out and somebody else has the work; this answer is not taken."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A piece of work somebody owns until `lease_until` (UTC)."""

    activity_id: UUID
    tenant_id: UUID
    step_key: str
    agent_role: str
    fence: int
    attempt: int
    lease_until: datetime


@dataclass(frozen=True, kw_only=True)
class ReadyWork:
    """Agent work of one tenant and month that a sensor should hand out. `digest` changes whenever the set does."""

    tenant: str
    month: str
    count: int
    digest: str


# Free: assigned or sent back, and past its undo time; or its worker's lease ran out. Planned periods are never free.
_FREE = """
    a.assignee = 'agent' AND a.step_key = ANY(:steps) AND a.attempt < :most_attempts
    AND ((a.status IN ('assigned', 'rejected') AND a.ready_at <= :now)
         OR (a.status = 'in_progress' AND a.lease_until < :now))
    AND (p.id IS NULL OR p.status IN ('active', 'missed', 'completed'))
"""

_CLAIM = text(f"""
WITH free AS (
    SELECT a.id FROM activities a
    LEFT JOIN deliverable_periods p ON p.id = a.period_id
    WHERE a.tenant_id = :tenant_id AND {_FREE}
      AND (CAST(:month AS date) IS NULL
           OR coalesce(p.month, date_trunc('month', a.created_at AT TIME ZONE 'UTC')::date) = :month)
    ORDER BY a.ready_at, a.id
    LIMIT :limit FOR UPDATE OF a SKIP LOCKED
), claimed AS (
    UPDATE activities a SET status = 'in_progress', status_since = :now, fence = a.fence + 1, attempt = a.attempt + 1,
        claimed_by = :worker, lease_until = :lease_until, run_id = :run_id, problem = NULL
    FROM free JOIN activities old ON old.id = free.id WHERE a.id = free.id
    RETURNING a.id, a.tenant_id, a.step_key, a.agent_role, a.fence, a.attempt, a.lease_until, old.status AS was
), logged AS (
    INSERT INTO audit_log (
        id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state,
        to_state, reason, detail)
    SELECT uuidv7(), tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, 'activity.moved', 'activity',
           id::text, was, 'in_progress', 'Claimed by ' || :worker, jsonb_build_object('fence', fence) FROM claimed
)
SELECT * FROM claimed ORDER BY id
""")  # noqa: S608 - _FREE is a constant above

_READY = text(f"""
SELECT t.slug AS tenant, to_char(coalesce(p.month, date_trunc('month', a.created_at AT TIME ZONE 'UTC')), 'YYYY-MM')
           AS month,
       count(*) AS pieces, md5(string_agg(a.id::text || ':' || a.fence, ',' ORDER BY a.id)) AS digest
FROM activities a
JOIN tenants t ON t.id = a.tenant_id AND t.is_active
LEFT JOIN deliverable_periods p ON p.id = a.period_id
WHERE {_FREE}
GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608 - as above


def find_ready_work(work: UnitOfWork, steps: Sequence[str] = AGENT_STEPS) -> tuple[ReadyWork, ...]:
    """The agent work of these steps that is free now, per tenant and month. Crosses tenants."""
    # Work that used up its attempts counts too: the run that finds it gives it up and asks a person.
    rows = work.session.execute(_READY, {"now": work.now, "steps": list(steps), "most_attempts": MOST_ATTEMPTS + 1})
    return tuple(ReadyWork(tenant=r.tenant, month=r.month, count=r.pieces, digest=r.digest) for r in rows)


def claim_work(
    work: UnitOfWork, *, worker: str, limit: int, lease: timedelta, month: str | None = None, run_id: str | None = None,
    steps: Sequence[str] = AGENT_STEPS,
) -> tuple[Claim, ...]:  # fmt: skip
    """Take up to `limit` free pieces of this tenant's agent work; nobody else gets them while the lease lasts."""
    give_up_exhausted(work)
    actor = work.actor
    rows = work.session.execute(
        _CLAIM,
        {
            "tenant_id": work.tenant_id, "steps": list(steps), "now": work.now, "limit": limit, "worker": worker,
            "lease_until": work.now + lease, "run_id": run_id, "month": f"{month}-01" if month else None,
            "most_attempts": MOST_ATTEMPTS, "actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name,
            "route": actor.route,
        },
    )  # fmt: skip
    return tuple(
        Claim(
            activity_id=r.id, tenant_id=r.tenant_id, step_key=r.step_key, agent_role=r.agent_role, fence=r.fence,
            attempt=r.attempt, lease_until=r.lease_until,
        )
        for r in rows
    )  # fmt: skip


def renew_claim(work: UnitOfWork, claim: Claim, lease: timedelta) -> None:
    """Prolong a lease. Raises StaleClaim."""
    held = held_activity(work, claim)
    held.lease_until = work.now + lease


def held_activity(work: UnitOfWork, claim: Claim) -> Activity:
    """The claimed activity, locked, if this claim still owns it; else raise StaleClaim."""
    activity = work.session.get(Activity, claim.activity_id, with_for_update=True, populate_existing=True)
    if activity is None or activity.fence != claim.fence or activity.status != ActivityStatus.IN_PROGRESS:
        msg = (
            f"This worker's claim (fence {claim.fence}) on the activity is over: its lease ran out or the work was"
            " cancelled. Its answer was not taken."
        )
        raise StaleClaim(msg)
    return activity


def finish_claim(work: UnitOfWork, claim: Claim, target: ActivityStatus, reason: str = "") -> Activity:
    """Hand finished work in. Raises StaleClaim when somebody else owns it by now."""
    activity = held_activity(work, claim)
    _let_go(activity)
    activity.attempt = 0
    activity.notes = []
    move_activity(work, activity, target, reason)
    return activity


def fail_claim(work: UnitOfWork, claim: Claim, problem: str) -> Activity:
    """Give up on a piece of work for good; a person gets it with its three ways out."""
    activity = held_activity(work, claim)
    _let_go(activity)
    move_activity(work, activity, ActivityStatus.FAILED, problem)
    activity.problem = problem
    return activity


def postpone_claim(work: UnitOfWork, claim: Claim, problem: str, wait: timedelta) -> Activity:
    """Hand work back after a passing fault, free again after `wait`; when the budget is spent it fails."""
    if claim.attempt >= MOST_ATTEMPTS:
        return fail_claim(work, claim, f"{problem} Given up after {claim.attempt} attempts.")
    activity = held_activity(work, claim)
    _let_go(activity)
    move_activity(work, activity, ActivityStatus.ASSIGNED, problem, ready_at=work.now + wait)
    activity.problem = problem
    return activity


def give_up_exhausted(work: UnitOfWork) -> int:
    """Fail work whose workers died one after the other until the budget was spent. Returns how many."""
    spent = work.session.query(Activity).filter(
        Activity.tenant_id == work.tenant_id, Activity.status == ActivityStatus.IN_PROGRESS,
        Activity.lease_until < work.now, Activity.attempt >= MOST_ATTEMPTS,
    ).with_for_update(skip_locked=True)  # fmt: skip
    count = 0
    for activity in spent:
        cancel_sessions(work, [activity.id], "Its worker died or ran out of time.")
        problem = f"{activity.attempt} workers died or ran out of time on this. Look at the last session, then retry."
        _let_go(activity)
        move_activity(work, activity, ActivityStatus.FAILED, problem)
        activity.problem = problem
        count += 1
    work.session.flush()
    return count


def retry_activity(work: UnitOfWork, activity_id: UUID) -> Activity:
    """First way out of a failure: try again, with a fresh budget."""
    activity = _failed_activity(work, activity_id)
    if activity.step_key == pipelines.PUBLISH:
        msg = "Publishing is tried again from the post's page, where its cause is shown."
        raise InvalidInput(msg)
    activity.attempt = 0
    move_activity(work, activity, ActivityStatus.ASSIGNED, f"Retried by {work.actor.name}", ready_at=work.now)
    return activity


def cancel_activity(work: UnitOfWork, activity_id: UUID, reason: str) -> Activity:
    """Last way out: nobody does this any more this month.

    Work on one unit goes with its request, which is closed: nothing of it is left waiting for somebody.
    """
    work.actor.require(Permission.UNBLOCK)
    if not reason.strip() or not is_storable(reason):
        msg = "Say why the work is cancelled."
        raise InvalidInput(msg, field="reason")
    request_id = get_activity(work, activity_id).request_id
    if request_id is not None:
        close_request(work, request_id, reason)
        return get_activity(work, activity_id, lock=True)
    activity = get_activity(work, activity_id, lock=True)
    _let_go(activity)
    move_activity(work, activity, ActivityStatus.CANCELLED, reason.strip())
    cancel_sessions(work, [activity_id], f"{work.actor.name} cancelled the work: {reason.strip()}")
    return activity


def get_activity(work: UnitOfWork, activity_id: UUID, *, lock: bool = False) -> Activity:
    """The activity's row. Raises NotFound."""
    activity = work.session.get(Activity, activity_id, with_for_update=lock, populate_existing=lock)
    if activity is None:
        msg = "There is no such activity in this tenant."
        raise NotFound(msg)
    return activity


def return_leases(work: UnitOfWork, worker: str) -> int:
    """A worker that ends in good order gives its claims back at once."""
    result = work.session.execute(
        update(Activity)
        .where(Activity.claimed_by == worker, Activity.status == ActivityStatus.IN_PROGRESS)
        .values(lease_until=work.now)
    )
    return result.rowcount  # type: ignore[attr-defined,no-any-return]


def _failed_activity(work: UnitOfWork, activity_id: UUID) -> Activity:
    work.actor.require(Permission.UNBLOCK)
    activity = get_activity(work, activity_id, lock=True)
    if activity.status not in (ActivityStatus.FAILED, ActivityStatus.BLOCKED):
        msg = f"'{activity.name}' is {activity.status}; only failed or blocked work can be unblocked."
        raise Conflict(msg)
    return activity


def _let_go(activity: Activity) -> None:
    activity.claimed_by = None
    activity.lease_until = None
