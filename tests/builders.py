"""Builders: the people, channels, months and posts that tests start from. Each goes through the real services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import Actor, Role, system_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.kit.clock import Clock, FixedClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.services.agent_work import AgentWorkReport, do_agent_work
from leadmetrics_pipelines.services.approvals import DecisionReport, decide
from leadmetrics_pipelines.services.deliverables import add_deliverable
from leadmetrics_pipelines.services.months import start_months
from leadmetrics_pipelines.services.people import Person, actor_for, add_user, grant_role
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

TESTER = system_actor("tests", "test")
PASSWORD = "correct horse battery"
NOVEMBER = Month.parse("2026-11")
UNDO = timedelta(seconds=5)


def build_runtime(
    database: Database, clock: Clock, home: Path, *, anthropic_url: str | None = None, lease_seconds: float = 300
) -> Runtime:
    """A runtime on the test's database; agents talk to the sandbox at `anthropic_url`."""
    settings = Settings(
        home=home, allow_loopback=True, anthropic_api_key=SecretStr("sk-sandbox"), anthropic_base_url=anthropic_url,
        lease_seconds=lease_seconds, _env_file=None,
    )  # fmt: skip
    return Runtime(settings=settings, clock=clock, database=database, keyring=Keyring([Keyring.new_key()]))


def build_person(database: Database, tenant: Tenant, role: Role = Role.REVIEWER, name: str = "Rita Reviewer") -> Actor:
    """Somebody with that role in the tenant; signs in with PASSWORD."""
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        email = f"{name.lower().replace(' ', '.')}@{tenant.slug}.example"
        user = add_user(work, email=email, name=name, password=PASSWORD, platform_admin=role is Role.PLATFORM_ADMIN)
        if role is not Role.PLATFORM_ADMIN:
            grant_role(work, user.id, tenant.id, role)
        person = Person(id=user.id, email=email, name=name, is_platform_admin=role is Role.PLATFORM_ADMIN)
    return actor_for(person, role, "test")


def build_channel(
    runtime: Runtime, tenant: Tenant, base_url: str = "http://127.0.0.1:1/wordpress/acme",
    password: str = "demo demo demo demo demo demo", username: str = "editor",
) -> UUID:  # fmt: skip
    """A connected WordPress channel."""
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        credentials = {"username": username, "application_password": password}
        channel = Channel(
            tenant_id=tenant.id, platform="wordpress", name=f"{tenant.name} blog", base_url=base_url,
            status=ChannelStatus.CONNECTED, credentials=runtime.keyring.seal(credentials), created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
        work.session.flush()
        return channel.id


@dataclass(frozen=True, kw_only=True)
class BlogMonth:
    """A tenant with a started month of blog posts, and its people."""

    runtime: Runtime
    tenant: Tenant
    channel_id: UUID
    reviewer: Actor
    second: Actor

    @property
    def clock(self) -> FixedClock:
        """The test's clock."""
        assert isinstance(self.runtime.clock, FixedClock)
        return self.runtime.clock

    def let_agents_work(self) -> AgentWorkReport:
        """Undo times pass, then agents do all that is free."""
        self.clock.advance(seconds=UNDO.total_seconds() + 1)
        return do_agent_work(self.runtime, tenant=self.tenant.id)

    def open_approvals(self, kind: str) -> list[Approval]:
        """The inbox of that kind, oldest first."""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            query = select(Approval).where(Approval.status == "open", Approval.subject_kind == kind)
            return list(work.session.scalars(query.order_by(Approval.opened_at, Approval.id)))

    def decide(
        self, approval: Approval, decision: Decision, reason: str = "", by: Actor | None = None
    ) -> DecisionReport:
        """Answer one approval as the reviewer (or somebody else)."""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=by or self.reviewer) as work:
            return decide(work, approval.id, decision, seal=approval.seal, reason=reason)

    def approve_all(self, kind: str) -> list[DecisionReport]:
        """Approve everything of that kind."""
        return [self.decide(approval, Decision.APPROVE) for approval in self.open_approvals(kind)]


def build_blog_month(runtime: Runtime, tenant: Tenant, *, posts: int = 3, base_url: str | None = None) -> BlogMonth:
    """November's blog posts, started, with two reviewers."""
    channel_id = build_channel(runtime, tenant, base_url) if base_url else build_channel(runtime, tenant)
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        add_deliverable(work, kind="blog_posts", name="Blog posts", monthly_quantity=posts, channel_id=channel_id)
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        start_months(work, [(tenant.slug, NOVEMBER)])
    return BlogMonth(
        runtime=runtime, tenant=tenant, channel_id=channel_id,
        reviewer=build_person(runtime.database, tenant),
        second=build_person(runtime.database, tenant, name="Sam Second"),
    )  # fmt: skip
