"""Asset checks: what must hold over all tenants. Each asks one question of `services/integrity.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg

from assets.content import published_posts
from assets.planning import deliverable_periods
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.integrity import Finding
    from leadmetrics_pipelines.storage.database import UnitOfWork


MOST_EXAMPLES = 10


@dg.asset_check(
    asset=published_posts,
    description="Every published post was approved by a person, in exactly the version that went out.",
)
def nothing_published_without_approval(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for publications without an approval of the same version."""
    from leadmetrics_pipelines.services.integrity import find_unapproved_publications

    return _ask(runtime, find_unapproved_publications)


@dg.asset_check(
    asset=published_posts, description="No publication has been sending or unconfirmed for more than an hour."
)
def no_outcome_unknown_for_an_hour(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for publications that hang."""
    from leadmetrics_pipelines.services.integrity import find_stuck_publications

    return _ask(runtime, find_stuck_publications)


@dg.asset_check(asset=deliverable_periods, description="Each period counts exactly its published posts.")
def counts_add_up(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for periods that count wrongly."""
    from leadmetrics_pipelines.services.integrity import find_wrong_counts

    return _ask(runtime, find_wrong_counts)


@dg.asset_check(asset=deliverable_periods, description="No period has more published than was promised.")
def no_period_over_its_target(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for periods that give too much."""
    from leadmetrics_pipelines.services.integrity import find_overfull_periods

    return _ask(runtime, find_overfull_periods)


@dg.asset_check(
    asset=deliverable_periods,
    description=(
        "Every active deliverable has its period of the running month. "
        "(Freshness is per asset in Dagster: an old backfill would look fresh, so this asks for the month itself.)"
    ),
)
def running_month_is_started(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for promises without a running month."""
    from leadmetrics_pipelines.services.integrity import find_unstarted_periods

    return _ask(runtime, find_unstarted_periods)


@dg.asset_check(
    asset=published_posts,
    description=(
        "Everything that is due within 14 days would go out: token, quota, limits, media, seal, holds and API version "
        "of each item, through the publisher's own code up to the last call. Reads the platforms, writes nothing there."
    ),
)
def fourteen_days_would_go_out(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Try every tenant's next days."""
    from leadmetrics_pipelines.services.dry_run import try_all_tenants

    trial = try_all_tenants(runtime.get())
    examples = dg.MetadataValue.md("\n".join(f"- {line}" for line in trial.failures[:MOST_EXAMPLES]) or "none")
    return dg.AssetCheckResult(
        passed=not trial.failures, severity=dg.AssetCheckSeverity.WARN,
        metadata={"items": trial.items, "would fail": len(trial.failures), "examples": examples},
    )  # fmt: skip


def _ask(runtime: RuntimeResource, question: Callable[[UnitOfWork], Finding]) -> dg.AssetCheckResult:
    with runtime.across_tenants() as work:
        finding = question(work)
    offenders = dg.MetadataValue.md("\n".join(f"- {name}" for name in finding.offenders) or "none")
    return dg.AssetCheckResult(passed=finding.holds, metadata={"offenders": finding.count, "examples": offenders})


CHECKS = [
    fourteen_days_would_go_out,
    nothing_published_without_approval,
    no_outcome_unknown_for_an_hour,
    counts_add_up,
    no_period_over_its_target,
    running_month_is_started,
]
