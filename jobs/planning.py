"""Jobs of planning: starting months, and asking whether the promises hold."""

from __future__ import annotations

import dagster as dg

from assets import planning
from assets.checks import CHECKS

start_months = dg.define_asset_job(
    "start_months",
    selection=dg.AssetSelection.assets(planning.deliverable_periods).without_checks(),
    description="A period for each active deliverable, and the first activity of its pipeline.",
    executor_def=dg.in_process_executor,
)
check_promises = dg.define_asset_job(
    "check_promises",
    selection=dg.AssetSelection.checks(*CHECKS),
    description="All asset checks: approvals, counts, targets, unknown outcomes, the running month.",
    executor_def=dg.in_process_executor,
)

JOBS = [start_months, check_promises]
