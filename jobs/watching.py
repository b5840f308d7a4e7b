"""Jobs that only look."""

from __future__ import annotations

import dagster as dg

from assets import watching

watch_live_posts = dg.define_asset_job(
    "watch_live_posts",
    selection=dg.AssetSelection.assets(watching.live_posts).without_checks(),
    description="What was published lately is read back from the platforms.",
    executor_def=dg.in_process_executor,
)

JOBS = [watch_live_posts]
