"""What the demo invents: the tenant Acme, its people, its WordPress channel and its promise of ten blog posts a month.

Goes through the same services as a real tenant. Can be repeated: what is there stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadmetrics_pipelines.domain.people import Role, system_actor
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.channels import connect_channel, list_channels
from leadmetrics_pipelines.services.deliverables import add_deliverable, list_deliverables
from leadmetrics_pipelines.services.people import add_user, find_user, grant_role
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.skills import read_client_context, write_client_context
from leadmetrics_pipelines.services.tenants import find_tenant, register_tenant
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

SLUG = "acme"
PASSWORD = "welcome-to-acme"  # noqa: S105 - printed by the demo on purpose
POSTS_PER_MONTH = 10
ACTOR = system_actor("demo", "demo")

PROFILE = {
    "industry": "Garden furniture",
    "products": [
        "teak dining tables",
        "weatherproof lounge sets",
        "folding balcony chairs",
        "garden benches",
        "parasols",
    ],
    "audience": "garden and balcony owners",
    "tone": "warm, practical, without superlatives",
    "location": "Zurich",
}
CONTEXT = """# Acme: client context

Acme makes and sells garden furniture in Zurich: teak dining tables, weatherproof lounge sets, folding balcony chairs,
garden benches and parasols. Everything can be repaired, and spare parts are kept for fifteen years.

## Who reads us
Homeowners and flat owners who furnish a garden, terrace or balcony for years, not for a season.

## How we sound
Warm, practical, without superlatives. We give measurements and prices where we can. We never talk a competitor down.

## What sets us apart
Wood from certified forests, a repair workshop in town, delivery with assembly.

## Competitors
Large furniture houses and online shops with short-lived ranges.

## Contact
hello@acme.example
"""


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """A demo sign-in."""

    email: str
    name: str
    role: Role
    can: str


PEOPLE = (
    DemoPerson(email="rita@agency.example", name="Rita Reviewer", role=Role.REVIEWER, can="reads, edits, approves"),
    DemoPerson(email="sam@agency.example", name="Sam Second", role=Role.REVIEWER, can="a second pair of eyes"),
    DemoPerson(email="olga@agency.example", name="Olga Operator", role=Role.OPERATOR, can="runs and unblocks"),
    DemoPerson(email="anna@acme.example", name="Anna Acme", role=Role.TENANT_ADMIN, can="the client: channels, team"),
    DemoPerson(email="paul@agency.example", name="Paul Platform", role=Role.PLATFORM_ADMIN, can="everything"),
)


def seed_demo(runtime: Runtime, wordpress_url: str) -> Tenant:
    """Make whatever of the demo is missing."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        tenant = _seed_tenant(work)
        for person in PEOPLE:
            _seed_person(work, person, tenant)
    with runtime.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
        if read_client_context(work) is None:
            write_client_context(work, CONTEXT)
        channels, promises = list(list_channels(work)), list_deliverables(work)
    if not channels:
        credentials = {"username": "editor", "application_password": "demo demo demo demo demo demo"}
        channels = [
            connect_channel(
                runtime, tenant.id, ACTOR, platform="wordpress", name="Acme blog", base_url=wordpress_url,
                credentials=credentials,
            )
        ]  # fmt: skip
    if not promises:
        with runtime.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
            add_deliverable(
                work, kind="blog_posts", name="Blog posts", monthly_quantity=POSTS_PER_MONTH,
                channel_id=channels[0].id, goal="Increase organic website traffic by 40% in 6 months",
            )  # fmt: skip
    return tenant


def _seed_tenant(work: UnitOfWork) -> Tenant:
    try:
        return find_tenant(work, SLUG)
    except NotFound:
        return register_tenant(
            work, slug=SLUG, name="Acme", website_url="https://acme.example", time_zone="Europe/Zurich",
            profile=PROFILE,
        )  # fmt: skip


def _seed_person(work: UnitOfWork, person: DemoPerson, tenant: Tenant) -> None:
    try:
        find_user(work, person.email)
    except NotFound:
        is_admin = person.role is Role.PLATFORM_ADMIN
        user = add_user(work, email=person.email, name=person.name, password=PASSWORD, platform_admin=is_admin)
        if not is_admin:
            grant_role(work, user.id, tenant.id, person.role)
