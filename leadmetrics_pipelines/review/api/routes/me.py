"""Who am I: what a token is good for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.api.authentication import Reader
from leadmetrics_pipelines.review.api.schemas import Out
from leadmetrics_pipelines.services.tenants import find_tenant

router = APIRouter(tags=["me"])


class TenantOut(Out):
    """The client a token belongs to."""

    id: UUID
    slug: str
    name: str
    website_url: str
    time_zone: str
    four_eyes: bool
    edit_and_approve: bool


class MeOut(Out):
    """Who acts with this token, where, and what they may do."""

    kind: str
    name: str
    email: str | None
    role: str | None
    permissions: list[Permission]
    token_expires_at: datetime | None
    tenant: TenantOut


@router.get("/me", summary="Who am I")
def read_me(caller: Reader) -> MeOut:
    """Name, role, permissions and tenant of the token that is sent."""
    token = caller.token
    with caller.work() as work:
        tenant = TenantOut.model_validate(find_tenant(work, token.tenant_slug))
    return MeOut(
        kind=token.actor.kind, name=token.actor.name, email=token.email, role=token.role, tenant=tenant,
        permissions=sorted(token.actor.permissions), token_expires_at=token.expires_at,
    )  # fmt: skip
