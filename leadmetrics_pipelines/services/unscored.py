"""Channels that were never read, or never scored: those that were just connected, by whatever way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.storage.database import UnitOfWork

_NEW = text("""
SELECT t.slug, bool_or(s.channel_id IS NULL) AS unread
FROM channels c JOIN tenants t ON t.id = c.tenant_id
LEFT JOIN LATERAL (SELECT channel_id FROM channel_snapshots WHERE channel_id = c.id LIMIT 1) s ON true
WHERE t.is_active AND c.status = 'connected' AND c.platform = ANY(:platforms)
  AND NOT EXISTS (SELECT FROM channel_scores WHERE channel_id = c.id)
GROUP BY t.slug ORDER BY t.slug LIMIT :most
""")


@dataclass(frozen=True, kw_only=True)
class NewChannels:
    """A tenant with channels that have no score yet. `unread`: whether one of them was not even read."""

    tenant: str
    unread: bool


def find_unscored(work: UnitOfWork, *, most: int) -> list[NewChannels]:
    """Tenants with connected channels that never had a score. Crosses tenants."""
    rows = work.session.execute(_NEW, {"platforms": list(FORMULAS), "most": most})
    return [NewChannels(tenant=row.slug, unread=row.unread) for row in rows]
