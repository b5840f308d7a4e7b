"""Rotating keys: everything moves to the newest key, nothing is lost, and stopping in the middle does no harm."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.services.keys import RotationReport, rotate_keys
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel, build_person

OLD, NEW = Keyring.new_key(), Keyring.new_key()


@pytest.fixture
def sealed(runtime: Runtime, acme: Tenant, zenith: Tenant) -> list[Channel]:
    """Five channels of two tenants, sealed with the old key."""
    runtime.keyring = Keyring([OLD])
    pairs = [(acme, n) for n in range(3)] + [(zenith, n) for n in range(2)]
    ids = [(tenant.id, build_channel(runtime, tenant, f"https://site-{n}.example")) for tenant, n in pairs]
    rows = []
    for tenant_id, channel_id in ids:
        with runtime.unit_of_work(tenant=tenant_id, actor=TESTER) as work:
            rows.append(work.session.get_one(Channel, channel_id))
    return rows


def read(runtime: Runtime, channel: Channel, key: str) -> dict[str, str]:
    with runtime.unit_of_work(tenant=channel.tenant_id, actor=TESTER) as work:
        return Keyring([key]).open(work.session.get_one(Channel, channel.id).credentials or b"")


def test_everything_is_sealed_with_the_newest_key(runtime: Runtime, sealed: list[Channel]) -> None:
    """Over all tenants and batches; a second run finds nothing to do, and then the old key may go."""
    runtime.keyring = Keyring([NEW, OLD])
    assert rotate_keys(runtime, TESTER, batch=2) == RotationReport(resealed=5, current=0)
    assert rotate_keys(runtime, TESTER, batch=2) == RotationReport(resealed=0, current=5)
    assert all(read(runtime, channel, NEW)["username"] == "editor" for channel in sealed)


def test_a_rotation_that_was_stopped_goes_on(runtime: Runtime, sealed: list[Channel]) -> None:
    """What is done stays done."""
    runtime.keyring = Keyring([NEW, OLD])

    def stop(seen: int) -> None:
        if seen >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(runtime, TESTER, batch=2, tell=stop)
    assert rotate_keys(runtime, TESTER, batch=2) == RotationReport(resealed=3, current=2)


def test_what_no_key_opens_is_named_and_left(runtime: Runtime, sealed: list[Channel]) -> None:
    """Nothing is thrown away that a key may turn up for."""
    runtime.keyring = Keyring([NEW])
    report = rotate_keys(runtime, TESTER)
    assert (report.resealed, len(report.unreadable)) == (0, 5)
    assert read(runtime, sealed[0], OLD)["username"] == "editor"
    with pytest.raises(InvalidInput):
        read(runtime, sealed[0], NEW)


def test_only_the_platform_rotates(runtime: Runtime, acme: Tenant) -> None:
    """A client's admin does not."""
    with pytest.raises(NotAllowed):
        rotate_keys(runtime, build_person(runtime.database, acme, Role.TENANT_ADMIN, "Tina Admin"))
