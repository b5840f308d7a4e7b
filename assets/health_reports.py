"""What the health assets tell Dagster of each tenant's month. A channel that could not be read fails no run.

Its reason is stored with its snapshot, shown here and on the client's page, and found by the asset checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import dagster as dg

from assets.partitions import tenant_month_key
from assets.reports import MOST_DESCRIBED, TenantMonth

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.figures import FiguresReport
    from leadmetrics_pipelines.services.reading import ChannelProblem
    from leadmetrics_pipelines.services.runtime import Runtime
    from leadmetrics_pipelines.services.scores import ScoresReport
    from leadmetrics_pipelines.services.snapshots import SnapshotsReport

R = TypeVar("R")
Metadata = dict[str, dg.MetadataValue | int | float | str]


def read_month(
    read: Callable[..., R], context: dg.AssetExecutionContext, runtime: Runtime, partition: TenantMonth
) -> R:
    """Call a service that reads one tenant's month."""
    return read(runtime, tenant=partition.tenant_id, month=partition.month, run_id=context.run_id)


def describe_figures(context: dg.AssetExecutionContext, partition: TenantMonth, report: FiguresReport) -> Sequence[str]:
    """Metadata of a month's figures."""
    facts: Metadata = {"channels": report.channels, "figures read": report.figures, "new or restated": report.changed}
    _describe(context, partition, facts, report.problems, report.skipped)
    return ()


def describe_snapshots(
    context: dg.AssetExecutionContext, partition: TenantMonth, report: SnapshotsReport
) -> Sequence[str]:
    """Metadata of a month's snapshots."""
    facts: Metadata = {"channels": report.taken, "facts known": report.facts, "facts unknown": report.unknown}
    _describe(context, partition, facts, report.problems, report.skipped)
    return ()


def describe_scores(context: dg.AssetExecutionContext, report: ScoresReport) -> None:
    """Metadata of a run's scores; of each month where they are few."""
    run: Metadata = {
        "scores": report.scores, "of which unknown": report.unknown, "tasks made": report.opened,
        "tasks ended": report.ended, "goals that changed": report.goals,
    }  # fmt: skip
    context.log.info("%s scores; %s tasks made, %s ended.", report.scores, report.opened, report.ended)
    if len(report.months) > MOST_DESCRIBED or not report.months:
        context.add_asset_metadata(run)
        return
    for scored in report.months:
        facts: Metadata = {"channels": scored.channels, "review app": _link(scored.tenant)}
        if scored.lowest is not None:
            facts["lowest score"] = round(scored.lowest, 1)
        key = tenant_month_key(scored.tenant, str(scored.month))
        context.add_asset_metadata(run | facts, partition_key=key)


def _describe(
    context: dg.AssetExecutionContext, partition: TenantMonth, facts: Metadata, problems: Sequence[ChannelProblem],
    skipped: str,
) -> None:  # fmt: skip
    if problems:
        lines = "\n".join(f"- {problem.channel}: {problem.problem}" for problem in problems)
        facts["could not be read"] = dg.MetadataValue.md(lines)
        context.log.warning("%s: %s channels could not be read", partition.key, len(problems))
    if skipped:
        facts["left out"] = skipped
    context.add_asset_metadata(facts | {"review app": _link(partition.slug)}, partition_key=partition.key)


def _link(slug: str) -> dg.MetadataValue:
    from leadmetrics_pipelines.settings import get_settings

    return dg.MetadataValue.url(f"{get_settings().review_url}/t/{slug}/scores")
