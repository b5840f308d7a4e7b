"""Clients and people that benchmarks start from, made by the services themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from leadmetrics_pipelines.domain.people import Actor, Role, system_actor
from leadmetrics_pipelines.services.people import Person, actor_for, add_user, find_user, grant_role
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.tenants import register_tenant
from leadmetrics_pipelines.storage.database import all_tenants

ACTOR = system_actor("benchmark", "benchmark")
PASSWORD = "correct horse battery"  # noqa: S105 - an invented person's


@dataclass(frozen=True, kw_only=True)
class Client:
    """A tenant with one reviewer, who signs in with PASSWORD."""

    tenant_id: UUID
    slug: str
    person: Person

    @property
    def reviewer(self) -> Actor:
        """The reviewer at work."""
        return actor_for(self.person, Role.REVIEWER, "page")


def make_client(runtime: Runtime, slug: str) -> Client:
    """A new tenant and its reviewer."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        tenant = register_tenant(work, slug=slug, name=slug.title(), website_url=f"https://{slug}.example")
        email = f"rita@{slug}.example"
        user = add_user(work, email=email, name=f"Rita of {slug.title()}", password=PASSWORD)
        grant_role(work, user.id, tenant.id, Role.REVIEWER)
        return Client(tenant_id=tenant.id, slug=slug, person=find_user(work, email))
