"""Starting months: a period for each active deliverable, and the first activity of its pipeline.

Set-based: one statement for any number of tenants and months. Months are calendar months in UTC, as the schedule is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.pipelines import TEMPLATES
from leadmetrics_pipelines.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class StartedMonth:
    """What starting one tenant's month made. All counts are 0 when it had been started before."""

    tenant: str
    month: Month
    periods: int
    activities: int
    activated: int


@dataclass(frozen=True, kw_only=True)
class MonthsReport:
    """What starting months made. `unknown` are slugs of no active tenant."""

    months: tuple[StartedMonth, ...]
    unknown: tuple[str, ...]
    closed: int

    @property
    def periods(self) -> int:
        """Periods made in all."""
        return sum(month.periods for month in self.months)


# Only the month that is running becomes active: a period of another month is planned, and planned work is never
# handed out, so that filling last year makes no call to anybody.
_START = text("""
WITH wanted AS (
    SELECT t.id AS tenant_id, w.slug, w.month, w.month = :current AS is_current
    FROM unnest(CAST(:slugs AS text[]), CAST(:months AS date[])) AS w (slug, month)
    JOIN tenants t ON t.slug = w.slug AND t.is_active
), first_step AS (
    SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:names AS text[]), CAST(:roles AS text[]))
        AS s (kind, step_key, name, agent_role)
), made AS (
    INSERT INTO deliverable_periods (
        id, tenant_id, deliverable_id, month, status, target_quantity, completed_count, started_at, run_id, created_at)
    SELECT uuidv7(), d.tenant_id, d.id, w.month, CASE WHEN w.is_current THEN 'active' ELSE 'planned' END,
           d.monthly_quantity, 0, CASE WHEN w.is_current THEN CAST(:now AS timestamptz) END, :run_id, :now
    FROM wanted w JOIN deliverables d ON d.tenant_id = w.tenant_id AND d.is_active
    ON CONFLICT (deliverable_id, month) DO NOTHING
    RETURNING id, tenant_id, deliverable_id, month, status
), activated AS (
    UPDATE deliverable_periods p SET status = 'active', started_at = :now
    FROM wanted w
    WHERE w.is_current AND p.tenant_id = w.tenant_id AND p.month = w.month AND p.status = 'planned'
    RETURNING p.id, p.tenant_id, p.month
), spawned AS (
    INSERT INTO activities (
        id, tenant_id, period_id, step_key, name, assignee, agent_role, status, attempt, fence, ready_at, notes, run_id,
        created_at, status_since)
    SELECT uuidv7(), m.tenant_id, m.id, s.step_key, s.name, 'agent', s.agent_role, 'assigned', 0, 0, :now, '[]',
           :run_id, :now, :now
    FROM made m JOIN deliverables d ON d.id = m.deliverable_id JOIN first_step s ON s.kind = d.kind
    RETURNING id, tenant_id, period_id, name
), logged AS (
    INSERT INTO audit_log (
        id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state,
        to_state, reason, detail)
    SELECT uuidv7(), e.tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, e.action, e.subject_kind, e.id,
           e.from_state, e.to_state, '', '{}'
    FROM (
        SELECT tenant_id, 'period.created' AS action, 'period' AS subject_kind, id::text, NULL AS from_state,
               status AS to_state FROM made
        UNION ALL
        SELECT tenant_id, 'period.moved', 'period', id::text, 'planned', 'active' FROM activated
        UNION ALL
        SELECT tenant_id, 'activity.created', 'activity', id::text, NULL, 'assigned' FROM spawned
    ) e
), counted AS (
    -- Counted once for all: a count per wanted month would read everything that was made for each of them.
    SELECT tenant_id, month, count(*) FILTER (WHERE what = 'period') AS periods,
           count(*) FILTER (WHERE what = 'activity') AS activities,
           count(*) FILTER (WHERE what = 'activated') AS activated
    FROM (
        SELECT 'period' AS what, tenant_id, month FROM made
        UNION ALL
        SELECT 'activity', m.tenant_id, m.month FROM spawned s JOIN made m ON m.id = s.period_id
        UNION ALL
        SELECT 'activated', tenant_id, month FROM activated
    ) e
    GROUP BY tenant_id, month
)
SELECT w.slug, w.month, coalesce(c.periods, 0) AS periods, coalesce(c.activities, 0) AS activities,
       coalesce(c.activated, 0) AS activated
FROM wanted w LEFT JOIN counted c ON c.tenant_id = w.tenant_id AND c.month = w.month ORDER BY w.slug, w.month
""")

