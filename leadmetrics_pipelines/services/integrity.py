"""What must hold, asked of the whole platform: the facts behind the asset checks and `leadmetrics status`.

Each finding counts what breaks a promise and names examples; nothing is mended here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from leadmetrics_pipelines.storage.database import UnitOfWork

_EXAMPLES = 10


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question. `offenders` are readable names, at most ten of `count`."""

    count: int
    offenders: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks the promise."""
        return self.count == 0


_PUBLISHED_WITHOUT_APPROVAL = """
SELECT t.slug || ': ' || b.title AS offender FROM posts b
JOIN tenants t ON t.id = b.tenant_id
LEFT JOIN publications p ON p.post_id = b.id AND p.state = 'confirmed' AND p.part = 'post'
LEFT JOIN approvals a ON a.id = p.approval_id
WHERE b.status = 'published' AND (
    a.id IS NULL OR a.subject_id <> b.id OR a.seal <> p.seal
    OR NOT EXISTS (SELECT FROM decisions d WHERE d.approval_id = a.id AND d.seal = p.seal
                   AND d.event IN ('approved', 'edited_and_approved') AND d.actor_kind = 'user'))
"""
_WRONG_COUNTS = """
SELECT t.slug || ' ' || to_char(p.month, 'YYYY-MM') || ': says ' || p.completed_count || ', published '
       || count(r.id) AS offender
FROM deliverable_periods p
JOIN tenants t ON t.id = p.tenant_id
LEFT JOIN content_requests r ON r.period_id = p.id AND NOT r.is_ad_hoc
    AND EXISTS (SELECT FROM posts b WHERE b.request_id = r.id)
    AND NOT EXISTS (SELECT FROM posts b WHERE b.request_id = r.id AND b.status <> 'published')
GROUP BY p.id, t.slug HAVING p.completed_count <> count(r.id)
"""
_OVER_TARGET = """
SELECT t.slug || ' ' || to_char(p.month, 'YYYY-MM') || ': ' || p.completed_count || ' of ' || p.target_quantity
       AS offender
FROM deliverable_periods p JOIN tenants t ON t.id = p.tenant_id WHERE p.completed_count > p.target_quantity
"""
_STUCK = """
SELECT t.slug || ': ' || b.title || ' (' || p.state || ' since ' || to_char(p.sent_at, 'YYYY-MM-DD HH24:MI') || ')'
       AS offender
FROM publications p JOIN posts b ON b.id = p.post_id JOIN tenants t ON t.id = p.tenant_id
WHERE p.state IN ('sending', 'unconfirmed') AND p.sent_at < :long_ago
"""
_UNSTARTED = """
SELECT t.slug || ': ' || d.name AS offender FROM deliverables d JOIN tenants t ON t.id = d.tenant_id
LEFT JOIN deliverable_periods p ON p.deliverable_id = d.id AND p.month = date_trunc('month', CAST(:now AS timestamptz)
    AT TIME ZONE 'UTC')::date
WHERE d.is_active AND t.is_active AND (p.id IS NULL OR p.status = 'planned')
"""


def find_unapproved_publications(work: UnitOfWork) -> Finding:
    """Published posts without a person's approval of exactly what went out."""
    return _ask(work, _PUBLISHED_WITHOUT_APPROVAL)


def find_wrong_counts(work: UnitOfWork) -> Finding:
    """Periods whose count is not the number of requests whose posts are all published."""
    return _ask(work, _WRONG_COUNTS)


def find_overfull_periods(work: UnitOfWork) -> Finding:
    """Periods with more published than promised."""
    return _ask(work, _OVER_TARGET)


def find_stuck_publications(work: UnitOfWork) -> Finding:
    """Publications whose outcome has been unknown for an hour."""
    return _ask(work, _STUCK)


def find_unstarted_periods(work: UnitOfWork) -> Finding:
    """Active deliverables without a running period this month."""
    return _ask(work, _UNSTARTED)


def _ask(work: UnitOfWork, query: str) -> Finding:
    statement = text(f"SELECT offender, count(*) OVER () AS n FROM ({query}) q LIMIT {_EXAMPLES}")  # noqa: S608 - constants above
    parameters = {"now": work.now, "long_ago": work.now - timedelta(hours=1)}
    wanted = {name: value for name, value in parameters.items() if f":{name}" in query}
    rows = work.session.execute(statement, wanted).all()
    return Finding(count=rows[0].n if rows else 0, offenders=tuple(row.offender for row in rows))
