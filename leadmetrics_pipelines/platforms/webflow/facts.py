"""What is known of Webflow's Data API: version, hosts, limits (platform_apis.md, section 9)."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)

AUTHORIZE = "https://webflow.com/oauth/authorize"
REVOKE = "https://webflow.com/oauth/revoke_authorization"
API = "https://api.webflow.com"

WEBFLOW = PlatformFacts(
    name="webflow",
    title="Webflow",
    kind=PlatformKind.CMS,
    versions=(
        ApiVersion(
            api="Webflow Data API", version="v2", sunset=None, source="vendor's documents of 2026, SDK 2.0.0",
            checked=_CHECKED,
        ),
    ),
    limits={
        "title": Limit(most=256, unit="characters", source="third parties, unverified", checked=_CHECKED),
        "slug_characters": Limit(
            most=190, unit="characters", source="our own rule: room for the suffix of a repeated slug", checked=_CHECKED
        ),
        "image_bytes": Limit(
            most=4 * 1024 * 1024, unit="bytes", source="third parties, unverified", checked=_CHECKED
        ),
        "calls": Limit(
            most=60, unit="per minute", source="vendor's documents: Starter, Basic; else 120", checked=_CHECKED
        ),
    },
)  # fmt: skip
