"""The audit log of the tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from leadmetrics_pipelines.review.api.authentication import Reader
from leadmetrics_pipelines.review.api.schemas import Facts, Listed, Out
from leadmetrics_pipelines.services import listings

router = APIRouter(tags=["audit"])


class AuditOut(Out):
    """One change: who, when, by which route, on what, from what to what, why."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_name: str
    route: str
    action: str
    subject_kind: str
    subject_id: str
    from_state: str | None
    to_state: str | None
    reason: str
    detail: Facts


@router.get("/audit", summary="Every change, newest first")
def list_audit(
    caller: Reader, subject_id: str | None = None, action: str | None = None, after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = listings.PAGE,
) -> Listed[AuditOut]:  # fmt: skip
    """Rows are never changed or deleted."""
    with caller.work() as work:
        found = listings.list_audit(work, subject_id=subject_id, action=action, after=after, limit=limit)
    return Listed[AuditOut].model_validate(found)
