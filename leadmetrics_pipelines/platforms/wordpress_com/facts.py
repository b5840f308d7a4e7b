"""What is known of WordPress.com: its OAuth 2.1, its hosts, its limits (platform_apis.md 8.6)."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.facts import WORDPRESS, ApiVersion, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)

API = "https://public-api.wordpress.com"
OAUTH = f"{API}/oauth2-1"

WORDPRESS_COM = PlatformFacts(
    name="wordpress_com",
    title="WordPress.com",
    kind=PlatformKind.CMS,
    versions=(
        ApiVersion(
            api="WordPress.com OAuth", version="2.1", sunset=None, source="a third party's probe of July 2026",
            checked=_CHECKED,
        ),
        ApiVersion(
            api="WordPress.com REST API", version="wp/v2", sunset=None, source="vendor's documents", checked=_CHECKED
        ),
    ),
    limits=dict(WORDPRESS.limits),
)  # fmt: skip
