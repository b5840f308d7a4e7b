"""What is known of Klaviyo's API: revision, hosts, limits (platform_apis.md, section 13)."""

from __future__ import annotations

from datetime import date, timedelta

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)

AUTHORIZE = "https://www.klaviyo.com/oauth/authorize"
API = "https://a.klaviyo.com"
REFRESH_LIFE = timedelta(days=90)
"""A refresh token that is not used for so long is dead."""

KLAVIYO = PlatformFacts(
    name="klaviyo",
    title="Klaviyo",
    kind=PlatformKind.EMAIL,
    versions=(ApiVersion(api="Klaviyo API", version="2026-10-15", sunset=None, source="SDK 25.0.0", checked=_CHECKED),),
    limits={
        "campaign_calls": Limit(most=150, unit="per minute", source="openapi 2026-07-15, campaigns", checked=_CHECKED),
        "report_calls": Limit(
            most=225, unit="per day", source="openapi 2026-07-15, campaign-values-reports", checked=_CHECKED
        ),
    },
)
