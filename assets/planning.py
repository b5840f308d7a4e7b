"""Planning assets: the months of promises. Keep out: what produces content (`content.py`)."""

import dagster as dg

from assets.groups import OWNERS, Group
from assets.partitions import read_keys, tenant_months
from assets.reports import describe_months
from resources.runtime import RuntimeResource


@dg.asset(
    partitions_def=tenant_months,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name=Group.PLANNING,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "One period per active deliverable and month, with the first activity of its pipeline. "
        "Reads `tenants`, `deliverables`; writes `deliverable_periods`, `activities`. Set-based: any number of tenants "
        "and months in one statement, so backfill at will. Only the running month becomes active; other months are "
        "plans, and nothing of a plan is ever written, sent or published."
    ),
)
def deliverable_periods(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Start the selected months of the selected tenants."""
    from leadmetrics_pipelines.services.months import start_months

    with runtime.across_tenants() as work:
        report = start_months(work, read_keys(context.partition_keys), run_id=context.run_id)
    describe_months(context, report)
