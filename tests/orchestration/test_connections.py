"""Renewals, probes and versions as Dagster runs them: one run for all clients, and no client costs another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.facts import PLATFORMS
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.versions import find_ending_versions, warn_of_sunsets
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_person
from tests.orchestration.conftest import GivenRuntime
from tests.services.connecting_builders import (
    change_channel,
    connect_account,
    point_at,
    read_channel,
    standing_alerts,
)


@pytest.fixture
def two(runtime: Runtime, sandbox: RunningSandbox, acme: Tenant, zenith: Tenant) -> tuple[Channel, Channel]:
    """Acme's location on Google, and Zenith's account at Klaviyo."""
    point_at(runtime, sandbox)
    tina = build_person(runtime.database, acme, Role.TENANT_ADMIN, "Tina Admin")
    zoe = build_person(runtime.database, zenith, Role.TENANT_ADMIN, "Zoe Zenith")
    return connect_account(runtime, acme, tina, "google_business"), connect_account(runtime, zenith, zoe, "klaviyo")


def run(definitions: dg.Definitions, instance: dg.DagsterInstance, job: str) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)


def test_one_run_renews_for_everybody(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, clock: FixedClock,
    two: tuple[Channel, Channel],
) -> None:  # fmt: skip
    """The sensor asks for a run when something is due, and the run does all of it."""
    sensor = definitions.get_repository_def().get_sensor_def("channels_to_renew")

    def ask() -> int:
        result = sensor(dg.build_sensor_context(instance=instance, resources={"runtime": GivenRuntime()}))
        return int(isinstance(result, dg.RunRequest))

    assert ask() == 0
    clock.advance(seconds=3590)
    assert ask() == 1
    assert run(definitions, instance, "renew_channels").success
    assert [read_channel(runtime, channel).credentials_version for channel in two] == [2, 2]
    assert ask() == 0


def test_one_clients_broken_credentials_fail_the_run_when_the_others_are_done(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, clock: FixedClock,
    two: tuple[Channel, Channel],
) -> None:  # fmt: skip
    """The operator sees a failed run; the neighbour's channel is fresh."""
    change_channel(runtime, two[0], credentials=b"sealed with a key that is lost")
    clock.advance(seconds=3590)
    assert not run(definitions, instance, "renew_channels").success
    assert read_channel(runtime, two[1]).credentials_version == 2


def test_the_daily_probe_finds_a_silent_death(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, zenith: Tenant,
    two: tuple[Channel, Channel], sandbox: RunningSandbox,
) -> None:  # fmt: skip
    """The app was removed on the platform: found before the next post does, with an alert for that client alone."""
    sandbox.revoke_consent("google")
    assert run(definitions, instance, "probe_channels").success
    assert [read_channel(runtime, channel).status for channel in two] == ["revoked", "connected"]
    assert [alert.kind for alert in standing_alerts(runtime, acme)] == ["channel_revoked"]
    assert standing_alerts(runtime, zenith) == []


def test_a_version_that_ends_turns_amber_then_red(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, clock: FixedClock,
    sandbox: RunningSandbox,
) -> None:  # fmt: skip
    """Sixty days ahead a warning, fourteen an error, with an alert for whoever has a channel there."""
    point_at(runtime, sandbox)
    tina = build_person(runtime.database, acme, Role.TENANT_ADMIN, "Tina Admin")
    connect_account(runtime, acme, tina, "linkedin")
    version = next(version for version in PLATFORMS["linkedin"].versions if version.sunset is not None)
    assert version.sunset is not None
    sunset = datetime.combine(version.sunset, datetime.min.time(), UTC)
    for days, kinds in ((61, []), (60, ["attention"]), (14, ["blocked"])):
        clock.at = sunset - timedelta(days=days)
        mine = [one for one in find_ending_versions(clock.now().date()) if one.platform == "linkedin"]
        assert [one.is_red for one in mine] == [kind == "blocked" for kind in kinds]
        warn_of_sunsets(runtime)
        alerts = [alert for alert in standing_alerts(runtime, acme) if alert.subject_id == "linkedin"]
        assert [alert.severity for alert in alerts] == kinds
    result = run(definitions, instance, "probe_channels")
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.severity.name) == (False, "ERROR")
