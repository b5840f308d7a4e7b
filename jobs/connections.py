"""Jobs of channels' access: renewing, probing, and the versions we depend on."""

from __future__ import annotations

import dagster as dg

from assets import connections
from assets.version_check import api_versions_live

renew_channels = dg.define_asset_job(
    "renew_channels",
    selection=dg.AssetSelection.assets(connections.channel_access).without_checks(),
    description="Fresh tokens for every channel whose renewal is due.",
    executor_def=dg.in_process_executor,
)
probe_channels = dg.define_asset_job(
    "probe_channels",
    selection=dg.AssetSelection.assets(connections.channel_probes) | dg.AssetSelection.checks(api_versions_live),
    description="Does every channel still work, and does a version end that we depend on?",
    executor_def=dg.in_process_executor,
)
daily_probes = dg.ScheduleDefinition(
    name="daily_probes",
    job=probe_channels,
    cron_schedule="40 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day at 04:40 UTC, before most posts are due: is every channel still ours?",
)

JOBS = [renew_channels, probe_channels]
SCHEDULES = [daily_probes]
