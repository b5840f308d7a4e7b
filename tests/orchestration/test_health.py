"""The health assets in Dagster: read, then scored, each in one run for all tenants; checks that notice."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest
from sqlalchemy import text

from assets.partitions import range_tags
from jobs.health import choose_months
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel
from tests.orchestration.conftest import GivenRuntime
from tests.services.health_builders import GOOGLE, add_channel, add_snapshot, read_scores


def run(definitions: dg.Definitions, instance: dg.DagsterInstance, job: str) -> dg.ExecuteInProcessResult:
    """Run a job for November of both tenants."""
    tags = range_tags("acme", "zenith", "2026-11")
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def test_channels_are_read_and_scored(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, zenith: Tenant,
    sandbox: RunningSandbox,
) -> None:  # fmt: skip
    """Each tenant's site, and one that is gone: the others are scored, the run succeeds and says what is missing."""
    build_channel(runtime, acme, sandbox.wordpress_url("acme"))
    build_channel(runtime, acme, "http://127.0.0.1:9/wordpress/gone")
    build_channel(runtime, zenith, sandbox.make_site("zenith"))
    read_run = run(definitions, instance, "read_channels")
    result = run(definitions, instance, "score_channels")
    assert read_run.success
    assert result.success
    assert [score.total is not None for score in read_scores(runtime.database, zenith)] == [True]
    assert sorted(score.total is not None for score in read_scores(runtime.database, acme)) == [False, True]
    assert {score.run_id for score in read_scores(runtime.database, acme)} == {result.run_id}
    read = {event.partition: event.metadata for event in read_run.asset_materializations_for_node("channel_snapshots")}
    assert "No connection" in str(read["2026-11|acme"]["could not be read"].value)
    assert run(definitions, instance, "read_figures").success


def test_checks_hold_and_notice(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, zenith: Tenant,
    clock: FixedClock,
) -> None:  # fmt: skip
    """Good at first; then a dimension over 100, little that is known, a channel that nobody reads any more."""
    add_snapshot(runtime.database, acme, add_channel(runtime.database, acme, "google_business"), GOOGLE)
    add_snapshot(runtime.database, zenith, add_channel(runtime.database, zenith, "linkedin"), {"engagement_rate": 0.1})
    assert run(definitions, instance, "score_channels").success

    def ask() -> dict[str, bool]:
        result = definitions.resolve_job_def("check_scores").execute_in_process(instance=instance)
        return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}

    assert ask() == {"scores_within_bounds": True, "enough_is_known": False, "no_stale_snapshot": True}
    clock.advance(days=3)
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        work.session.execute(text("UPDATE channel_scores SET dimensions = jsonb_set(dimensions, '{0,score}', '120')"))
    assert ask() == {"scores_within_bounds": False, "enough_is_known": False, "no_stale_snapshot": False}


@pytest.mark.parametrize(
    ("day", "months"), [(1, ["2026-10", "2026-11"]), (5, ["2026-10", "2026-11"]), (6, ["2026-11"]), (30, ["2026-11"])]
)
def test_a_month_that_just_ended_is_read_for_good(day: int, months: list[str]) -> None:
    """In its first five days the month before is asked for, too."""
    assert [str(month) for month in choose_months(datetime(2026, 11, day, 4, 40, tzinfo=UTC))] == months


def test_a_new_channel_is_read_and_then_scored(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, zenith: Tenant,
    sandbox: RunningSandbox,
) -> None:  # fmt: skip
    """Asked for once it is connected, whatever way; a channel that has a score is left to the schedule."""
    sensor = definitions.get_repository_def().get_sensor_def("new_channels")

    def asked() -> list[tuple[str | None, str | None]]:
        context = dg.build_sensor_context(instance=instance, resources={"runtime": GivenRuntime()})
        result = sensor(context)
        found = result.run_requests if isinstance(result, dg.SensorResult) else ()
        return [(request.job_name, str(request.partition_key)) for request in found or ()]

    assert asked() == []
    build_channel(runtime, acme, sandbox.wordpress_url("acme"))
    assert asked() == [("read_channels", "2026-11|acme")]
    run(definitions, instance, "read_channels")
    assert asked() == [("score_channels", "2026-11|acme")]
    run(definitions, instance, "score_channels")
    assert asked() == []
    assert read_scores(runtime.database, zenith) == []
