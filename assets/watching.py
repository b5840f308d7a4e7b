"""Assets that only look: what became of published posts on the platforms. They write nothing there."""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from assets.content import published_posts
from assets.groups import OWNERS, Group
from assets.partitions import tenant_months
from assets.reports import TenantMonth, describe_watch, for_each_month
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.live_watch import WatchReport
    from leadmetrics_pipelines.services.runtime import Runtime


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=25),
    deps=[published_posts],
    group_name=Group.CONTENT,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "Posts of the last 30 days as they are on their platforms now: live, edited, deleted, rejected. Reads the "
        "platforms; writes `posts.live_state`, and an alert with a task for what somebody changed there. "
        "Of the running month only: what is live is a question about today."
    ),
)
def live_posts(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Read back what was published lately."""
    for_each_month(context, runtime, partial(_watch, runtime.get()), describe_watch)


def _watch(runtime: "Runtime", partition: TenantMonth) -> "WatchReport":
    from leadmetrics_pipelines.domain.periods import Month
    from leadmetrics_pipelines.services.live_watch import WatchReport, watch_live_posts

    if partition.month != Month.of(runtime.clock.now()):
        return WatchReport()
    return watch_live_posts(runtime, partition.tenant_id)
