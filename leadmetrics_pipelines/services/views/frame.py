"""What every page shows around its content: the client's rules, how much waits, holds, and the publisher's pulse.

One statement, because each page pays for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.publishing import HEARTBEAT
from leadmetrics_pipelines.services.views.counts import MOST_COUNTED, Count
from leadmetrics_pipelines.storage.database import UnitOfWork

_FRAME = text("""
SELECT t.name, t.time_zone, t.website_url, t.four_eyes, t.edit_and_approve,
       (SELECT count(*) FROM (
           SELECT FROM approvals WHERE tenant_id = :tenant AND status = 'open' LIMIT :most) capped) AS waiting,
       (SELECT count(*) FROM holds WHERE released_at IS NULL) AS holds,
       (SELECT at FROM heartbeats WHERE name = :publisher) AS publisher_seen_at,
       (SELECT min(greatest(status_since, publish_at)) FROM posts
        WHERE tenant_id = :tenant AND status IN ('approved', 'scheduled')
          AND greatest(status_since, publish_at) <= :now) AS due_since
FROM tenants t WHERE t.id = :tenant
""")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The surroundings of a page. Instants are UTC.

    `due_since`: when the longest waiting approved post could have gone out, None when there is none.
    `publisher_seen_at`: None before its first pass.
    """

    tenant_name: str
    time_zone: str
    website_url: str
    four_eyes: bool
    edit_and_approve: bool
    waiting: Count
    holds: int
    due_since: datetime | None
    publisher_seen_at: datetime | None


def read_frame(work: UnitOfWork) -> Frame:
    """The frame of the tenant's pages. Raises NotFound."""
    values = {"tenant": work.tenant_id, "most": MOST_COUNTED + 1, "publisher": HEARTBEAT, "now": work.now}
    row = work.session.connection().execute(_FRAME, values).one_or_none()
    if row is None:
        msg = "There is no such client."
        raise NotFound(msg)
    return Frame(
        tenant_name=row.name,
        time_zone=row.time_zone,
        website_url=row.website_url,
        four_eyes=row.four_eyes,
        edit_and_approve=row.edit_and_approve,
        waiting=Count(row.waiting),
        holds=row.holds,
        due_since=row.due_since,
        publisher_seen_at=row.publisher_seen_at,
    )
