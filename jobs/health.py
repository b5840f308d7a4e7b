"""Jobs of the health score: reading figures, reading and scoring channels, asking whether it holds; and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import dagster as dg

from assets import health
from assets.health_checks import CHECKS
from assets.partitions import range_tags, tenants
from leadmetrics_pipelines.domain.periods import Month

# As long as `services/reading.SETTLING`: what platforms finish and restate of a month that is over.
SETTLING = timedelta(days=5)

read_figures = dg.define_asset_job(
    "read_figures",
    selection=dg.AssetSelection.assets(health.channel_figures).without_checks(),
    description="The daily figures of all connected channels.",
    executor_def=dg.in_process_executor,
)
# Two jobs: reading is backfilled a few tenants at a time, scoring in one run (Dagster knows one policy per job).
read_channels = dg.define_asset_job(
    "read_channels",
    selection=dg.AssetSelection.assets(health.channel_snapshots).without_checks(),
    description="The facts of all connected channels.",
    executor_def=dg.in_process_executor,
)
score_channels = dg.define_asset_job(
    "score_channels",
    selection=dg.AssetSelection.assets(health.channel_scores).without_checks(),
    description="The health scores of all channels, from what was read last.",
    executor_def=dg.in_process_executor,
)
check_scores = dg.define_asset_job(
    "check_scores",
    selection=dg.AssetSelection.checks(*CHECKS),
    description="Do the scores hold, is enough known, is every channel still read?",
    executor_def=dg.in_process_executor,
)


@dg.schedule(
    job=read_figures,
    cron_schedule="10 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 04:10 UTC the figures of the running month, in its first days those of the last one too.",
)
def daily_figures(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest] | dg.SkipReason:
    """One run for all tenants and month."""
    return _ask_for(context, "figures")


@dg.schedule(
    job=read_channels,
    cron_schedule="40 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 04:40 UTC the facts of the running month, in its first days those of the last one too.",
)
def daily_snapshots(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest] | dg.SkipReason:
    """One run for all tenants and month."""
    return _ask_for(context, "snapshots")


@dg.schedule(
    job=score_channels,
    cron_schedule="10 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 06:10 UTC the running month's score so far; in its first days the last one's, for good.",
)
def daily_scores(context: dg.ScheduleEvaluationContext) -> Sequence[dg.RunRequest] | dg.SkipReason:
    """One run for all tenants and month."""
    return _ask_for(context, "scores")


daily_score_checks = dg.ScheduleDefinition(
    name="daily_score_checks",
    job=check_scores,
    cron_schedule="40 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day: do the scores hold?",
)


def choose_months(at: datetime) -> list[Month]:
    """The running month, and before it the last one while platforms still restate it."""
    running, before = Month.of(at), Month.of(at).preceding()
    return [before, running] if at.date() <= before.last_day + SETTLING else [running]


def _ask_for(context: dg.ScheduleEvaluationContext, what: str) -> Sequence[dg.RunRequest] | dg.SkipReason:
    slugs = tenants.get_partition_keys(dynamic_partitions_store=context.instance)
    if not slugs:
        return dg.SkipReason("There are no tenants yet.")
    at = context.scheduled_execution_time
    return [
        dg.RunRequest(run_key=f"{what}:{month}:{at:%Y-%m-%d}", tags=range_tags(slugs[0], slugs[-1], str(month)))
        for month in choose_months(at)
    ]


JOBS = [read_figures, read_channels, score_channels, check_scores]
SCHEDULES = [daily_figures, daily_snapshots, daily_scores, daily_score_checks]
