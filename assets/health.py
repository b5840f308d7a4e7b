"""Health assets: what is read of channels, and the scores made of it. Keep out: formulas (`domain/scoring/`).

Reading is asked of platforms, a few tenants at a time; scoring is one statement for any number of them.
"""

from functools import partial

import dagster as dg

from assets.groups import OWNERS, Group
from assets.health_reports import describe_figures, describe_scores, describe_snapshots, read_month
from assets.partitions import read_keys, tenant_months
from assets.reports import for_each_month
from resources.runtime import RuntimeResource

_FEW_AT_ONCE = dg.BackfillPolicy.multi_run(max_partitions_per_run=10)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=_FEW_AT_ONCE,
    group_name=Group.CHANNELS,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "Daily figures of every connected channel: impressions, clicks, sessions, ... Reads `channels` and their "
        "platforms; writes `channel_figures` by upsert, because platforms restate. Any past month may be asked for."
    ),
)
def channel_figures(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Read the days of the month that are over."""
    from leadmetrics_pipelines.services.figures import read_figures

    for_each_month(context, runtime, partial(read_month, read_figures, context, runtime.get()), describe_figures)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=_FEW_AT_ONCE,
    group_name=Group.CHANNELS,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "The facts of every connected channel: profile, posts, reviews, ... Reads `channels` and their platforms; "
        "writes `channel_snapshots`, with the source of each fact and the reason of each that is unknown. A platform "
        "tells how an account is now: a month that is over is read for five more days, and then left as it is."
    ),
)
def channel_snapshots(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Read each channel; one that fails does not cost the others theirs."""
    from leadmetrics_pipelines.services.snapshots import take_snapshots

    for_each_month(context, runtime, partial(read_month, take_snapshots, context, runtime.get()), describe_snapshots)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[channel_snapshots],
    group_name=Group.CHANNELS,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "The health of every channel, 0 to 100, of what is known. Reads `channel_snapshots`; writes `channel_scores`, "
        "the improvement tasks in `activities` (once each) and the standing of `goals`. Set-based, so backfill at "
        "will; only a channel's newest month makes tasks."
    ),
)
def channel_scores(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Score the snapshots of the selected months."""
    from leadmetrics_pipelines.services.scores import compute_scores

    with runtime.across_tenants() as work:
        report = compute_scores(work, read_keys(context.partition_keys), run_id=context.run_id)
    describe_scores(context, report)
