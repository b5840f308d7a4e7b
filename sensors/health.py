"""The sensor of new channels: read at once, then scored at once. The schedules of `jobs/health.py` do the rest."""

from __future__ import annotations

import dagster as dg

from assets.partitions import tenant_month_key
from jobs import health
from leadmetrics_pipelines.domain.periods import Month
from resources.runtime import RuntimeResource
from sensors.decisions import ASK_AGAIN_SECONDS

MOST_AT_ONCE = 10


@dg.sensor(
    jobs=[health.read_channels, health.score_channels],
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="A channel that was just connected is read, and then scored, without waiting for the next day.",
)
def new_channels(context: dg.SensorEvaluationContext, runtime: RuntimeResource) -> dg.SensorResult | dg.SkipReason:
    """One run per tenant: to read what was never read, else to score what was never scored."""
    from leadmetrics_pipelines.services.unscored import find_unscored

    with runtime.across_tenants() as work:
        found, now = find_unscored(work, most=MOST_AT_ONCE), work.now
    known = set(context.instance.get_dynamic_partitions("tenants"))
    month, turn = str(Month.of(now)), int(now.timestamp() // ASK_AGAIN_SECONDS)
    requests = [
        dg.RunRequest(
            run_key=f"{job.name}/{new.tenant}/{month}/{turn}", job_name=job.name,
            partition_key=tenant_month_key(new.tenant, month),
        )
        for new in found if new.tenant in known
        for job in (health.read_channels if new.unread else health.score_channels,)
    ]  # fmt: skip
    return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("Every channel has a score.")


SENSORS = [new_channels]
