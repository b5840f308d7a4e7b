"""Asset checks: what must hold over all tenants. Each asks one question of `services/integrity.py`."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg

from assets.content import published_posts
from assets.planning import deliverable_periods
from assets.reports import ACTOR
from leadmetrics_pipelines.services import integrity
from leadmetrics_pipelines.services.integrity import Finding
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants
from resources.runtime import RuntimeResource

# (asset, name, what must hold, the question)
_QUESTIONS: tuple[tuple[dg.AssetsDefinition, str, str, Callable[[UnitOfWork], Finding]], ...] = (
    (
        published_posts, "nothing_published_without_approval",
        "Every published post was approved by a person, in exactly the version that went out.",
        integrity.find_unapproved_publications,
    ),
    (
        published_posts, "no_outcome_unknown_for_an_hour",
        "No publication has been sending or unconfirmed for more than an hour.",
        integrity.find_stuck_publications,
    ),
    (
        deliverable_periods, "counts_add_up", "Each period counts exactly its published posts.",
        integrity.find_wrong_counts,
    ),
    (
        deliverable_periods, "no_period_over_its_target", "No period has more published than was promised.",
        integrity.find_overfull_periods,
    ),
    (
        deliverable_periods, "running_month_is_started",
        # Freshness is per asset in Dagster: an old backfill would look fresh. So this asks for the month itself.
        "Every active deliverable has its period of the running month.",
        integrity.find_unstarted_periods,
    ),
)  # fmt: skip


def _make_check(
    asset: dg.AssetsDefinition, name: str, promise: str, ask: Callable[[UnitOfWork], Finding]
) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset, name=name, description=promise)
    def check(runtime: RuntimeResource) -> dg.AssetCheckResult:
        with runtime.get().unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
            finding = ask(work)
        offenders = dg.MetadataValue.md("\n".join(f"- {name}" for name in finding.offenders) or "none")
        return dg.AssetCheckResult(passed=finding.holds, metadata={"offenders": finding.count, "examples": offenders})

    return check


CHECKS = [_make_check(*question) for question in _QUESTIONS]
