"""The fixtures themselves: what every database test relies on."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

ACTOR = system_actor("tests", "test")


@pytest.mark.parametrize("run", [1, 2])
def test_every_test_finds_only_its_own_two_tenants(database: Database, acme: Tenant, zenith: Tenant, run: int) -> None:
    """What one test wrote is gone in the next, in the same process."""
    with database.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        assert set(work.session.scalars(text("SELECT slug FROM tenants"))) == {"acme", "zenith"}


def test_the_app_role_is_bound_by_row_level_security(database: Database) -> None:
    """The `database` fixture signs in as the app, never as the superuser."""
    database.check()


def test_one_tenant_does_not_see_the_other(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A unit of work of Acme reads Acme's row alone."""
    with database.unit_of_work(tenant=acme.id, actor=ACTOR) as work:
        assert list(work.session.scalars(text("SELECT slug FROM tenants"))) == ["acme"]
