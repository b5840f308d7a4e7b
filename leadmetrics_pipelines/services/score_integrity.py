"""What must hold of health scores, asked of the whole platform: the questions behind their asset checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.services.integrity import Finding
from leadmetrics_pipelines.storage.database import UnitOfWork

STALE_AFTER = timedelta(days=2)
LEAST_KNOWN = 0.5
_EXAMPLES = 10
_NAME = "t.slug || ': ' || c.name || ' ' || to_char(s.month, 'YYYY-MM')"
_FROM = "FROM channel_scores s JOIN tenants t ON t.id = s.tenant_id JOIN channels c ON c.id = s.channel_id"
# The dimensions too: a total within bounds may be the mean of two that are not.
_IMPOSSIBLE = f"""
SELECT {_NAME} || ': ' || coalesce(s.total::text, 'no total') || ', known ' || s.known AS offender {_FROM}
WHERE s.total NOT BETWEEN 0 AND 100 OR s.known NOT BETWEEN 0 AND 1 OR (s.total IS NULL) <> (s.known = 0)
   OR EXISTS (SELECT FROM jsonb_array_elements(s.dimensions) d WHERE (d->>'score')::numeric NOT BETWEEN 0 AND 100)
"""  # noqa: S608 - constants above
_LITTLE = f"""
SELECT {_NAME} || ': ' || round(s.known::numeric * 100) || ' % known' AS offender {_FROM}
WHERE s.known < :least AND t.is_active AND c.status = 'connected'
  AND NOT EXISTS (SELECT FROM channel_scores n WHERE n.channel_id = s.channel_id AND n.month > s.month)
"""  # noqa: S608 - constants above
_STALE = """
SELECT t.slug || ': ' || c.name || ': '
       || coalesce(s.problem, 'last read ' || to_char(s.taken_at, 'YYYY-MM-DD HH24:MI'), 'never read') AS offender
FROM channels c JOIN tenants t ON t.id = c.tenant_id
LEFT JOIN LATERAL (
    SELECT problem, taken_at FROM channel_snapshots WHERE channel_id = c.id ORDER BY month DESC LIMIT 1) s ON true
WHERE t.is_active AND c.status = 'connected' AND c.platform = ANY(:platforms) AND c.created_at < :stale
  AND (s.taken_at IS NULL OR s.taken_at < :stale OR s.problem IS NOT NULL)
"""


def find_impossible_scores(work: UnitOfWork) -> Finding:
    """Scores outside their bounds, or with a total where nothing is known."""
    return _ask(work, _IMPOSSIBLE, {})


def find_little_known(work: UnitOfWork) -> Finding:
    """Connected channels of whose newest score less than half is known."""
    return _ask(work, _LITTLE, {"least": LEAST_KNOWN})


def find_stale_snapshots(work: UnitOfWork) -> Finding:
    """Connected channels that were not read for two days, or could not be the last time."""
    return _ask(work, _STALE, {"platforms": list(FORMULAS), "stale": work.now - STALE_AFTER})


def _ask(work: UnitOfWork, query: str, values: Mapping[str, Any]) -> Finding:
    statement = text(f"SELECT offender, count(*) OVER () AS n FROM ({query}) q ORDER BY 1 LIMIT {_EXAMPLES}")  # noqa: S608 - constants above
    rows = work.session.execute(statement, values).all()
    return Finding(count=rows[0].n if rows else 0, offenders=tuple(row.offender for row in rows))
