"""Content assets: briefs, drafts, posts. Keep out: what a service does; an asset opens, calls one service, reports.

None carries an automation condition or a retry policy: each has outside effects, and the ledger and the claims in
Postgres say what is left to do, not Dagster's state. A click on "Materialize" does what is due, and nothing else.
"""

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from assets.groups import OWNERS, Group
from assets.partitions import tenant_months
from assets.planning import deliverable_periods
from assets.reports import TenantMonth, describe_agent_work, describe_publishing, for_each_month
from leadmetrics_pipelines.domain import pipelines
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.agent_work import AgentWorkReport
    from leadmetrics_pipelines.services.publishing import PublishReport
    from leadmetrics_pipelines.services.runtime import Runtime

_FEW_AT_ONCE = dg.BackfillPolicy.multi_run(max_partitions_per_run=10)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=_FEW_AT_ONCE,
    deps=[deliverable_periods],
    group_name=Group.CONTENT,
    owners=OWNERS,
    kinds={"postgres", "anthropic"},
    description=(
        "Topics and content calendars for the month, for every kind of content: each entry a request that waits for a "
        "reviewer. Reads `activities` (plans that are free), the client context file and earlier titles; writes "
        "`content_requests`, `approvals`, `sessions`. Does nothing for months that are only planned."
    ),
)
def content_requests(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Let the planning agents propose and revise what the month is to be about."""
    plan = partial(work_in_month, context, runtime.get(), pipelines.PLAN)
    for_each_month(context, runtime, plan, describe_agent_work)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=_FEW_AT_ONCE,
    deps=[content_requests],
    group_name=Group.CONTENT,
    owners=OWNERS,
    kinds={"postgres", "anthropic"},
    description=(
        "Drafts of approved requests, one for each target channel, each waiting for a reviewer. Reads approved "
        "`content_requests`, the limits of the platforms and people's notes; writes versions of `posts` (blog posts, "
        "social posts, newsletters), `approvals`, `sessions`."
    ),
)
def drafts(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Let the copywriters write and rewrite posts."""
    write = partial(work_in_month, context, runtime.get(), pipelines.WRITE)
    for_each_month(context, runtime, write, describe_agent_work)


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=_FEW_AT_ONCE,
    deps=[drafts],
    group_name=Group.CONTENT,
    owners=OWNERS,
    kinds={"postgres", "wordpress"},
    description=(
        "Approved posts, live on their channels. Reads `posts` whose approval stands and whose time has come; writes "
        "the ledger `publications` and the platforms. Publishes each post once, and nothing that was not approved, "
        "however often it is materialised."
    ),
)
def published_posts(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Publish what is approved and due."""
    from leadmetrics_pipelines.services.publishing import publish_due

    def publish(partition: TenantMonth) -> "PublishReport":
        return publish_due(runtime.get(), tenant=partition.tenant_id, month=partition.month, run_id=context.run_id)

    for_each_month(context, runtime, publish, describe_publishing)


def work_in_month(
    context: dg.AssetExecutionContext, runtime: "Runtime", step: str, partition: TenantMonth
) -> "AgentWorkReport":
    """Let agents do one step of a tenant's month."""
    from leadmetrics_pipelines.services.agent_work import do_agent_work

    return do_agent_work(
        runtime, tenant=partition.tenant_id, month=partition.month, run_id=context.run_id, steps=(step,),
        tell=context.log.info,
    )  # fmt: skip
