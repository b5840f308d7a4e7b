"""Asset checks of the health score: bounds, how much is known, and whether channels are still read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg

from assets.health import channel_scores, channel_snapshots
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.integrity import Finding
    from leadmetrics_pipelines.storage.database import UnitOfWork


@dg.asset_check(
    asset=channel_scores,
    description="Scores and dimensions are within 0 and 100, and there is a total exactly where something is known.",
)
def scores_within_bounds(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for scores that cannot be."""
    from leadmetrics_pipelines.services.score_integrity import find_impossible_scores

    return _ask(runtime, find_impossible_scores, dg.AssetCheckSeverity.ERROR)


@dg.asset_check(asset=channel_scores, description="Of each channel's newest score at least half is known.")
def enough_is_known(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for scores that stand on little."""
    from leadmetrics_pipelines.services.score_integrity import find_little_known

    return _ask(runtime, find_little_known, dg.AssetCheckSeverity.WARN)


@dg.asset_check(
    asset=channel_snapshots,
    description=(
        "Every connected channel was read within two days. (Freshness is per asset in Dagster: one channel that has "
        "failed for weeks would look fresh, so this asks for each.)"
    ),
)
def no_stale_snapshot(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for channels that are no longer read."""
    from leadmetrics_pipelines.services.score_integrity import find_stale_snapshots

    return _ask(runtime, find_stale_snapshots, dg.AssetCheckSeverity.WARN)


def _ask(
    runtime: RuntimeResource, question: Callable[[UnitOfWork], Finding], severity: dg.AssetCheckSeverity
) -> dg.AssetCheckResult:
    with runtime.across_tenants() as work:
        finding = question(work)
    offenders = dg.MetadataValue.md("\n".join(f"- {name}" for name in finding.offenders) or "none")
    return dg.AssetCheckResult(
        passed=finding.holds, severity=severity, metadata={"offenders": finding.count, "examples": offenders}
    )


CHECKS = [scores_within_bounds, enough_is_known, no_stale_snapshot]
