"""The asset check of the API versions that platforms are about to retire."""

from __future__ import annotations

import dagster as dg

from assets.connections import channel_probes
from resources.runtime import RuntimeResource


@dg.asset_check(
    asset=channel_probes,
    description="No pinned API version ends soon: a warning 60 days before its sunset, an error 14 days before.",
)
def api_versions_live(runtime: RuntimeResource) -> dg.AssetCheckResult:
    """Ask for versions that end."""
    from leadmetrics_pipelines.services.versions import find_ending_versions

    ending = find_ending_versions(runtime.get().clock.now().date())
    is_red = any(one.is_red for one in ending)
    return dg.AssetCheckResult(
        passed=not ending,
        severity=dg.AssetCheckSeverity.ERROR if is_red else dg.AssetCheckSeverity.WARN,
        metadata={"ending": dg.MetadataValue.md("\n".join(f"- {one.sentence}" for one in ending) or "none")},
    )


CHECKS = [api_versions_live]
