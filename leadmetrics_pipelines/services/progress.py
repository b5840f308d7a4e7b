"""How far a tenant's running month is, in one line."""

from __future__ import annotations

from sqlalchemy import text

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.storage.database import UnitOfWork

_PROGRESS = text("""
SELECT coalesce(sum(p.target_quantity), 0) AS target, coalesce(sum(p.completed_count), 0) AS published,
       count(p.id) AS periods,
       (SELECT count(*) FROM approvals a WHERE a.tenant_id = t.id AND a.status = 'open' AND a.subject_kind = 'request')
           AS requests,
       (SELECT count(*) FROM approvals a WHERE a.tenant_id = t.id AND a.status = 'open' AND a.subject_kind <> 'request')
           AS drafts,
       (SELECT count(*) FROM activities a WHERE a.tenant_id = t.id AND a.status = 'in_progress') AS working,
       (SELECT count(*) FROM activities a WHERE a.tenant_id = t.id AND a.status IN ('failed', 'blocked')) AS blocked
FROM tenants t LEFT JOIN deliverable_periods p ON p.tenant_id = t.id AND p.month = :month
WHERE t.slug = :slug GROUP BY t.id
""")


def describe_progress(work: UnitOfWork, slug: str) -> str:
    """Published of promised, what waits for review, what agents work on, what is blocked."""
    month = Month.of(work.now)
    row = work.session.execute(_PROGRESS, {"slug": slug, "month": month.first_day}).one()
    if not row.periods:
        return f"{month.title} is not started yet; Dagster starts it within seconds."
    parts = [f"{month.title}: {row.published}/{row.target} published."]
    if row.requests or row.drafts:
        parts.append(f"Waiting for review: {_count(row.requests, 'request')}, {_count(row.drafts, 'draft')}.")
    if row.working:
        parts.append(f"Agents work on {row.working}.")
    if row.blocked:
        parts.append(f"Blocked: {row.blocked}.")
    return " ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
