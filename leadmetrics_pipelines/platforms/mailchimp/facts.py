"""What is known of Mailchimp's Marketing API: version, hosts, limits (platform_apis.md, section 12)."""

from __future__ import annotations

import re
from datetime import date

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)

LOGIN = "https://login.mailchimp.com/oauth2"
API_HOST = re.compile(r"[a-z]{2}[0-9]{1,3}\.api\.mailchimp\.com")
"""The data centres' hosts; the metadata call says which one an account lives in."""

MAILCHIMP = PlatformFacts(
    name="mailchimp",
    title="Mailchimp",
    kind=PlatformKind.EMAIL,
    versions=(
        ApiVersion(
            api="Mailchimp Marketing API", version="3.0", sunset=None, source="swagger 3.0.91", checked=_CHECKED
        ),
    ),
    limits={
        "subject": Limit(
            most=150, unit="characters", source="third parties; the vendor's own page is silent", checked=_CHECKED
        ),
        "connections": Limit(
            most=10, unit="at once", source="the API's own error text; a call takes up to 120 s", checked=_CHECKED
        ),
    },
)
