"""The sensor of channels' access: gather what is due, and ask for one run of all of it."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from jobs import connections
from resources.runtime import RuntimeResource
from sensors.decisions import ASK_AGAIN_SECONDS
from sensors.gathering import LONGEST_RUN


@dg.sensor(
    name="channels_to_renew",
    job=connections.renew_channels,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tokens in the last tenth of their life are renewed, all that are due in one run.",
)
def channels_to_renew(context: dg.SensorEvaluationContext, runtime: RuntimeResource) -> dg.RunRequest | dg.SkipReason:
    """One run for all tenants, while none is under way."""
    from leadmetrics_pipelines.services.renewals import find_due

    with runtime.across_tenants() as work:
        due, now = find_due(work, limit=1), work.now
    if not due:
        return dg.SkipReason("Every token has time.")
    filters = dg.RunsFilter(
        job_name=connections.renew_channels.name, statuses=list(NOT_FINISHED_STATUSES), created_after=now - LONGEST_RUN
    )
    if context.instance.get_runs(filters, limit=1):
        return dg.SkipReason("A renewal is under way.")
    return dg.RunRequest(run_key=f"renew/{int(now.timestamp() // ASK_AGAIN_SECONDS)}")


SENSORS = [channels_to_renew]
