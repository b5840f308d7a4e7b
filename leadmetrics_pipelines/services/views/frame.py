"""What every page shows around its content: the client's rules, how much waits, holds, and the publisher's pulse.

One statement, because each page pays for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.publishing import HEARTBEAT
from leadmetrics_pipelines.services.views.counts import MOST_COUNTED, Count
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import HoldRow
from leadmetrics_pipelines.storage.content.models import BlogPost
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Heartbeat
from leadmetrics_pipelines.storage.tenants.models import Tenant

_ON_THE_WAY = (PostStatus.APPROVED, PostStatus.SCHEDULED)


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
    """The frame of the tenant's pages."""
    open_items = (
        select(Approval.id)
        .where(Approval.tenant_id == work.tenant_id, Approval.status == ApprovalStatus.OPEN)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    waiting = select(func.count()).select_from(open_items).scalar_subquery()
    holds = select(func.count()).select_from(HoldRow).where(HoldRow.released_at.is_(None)).scalar_subquery()
    seen = select(Heartbeat.at).where(Heartbeat.name == HEARTBEAT).scalar_subquery()
    due_at = func.greatest(BlogPost.status_since, BlogPost.publish_at)
    due = select(func.min(due_at)).where(
        BlogPost.tenant_id == work.tenant_id, BlogPost.status.in_(_ON_THE_WAY), due_at <= work.now
    )
    query = select(
        Tenant.name, Tenant.time_zone, Tenant.website_url, Tenant.four_eyes, Tenant.edit_and_approve,
        waiting.label("waiting"), holds.label("holds"), seen.label("seen"),
        due.scalar_subquery().label("due"),
    ).where(Tenant.id == work.tenant_id)  # fmt: skip
    row = work.session.execute(query).one_or_none()
    if row is None:
        msg = "There is no such client."
        raise NotFound(msg)
    return Frame(
        tenant_name=row.name, time_zone=row.time_zone, website_url=row.website_url, four_eyes=row.four_eyes,
        edit_and_approve=row.edit_and_approve, waiting=Count(row.waiting), holds=row.holds, publisher_seen_at=row.seen,
        due_since=row.due,
    )  # fmt: skip