# The schedule and a person may start the same months: the second waits, and finds them started.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('leadmetrics.start_months'))")

_CLOSE = text("""
WITH closed AS (
    UPDATE deliverable_periods p SET status = 'missed'
    FROM tenants t
    WHERE t.id = p.tenant_id AND t.slug = ANY(:slugs) AND p.status = 'active' AND p.month < :current
    RETURNING p.id, p.tenant_id
)
INSERT INTO audit_log (
    id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state, to_state,
    reason, detail)
SELECT uuidv7(), tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, 'period.moved', 'period', id::text,
       'active', 'missed', 'The month is over', '{}' FROM closed
""")

_UNSTARTED = text("""
SELECT DISTINCT t.slug FROM tenants t
JOIN deliverables d ON d.tenant_id = t.id AND d.is_active
LEFT JOIN deliverable_periods p ON p.deliverable_id = d.id AND p.month = :current
WHERE t.is_active AND (p.id IS NULL OR p.status = 'planned')
ORDER BY t.slug
""")


def start_months(work: UnitOfWork, keys: Sequence[tuple[str, Month]], *, run_id: str | None = None) -> MonthsReport:
    """Start the given (tenant slug, month) pairs, in a unit of work across tenants. Repeating it changes nothing.

    Of the running month the periods are active and the first activity of each pipeline is free to be claimed; of every
    other month there is only the plan. Active periods of months that are over become missed (late work still counts).
    """
    work.actor.require(Permission.PROPOSE)
    wanted = sorted(set(keys))
    current = Month.of(work.now).first_day
    common = _who(work) | {"now": work.now, "current": current}
    work.session.execute(_ONE_AT_A_TIME)
    rows = work.session.execute(_START, common | _pairs(wanted) | _first_steps() | {"run_id": run_id}).all()
    slugs = [slug for slug, _ in wanted]
    closed = work.session.execute(_CLOSE, common | {"slugs": slugs}).rowcount  # type: ignore[attr-defined]
    started = tuple(
        StartedMonth(
            tenant=row.slug,
            month=Month(row.month),
            periods=row.periods,
            activities=row.activities,
            activated=row.activated,
        )
        for row in rows
    )
    known = {month.tenant for month in started}
    unknown = tuple(sorted({slug for slug in slugs if slug not in known}))
    return MonthsReport(months=started, unknown=unknown, closed=closed)


def find_unstarted(work: UnitOfWork) -> tuple[str, ...]:
    """Slugs of tenants with an active deliverable that has no running period this month. Crosses tenants."""
    return tuple(work.session.scalars(_UNSTARTED, {"current": Month.of(work.now).first_day}))


def _pairs(wanted: Sequence[tuple[str, Month]]) -> dict[str, list[str] | list[date]]:
    return {"slugs": [slug for slug, _ in wanted], "months": [month.first_day for _, month in wanted]}


def _first_steps() -> dict[str, list[str]]:
    firsts = [(template.kind.value, template.first) for template in TEMPLATES.values()]
    return {
        "kinds": [kind for kind, _ in firsts], "keys": [step.key for _, step in firsts],
        "names": [step.name for _, step in firsts], "roles": [step.agent_role or "" for _, step in firsts],
    }  # fmt: skip


def _who(work: UnitOfWork) -> dict[str, str]:
    actor = work.actor
    return {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name, "route": actor.route}
