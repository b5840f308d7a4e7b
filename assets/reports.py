"""What assets tell Dagster: metadata per partition, links into the review app, and failures at the end.

One tenant's fault does not lose the others' results: it is recorded with its partition and fails the run at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import dagster as dg

from assets.partitions import read_key, tenant_month_key
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import LeadmetricsError
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.agent_work import AgentWorkReport
    from leadmetrics_pipelines.services.live_watch import WatchReport
    from leadmetrics_pipelines.services.months import MonthsReport
    from leadmetrics_pipelines.services.publishing import PublishReport

R = TypeVar("R")

# Dagster reads all keys of the run anew for each partition that is described, in six statements: with 500 of them the
# descriptions took a hundred times as long as the work.
MOST_DESCRIBED = 25


@dataclass(frozen=True, kw_only=True)
class TenantMonth:
    """One partition of a run."""

    key: str
    tenant_id: UUID
    slug: str
    month: Month


def for_each_month(
    context: dg.AssetExecutionContext, runtime: RuntimeResource, act: Callable[[TenantMonth], R],
    describe: Callable[[dg.AssetExecutionContext, TenantMonth, R], Sequence[str]],
) -> None:  # fmt: skip
    """Act on every partition of the run and describe each result; raise dg.Failure at the end if any failed.

    `describe` returns what went wrong in its partition, in sentences for the operator.
    """
    from leadmetrics_pipelines.services.tenants import list_tenants

    failures: list[str] = []
    with runtime.across_tenants() as work:
        ids = {tenant.slug: tenant.id for tenant in list_tenants(work)}
    for count, key in enumerate(context.partition_keys, start=1):
        slug, month = read_key(key)
        if slug not in ids:
            failures.append(f"{key}: there is no active tenant '{slug}'")
            continue
        partition = TenantMonth(key=key, tenant_id=ids[slug], slug=slug, month=month)
        context.log.info("%s/%s: %s, %s", count, len(context.partition_keys), slug, month.title)
        try:
            failures += [f"{key}: {problem}" for problem in describe(context, partition, act(partition))]
        except LeadmetricsError as error:
            failures.append(f"{key}: {error}")
            context.add_asset_metadata({"failed": str(error)}, partition_key=key)
    if failures:
        description = f"{len(failures)} problems in {len(context.partition_keys)} partitions; the rest is done."
        raise dg.Failure(description, metadata={"failures": dg.MetadataValue.md(_bullets(failures))})


def describe_months(context: dg.AssetExecutionContext, report: MonthsReport) -> None:
    """Metadata of started months; fails for slugs of no active tenant, when the others are done."""
    if len(report.months) <= MOST_DESCRIBED:
        for started in report.months:
            facts: dict[str, dg.MetadataValue | int] = {
                "periods made": started.periods, "activities made": started.activities,
                "periods activated": started.activated,
            }  # fmt: skip
            key = tenant_month_key(started.tenant, str(started.month))
            context.add_asset_metadata(facts | _links(started.tenant, started.month), partition_key=key)
    else:
        context.add_asset_metadata({"periods made in this run": report.periods, "months in it": len(report.months)})
    context.log.info("%s periods made in %s months; %s missed.", report.periods, len(report.months), report.closed)
    if report.unknown:
        unknown = ", ".join(report.unknown)
        msg = f"No active tenant is called {unknown}; the other {len(report.months)} months are started."
        raise dg.Failure(msg)


def describe_agent_work(
    context: dg.AssetExecutionContext, partition: TenantMonth, report: AgentWorkReport
) -> Sequence[str]:
    """Metadata of what agents did; problems when work failed for good and waits for a person."""
    facts: dict[str, dg.MetadataValue | int] = {
        "finished": report.finished, "postponed": report.postponed, "failed": report.failed, "stale": report.stale,
    }  # fmt: skip
    if report.problems:
        facts["problems"] = dg.MetadataValue.md(_bullets(report.problems))
    context.add_asset_metadata(facts | _links(partition.slug, partition.month), partition_key=partition.key)
    return report.problems if report.failed else ()


def describe_publishing(
    context: dg.AssetExecutionContext, partition: TenantMonth, report: PublishReport
) -> Sequence[str]:
    """Metadata of what went out, what did not, and why; problems when a post was refused or a channel failed."""
    from leadmetrics_pipelines.services.poster.outcomes import Fate

    facts: dict[str, dg.MetadataValue | int] = {fate.value: report.count(fate) for fate in Fate if report.count(fate)}
    facts["asked about late posts"] = report.asked_late
    if report.outcomes:
        facts["posts"] = dg.MetadataValue.md(_table(report))
    if report.problems:
        facts["problems"] = dg.MetadataValue.md(_bullets(report.problems))
    context.add_asset_metadata(facts | _links(partition.slug, partition.month), partition_key=partition.key)
    refused = [f"{o.title}: {o.detail}" for o in report.outcomes if o.fate is Fate.REFUSED]
    return [*refused, *report.problems]


def describe_watch(context: dg.AssetExecutionContext, partition: TenantMonth, report: WatchReport) -> Sequence[str]:
    """Metadata of what is live; problems when a channel could not be read."""
    facts: dict[str, dg.MetadataValue | int] = {"read back": report.total, **report.states}
    if report.problems:
        facts["problems"] = dg.MetadataValue.md(_bullets(report.problems))
    context.add_asset_metadata(facts | _links(partition.slug, partition.month), partition_key=partition.key)
    return report.problems


def _table(report: PublishReport) -> str:
    rows = [f"| {_cell(o.title)} | {o.fate} | {o.url or _cell(o.detail)} |" for o in report.outcomes]
    return "\n".join(["| post | what became of it | where, or why not |", "| --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _links(slug: str, month: Month) -> dict[str, dg.MetadataValue | int]:
    from leadmetrics_pipelines.settings import get_settings

    return {"review app": dg.MetadataValue.url(f"{get_settings().review_url}/t/{slug}/month/{month}")}


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
