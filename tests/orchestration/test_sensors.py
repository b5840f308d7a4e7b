"""Sensors: what they decide (pure), and that one tick hands out exactly what is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from sensors.decisions import decide_new_tenants, decide_runs
from tests.builders import BlogMonth, build_blog_month
from tests.orchestration.conftest import GivenRuntime

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    tenant: str
    month: str = "2026-11"
    count: int = 1
    digest: str = "d1"


def test_one_run_for_each_tenant_and_month() -> None:
    """However many pieces are ready, a tenant's month gets one run."""
    runs = decide_runs([Work("acme", count=40), Work("zenith")], set(), NOW)
    assert [(run.tenant, run.month) for run in runs] == [("acme", "2026-11"), ("zenith", "2026-11")]


def test_no_second_run_while_one_is_under_way() -> None:
    """The run that is under way takes up what becomes ready meanwhile."""
    assert decide_runs([Work("acme")], {("acme", "2026-11")}, NOW) == []


def test_the_same_state_is_asked_for_once_a_minute() -> None:
    """A dispatch that came to nothing heals; a tick that is repeated changes nothing."""
    first, again, later = (
        decide_runs([Work("acme")], set(), NOW + timedelta(seconds=s))[0].run_key for s in (0, 10, 60)
    )
    assert first == again != later


def test_a_new_attempt_is_a_new_run() -> None:
    """The digest holds the attempts, so a failed dispatch can be asked for again at once."""
    keys = {decide_runs([Work("acme", digest=digest)], set(), NOW)[0].run_key for digest in ("d1", "d2")}
    assert len(keys) == 2


def test_partitions_are_added_and_never_taken_away() -> None:
    """An archived tenant keeps its partition."""
    assert decide_new_tenants(["zenith", "acme"], ["gone", "acme"]) == ["zenith"]


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox) -> BlogMonth:
    build_blog_month(runtime, zenith, posts=1)
    return build_blog_month(runtime, acme, posts=2, base_url=sandbox.wordpress_url("acme"))


def tick(definitions: dg.Definitions, instance: dg.DagsterInstance, name: str) -> list[str]:
    """Evaluate a sensor once; the partitions (or the first of the range) it asks runs for."""
    sensor = definitions.get_repository_def().get_sensor_def(name)
    result = sensor(dg.build_sensor_context(instance=instance, resources={"runtime": GivenRuntime()}))
    if isinstance(result, dg.RunRequest):
        return [result.tags["dagster/asset_partition_range_start"]]
    if isinstance(result, dg.SensorResult):
        return sorted(request.partition_key or "" for request in result.run_requests or ())
    assert isinstance(result, dg.SkipReason)
    return []


def test_each_stage_wakes_its_own_sensor(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth
) -> None:
    """Research when the month starts, writing when requests are approved, publishing when posts are."""
    assert tick(definitions, instance, "ready_agent_work") == ["2026-11|acme", "2026-11|zenith"]
    month.let_agents_work()
    assert tick(definitions, instance, "approved_requests") == []
    month.decide(month.open_approvals("request")[0], Decision.APPROVE)
    month.clock.advance(seconds=6)
    assert tick(definitions, instance, "approved_requests") == ["2026-11|acme"]
    month.let_agents_work()
    assert tick(definitions, instance, "approved_posts") == []
    month.approve_all("post")
    month.clock.advance(seconds=6)
    assert tick(definitions, instance, "approved_posts") == ["2026-11|acme"]
    assert tick(definitions, instance, "approved_posts") == ["2026-11|acme"]  # a lost tick heals


def test_a_missed_month_is_caught_up(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth
) -> None:
    """When the schedule did not run, the sensor starts the month for those who lack it."""
    assert tick(definitions, instance, "month_catch_up") == []
    month.clock.advance(days=30)
    assert tick(definitions, instance, "month_catch_up") == ["2026-12|acme"]


def test_new_tenants_get_partitions(definitions: dg.Definitions, month: BlogMonth) -> None:
    """Without anybody clicking."""
    with dg.DagsterInstance.ephemeral() as empty:
        sensor = definitions.get_repository_def().get_sensor_def("tenants")
        context = dg.build_sensor_context(instance=empty, resources={"runtime": GivenRuntime()})
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        (request,) = result.dynamic_partitions_requests or ()
        assert list(request.partition_keys) == ["acme", "zenith"]


def test_the_schedule_starts_the_month_for_everybody(definitions: dg.Definitions, tmp_path: Path) -> None:
    """On the 1st at 00:30 UTC, one run with the range of all tenants."""
    schedule = definitions.get_repository_def().get_schedule_def("monthly_start")
    at = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:  # a schedule opens its instance by reference
        instance.add_dynamic_partitions("tenants", ["acme", "zenith"])
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
        request = schedule(context)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["dagster/asset_partition_range_start"] == "2026-12|acme"
    assert request.tags["dagster/asset_partition_range_end"] == "2026-12|zenith"
