"""Jobs of the content pipelines: a name, a sentence, a selection. Short work runs in one process."""

from __future__ import annotations

import dagster as dg

from assets import content

plan_content = dg.define_asset_job(
    "plan_content",
    selection=dg.AssetSelection.assets(content.content_requests).without_checks(),
    description="Agents propose and revise what a tenant's month is to be about.",
    executor_def=dg.in_process_executor,
)
write_drafts = dg.define_asset_job(
    "write_drafts",
    selection=dg.AssetSelection.assets(content.drafts).without_checks(),
    description="Agents write and rewrite the posts of approved requests.",
    executor_def=dg.in_process_executor,
)
publish_posts = dg.define_asset_job(
    "publish_posts",
    selection=dg.AssetSelection.assets(content.published_posts).without_checks(),
    description="What is approved and due goes out, once.",
    executor_def=dg.in_process_executor,
)

JOBS = [plan_content, write_drafts, publish_posts]
