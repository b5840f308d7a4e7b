"""What the demo invents: the tenant Acme, its people, its channels, and what the agency promises it every month.

Goes through the same services as a real tenant. Can be repeated: what is there stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from leadmetrics_pipelines.cli.demo_channels import connect_demo_channels
from leadmetrics_pipelines.domain.people import Role, system_actor
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.channels import connect_channel, list_channels
from leadmetrics_pipelines.services.deliverables import add_deliverable, list_deliverables
from leadmetrics_pipelines.services.people import actor_for, add_user, find_user, grant_role
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.skills import read_client_context, write_client_context
from leadmetrics_pipelines.services.tenants import find_tenant, register_tenant
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

SLUG = "acme"
PASSWORD = "welcome-to-acme"  # noqa: S105 - printed by the demo on purpose
ADMIN = "anna@acme.example"
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


@dataclass(frozen=True, kw_only=True)
class DemoPromise:
    """One deliverable; `platforms`: the channels it goes to."""

    kind: str
    name: str
    quantity: int
    platforms: tuple[str, ...]
    goal: str


PROMISES = (
    DemoPromise(
        kind="blog_posts", name="Blog posts", quantity=10, platforms=("wordpress",),
        goal="Increase organic website traffic by 40% in 6 months",
    ),
    DemoPromise(
        kind="social_posts", name="Social posts", quantity=12, platforms=("linkedin", "facebook"),
        goal="Brand awareness and engagement",
    ),
    DemoPromise(
        kind="gbp_posts", name="Google Business Profile posts", quantity=10, platforms=("google_business",),
        goal="Improve local search visibility",
    ),
    DemoPromise(
        kind="email_newsletters", name="Email newsletter", quantity=2, platforms=("mailchimp",), goal="Lead nurture"
    ),
)  # fmt: skip


def seed_demo(runtime: Runtime, wordpress_url: str) -> Tenant:
    """Make whatever of the demo is missing."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        tenant = _seed_tenant(work)
        for person in PEOPLE:
            _seed_person(work, person, tenant)
        admin = actor_for(find_user(work, ADMIN), Role.TENANT_ADMIN, "demo")
    with runtime.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
        if read_client_context(work) is None:
            write_client_context(work, CONTEXT)
        channels = {channel.platform: channel.id for channel in list_channels(work)}
        promised = {deliverable.kind for deliverable in list_deliverables(work)}
    if "wordpress" not in channels:
        credentials = {"username": "editor", "application_password": "demo demo demo demo demo demo"}
        blog = connect_channel(
            runtime, tenant.id, admin, platform="wordpress", name="Acme blog", base_url=wordpress_url,
            credentials=credentials,
        )  # fmt: skip
        channels["wordpress"] = blog.id
    made = connect_demo_channels(runtime, tenant, admin, set(channels))
    channels |= {platform: channel.id for platform, channel in made.items()}
    with runtime.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
        for promise in PROMISES:
            if promise.kind not in promised:
                _promise(work, promise, [channels[platform] for platform in promise.platforms])
    return tenant


def _promise(work: UnitOfWork, promise: DemoPromise, channel_ids: list[UUID]) -> None:
    add_deliverable(
        work, kind=promise.kind, name=promise.name, monthly_quantity=promise.quantity, channel_id=channel_ids[0],
        channel_ids=channel_ids if len(channel_ids) > 1 else (), goal=promise.goal,
    )  # fmt: skip


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
