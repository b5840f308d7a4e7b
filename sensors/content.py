"""Sensors of the content pipelines: gather, decide, request. No work is done in a sensor.

Level-triggered: each asks "what is ready and not under way?", never "what changed?". A lost tick heals itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.partitions import tenant_month_key
from jobs import content
from leadmetrics_pipelines.domain import pipelines
from resources.runtime import RuntimeResource
from sensors.decisions import Ready, Request, decide_runs
from sensors.gathering import find_under_way, watch

if TYPE_CHECKING:
    from leadmetrics_pipelines.storage.database import UnitOfWork


def _make_sensor(
    name: str, job: UnresolvedAssetJobDefinition, description: str, gather: Callable[[UnitOfWork], Sequence[Ready]]
) -> dg.SensorDefinition:
    @dg.sensor(
        name=name,
        job=job,
        description=description,
        minimum_interval_seconds=1,  # people wait for it
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.SensorEvaluationContext, runtime: RuntimeResource) -> dg.SensorResult | dg.SkipReason:
        def look() -> Sequence[Request]:
            with runtime.across_tenants() as work:
                ready, now = gather(work), work.now
            return decide_runs(ready, find_under_way(context.instance, job.name, now), now) if ready else ()

        requests = watch(look, runtime.get().clock)
        if not requests:
            return dg.SkipReason("Nothing is ready that is not under way.")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=request.run_key, partition_key=tenant_month_key(request.tenant, request.month))
                for request in requests
            ]
        )

    return sensor


def gather_agent_work(step: str) -> Callable[[UnitOfWork], Sequence[Ready]]:
    """Work of that step which agents may take up now."""

    def gather(work: UnitOfWork) -> Sequence[Ready]:
        from leadmetrics_pipelines.services.work import find_ready_work

        return find_ready_work(work, (step,))

    return gather


def gather_publications(work: UnitOfWork) -> Sequence[Ready]:
    """Due posts; noting that somebody looks, so that pages can say when nobody does."""
    from leadmetrics_pipelines.services.publishing import due_publications, note_heartbeat

    note_heartbeat(work)
    return due_publications(work)


ready_agent_work = _make_sensor(
    "ready_agent_work", content.plan_content,
    "Plans that are free (a month started, or topics were sent back) go to the agents.",
    gather_agent_work(pipelines.PLAN),
)  # fmt: skip
approved_requests = _make_sensor(
    "approved_requests", content.write_drafts,
    "Approved requests, and drafts that were sent back, go to the writers.",
    gather_agent_work(pipelines.WRITE),
)  # fmt: skip
approved_posts = _make_sensor(
    "approved_posts", content.publish_posts,
    "Approved posts whose time has come, and publications whose outcome is unknown, go to the publisher.",
    gather_publications,
)  # fmt: skip

SENSORS = [ready_agent_work, approved_requests, approved_posts]
