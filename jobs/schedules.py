"""Schedules: what happens by the calendar. The catch-up for a missed tick is the sensor `month_catch_up`."""

from __future__ import annotations

import dagster as dg

from assets.partitions import range_tags, tenants
from jobs import planning, watching
from leadmetrics_pipelines.domain.periods import Month


@dg.schedule(
    job=planning.start_months,
    cron_schedule="30 0 1 * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="On the 1st at 00:30 UTC the month starts for every tenant, in one run.",
)
def monthly_start(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run for all tenants."""
    slugs = tenants.get_partition_keys(dynamic_partitions_store=context.instance)
    if not slugs:
        return dg.SkipReason("There are no tenants yet.")
    month = str(Month.of(context.scheduled_execution_time))
    return dg.RunRequest(run_key=f"monthly:{month}", tags=range_tags(slugs[0], slugs[-1], month))


@dg.schedule(
    job=watching.watch_live_posts,
    cron_schedule="20 5 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 05:20 UTC what was published lately is read back from the platforms.",
)
def daily_watch(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run for all tenants, of the running month."""
    slugs = tenants.get_partition_keys(dynamic_partitions_store=context.instance)
    if not slugs:
        return dg.SkipReason("There are no tenants yet.")
    at = context.scheduled_execution_time
    return dg.RunRequest(run_key=f"watch:{at:%Y-%m-%d}", tags=range_tags(slugs[0], slugs[-1], str(Month.of(at))))


hourly_checks = dg.ScheduleDefinition(
    name="hourly_checks",
    job=planning.check_promises,
    cron_schedule="15 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every hour: do the promises hold?",
)

SCHEDULES = [monthly_start, daily_watch, hourly_checks]
