"""Sensors of planning: partitions for new tenants, and months that the schedule missed."""

from __future__ import annotations

import dagster as dg

from assets.partitions import range_tags, tenants
from jobs import planning
from leadmetrics_pipelines.domain.periods import Month
from resources.runtime import RuntimeResource
from sensors.decisions import ASK_AGAIN_SECONDS, decide_new_tenants


@dg.sensor(
    name="tenants",
    minimum_interval_seconds=2,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Gives every active tenant its partition.",
    job=planning.start_months,
)
def new_tenants(context: dg.SensorEvaluationContext, runtime: RuntimeResource) -> dg.SensorResult | dg.SkipReason:
    """Add partitions; none is ever taken away."""
    from leadmetrics_pipelines.services.tenants import list_tenants

    with runtime.across_tenants() as work:
        slugs = [tenant.slug for tenant in list_tenants(work)]
    missing = decide_new_tenants(slugs, context.instance.get_dynamic_partitions("tenants"))
    if not missing:
        return dg.SkipReason("Every tenant has its partition.")
    return dg.SensorResult(dynamic_partitions_requests=[tenants.build_add_request(missing)])


@dg.sensor(
    job=planning.start_months,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the running month where that has not happened: a missed tick, a new tenant, a new deliverable.",
)
def month_catch_up(context: dg.SensorEvaluationContext, runtime: RuntimeResource) -> dg.RunRequest | dg.SkipReason:
    """One run for all tenants whose running month is not started."""
    from leadmetrics_pipelines.services.months import find_unstarted

    with runtime.across_tenants() as work:
        unstarted, now = set(find_unstarted(work)), work.now
    # In the order of the partitions: a run takes a range of them. Tenants in between are started already: no harm.
    waiting = [slug for slug in context.instance.get_dynamic_partitions("tenants") if slug in unstarted]
    if not waiting:
        return dg.SkipReason("The running month is started for everybody.")
    month = str(Month.of(now))
    minute = int(now.timestamp() // ASK_AGAIN_SECONDS)
    return dg.RunRequest(
        run_key=f"{month}/{len(waiting)}/{waiting[0]}/{waiting[-1]}/{minute}",
        tags=range_tags(waiting[0], waiting[-1], month),
    )


SENSORS = [new_tenants, month_catch_up]
