"""Deliverables: what is promised each month."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import PERMISSIONS, Actor, ActorKind, Role, system_actor
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services import deliverables
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.deliverables.models import Deliverable
from leadmetrics_pipelines.storage.tenants.models import Tenant

PLATFORM = system_actor("tests", "test")


def add(database: Database, tenant: Tenant, **values: object) -> Deliverable:
    usual: dict[str, object] = {"kind": "blog_posts", "name": "Blog", "monthly_quantity": 10}
    with database.unit_of_work(tenant=tenant.id, actor=PLATFORM) as work:
        return deliverables.add_deliverable(work, **{**usual, **values})  # type: ignore[arg-type]


def channel_of(database: Database, tenant: Tenant) -> UUID:
    with database.unit_of_work(tenant=tenant.id, actor=PLATFORM) as work:
        channel = Channel(
            tenant_id=tenant.id, platform="wordpress", name="Blog", base_url=f"https://{tenant.slug}.example",
            status="connected", created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
    return channel.id


def test_a_promise_is_kept_as_given_and_seen_by_its_tenant_alone(
    database: Database, acme: Tenant, zenith: Tenant
) -> None:
    """With the channel it goes to."""
    channel = channel_of(database, acme)
    made = add(database, acme, channel_id=channel, goal=" More leads ")
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        (row,) = deliverables.list_deliverables(work)
        assert (row.kind, row.monthly_quantity, row.channel_id, row.goal) == ("blog_posts", 10, channel, "More leads")
    with database.unit_of_work(tenant=zenith.id, actor=PLATFORM) as work:
        assert deliverables.list_deliverables(work) == ()
        with pytest.raises(NotFound):
            deliverables.change_deliverable(work, made.id, monthly_quantity=1)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"kind": "podcasts"}, "kind"), ({"monthly_quantity": 0}, "monthly_quantity"), ({"name": " "}, "name"),
     ({"monthly_quantity": 501}, "monthly_quantity"), ({"goal": "x" * 2001}, "goal")],
)  # fmt: skip
def test_a_promise_that_does_not_fit_is_refused(
    database: Database, acme: Tenant, values: dict[str, object], field: str
) -> None:
    """With the field named."""
    with pytest.raises(InvalidInput) as caught:
        add(database, acme, **values)
    assert caught.value.field == field


def test_the_channel_must_be_the_tenants_own(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A neighbour's channel is as unknown as one that never was."""
    for channel in (channel_of(database, zenith), new_id()):
        with pytest.raises(NotFound, match="no such channel"):
            add(database, acme, channel_id=channel)


def test_a_change_touches_what_was_named_and_is_audited(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """None leaves a value; a channel can be taken away."""
    made = add(database, acme, channel_id=channel_of(database, acme))
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        deliverables.change_deliverable(work, made.id, monthly_quantity=12)
        deliverables.change_deliverable(work, made.id, monthly_quantity=12)
        changed = deliverables.change_deliverable(work, made.id, channel_id=None, is_active=False)
        assert (changed.monthly_quantity, changed.channel_id, changed.name) == (12, None, "Blog")
        assert deliverables.list_deliverables(work) == ()
        assert len(deliverables.list_deliverables(work, include_inactive=True)) == 1
        with pytest.raises(InvalidInput):
            deliverables.change_deliverable(work, made.id, monthly_quantity=0)
        work.session.flush()
        actions = list(work.session.scalars(select(AuditRow.action).order_by(AuditRow.id)))
    assert actions == ["deliverable.added", "deliverable.changed", "deliverable.changed"]


def test_a_reviewer_promises_nothing(database: Database, acme: Tenant) -> None:
    """Promises are the tenant's admin's."""
    reviewer = Actor(kind=ActorKind.USER, id="r", name="Rita", permissions=PERMISSIONS[Role.REVIEWER])
    with database.unit_of_work(tenant=acme.id, actor=reviewer) as work, pytest.raises(NotAllowed):
        deliverables.add_deliverable(work, kind="blog_posts", name="Blog", monthly_quantity=1)
