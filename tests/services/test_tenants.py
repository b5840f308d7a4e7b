"""Tenants: registered, found, changed; and never by a neighbour."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Actor, ActorKind, Permission, system_actor
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.services import tenants
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

PLATFORM = system_actor("tests", "test")


def register(database: Database, **values: object) -> Tenant:
    usual: dict[str, object] = {"slug": "north-wind", "name": "North Wind", "website_url": "https://northwind.example"}
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        return tenants.register_tenant(work, **{**usual, **values})  # type: ignore[arg-type]


def test_a_registered_tenant_is_found_by_its_slug(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """What was given is kept, the profile with every key, and the audit log says so."""
    made = register(database, time_zone="Europe/Berlin", profile={"industry": "Sailing", "products": ["Sails ", ""]})
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        found = tenants.find_tenant(work, "north-wind")
        assert [tenant.slug for tenant in tenants.list_tenants(work)] == ["acme", "north-wind", "zenith"]
        audited = work.session.scalars(select(AuditRow).where(AuditRow.subject_id == str(made.id))).one()
    assert found.id == made.id
    assert found.profile == {"industry": "Sailing", "audience": "", "tone": "", "location": "", "products": ["Sails"]}
    assert (audited.action, audited.tenant_id) == ("tenant.registered", made.id)


@pytest.mark.parametrize("slug", ["", "a", "Acme", "a|b", "-a", "a-", "a" * 41, "ä1", "a b", "acme\n", "a_b", "a/b"])
def test_a_slug_that_would_break_a_partition_key_is_refused(database: Database, slug: str) -> None:
    """Slugs are partition keys and parts of addresses."""
    with pytest.raises(InvalidInput, match="a-z") as caught:
        register(database, slug=slug)
    assert caught.value.field == "slug"


@pytest.mark.parametrize(
    "url", ["", "acme.example", "ftp://acme.example", "https://", "https://a b.example", "javascript:alert(1)",
            "https://user:pw@acme.example", "https://acme.example:0", "https://acme.example:99999", "https://[::1"]
)  # fmt: skip
def test_a_website_that_is_no_address_is_refused(database: Database, url: str) -> None:
    """Only http(s), in full."""
    with pytest.raises(InvalidInput, match="Write it in full"):
        register(database, website_url=url)


@pytest.mark.parametrize("zone", ["", "Europe/Belrin", "../etc/passwd", "/etc/localtime", "Mars/Olympus", "Europe"])
def test_a_time_zone_that_does_not_exist_is_refused(database: Database, zone: str) -> None:
    """The message helps."""
    with pytest.raises(InvalidInput, match=r"Did you mean|IANA") as caught:
        register(database, time_zone=zone)
    assert caught.value.field == "time_zone"


@pytest.mark.parametrize("profile", [{"motto": "x"}, {"products": "Sails"}, {"tone": 3}, {"products": [1]}])
def test_a_profile_that_does_not_fit_is_refused(database: Database, profile: dict[str, object]) -> None:
    """Agents read the profile; a value of the wrong kind would surface in a prompt."""
    with pytest.raises(InvalidInput) as caught:
        register(database, profile=profile)
    assert caught.value.field == f"profile.{next(iter(profile))}"


def test_a_slug_is_given_out_once(database: Database, acme: Tenant) -> None:
    """And the refusal leaves the transaction usable."""
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        with pytest.raises(Conflict, match="already a tenant 'acme'"):
            tenants.register_tenant(work, slug="acme", name="Second", website_url="https://second.example")
        assert tenants.find_tenant(work, "acme").name == "Acme"


def test_an_unknown_slug_names_those_that_look_like_it(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A typing error is answered with what was meant; within a tenant no neighbour's slug is told."""
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        with pytest.raises(NotFound, match="Did you mean acme"):
            tenants.find_tenant(work, "acmee")
        with pytest.raises(NotFound, match="tenants list"):
            tenants.find_tenant(work, "qqqqqq")
    with database.unit_of_work(tenant=zenith.id, actor=PLATFORM) as work, pytest.raises(NotFound) as caught:
        tenants.find_tenant(work, "acme")
    assert "mean" not in str(caught.value)


def test_rules_are_the_tenants_own(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Switching four eyes off here leaves them on next door, and is audited with before and after."""
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        assert not tenants.change_rules(work, four_eyes=False).four_eyes
        tenants.change_rules(work, four_eyes=False, edit_and_approve=True)  # as it is: no second row
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        assert not tenants.find_tenant(work, "acme").four_eyes
        assert tenants.find_tenant(work, "zenith").four_eyes
        rows = work.session.scalars(select(AuditRow)).all()
    assert [(row.tenant_id, row.action, row.detail) for row in rows] == [
        (acme.id, "tenant.rules_changed", {"before": {"four_eyes": True}, "after": {"four_eyes": False}})
    ]


def test_details_of_a_neighbour_cannot_be_changed_from_within(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Row-level security hides the row."""
    with database.unit_of_work(tenant=zenith.id, actor=PLATFORM) as work, pytest.raises(NotFound):
        tenants.change_details(work, acme.id, name="Stolen")


def test_details_change_but_keep_what_was_not_named(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A profile is merged."""
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        tenants.change_details(work, acme.id, profile={"tone": "dry", "products": ["Anvils"]})
        changed = tenants.change_details(work, acme.id, name=" Acme Ltd ", profile={"tone": "warm"})
        tenants.set_active(work, zenith.id, active=False)
        assert [tenant.slug for tenant in tenants.list_tenants(work)] == ["acme"]
        assert len(tenants.list_tenants(work, include_inactive=True)) == 2
    assert (changed.name, changed.profile["tone"], changed.profile["products"]) == ("Acme Ltd", "warm", ["Anvils"])


def test_who_may_not_manage_is_refused(database: Database, acme: Tenant) -> None:
    """Each use case asks for its permission."""
    reader = Actor(kind=ActorKind.USER, id="r", name="Rea", permissions=frozenset({Permission.READ}))
    with database.unit_of_work(tenant=all_tenants, actor=reader) as work:
        with pytest.raises(NotAllowed):
            tenants.register_tenant(work, slug="mine", name="Mine", website_url="https://mine.example")
        with pytest.raises(NotAllowed):
            tenants.set_active(work, acme.id, active=False)
        with pytest.raises(NotAllowed):
            tenants.change_details(work, acme.id, name="x")
    with database.unit_of_work(tenant=acme.id, actor=reader) as work, pytest.raises(NotAllowed):
        tenants.change_rules(work, four_eyes=False)
