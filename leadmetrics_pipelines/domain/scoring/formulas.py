"""All formulas by platform. A platform that is not here has no health score (ads accounts, the tenant's own site)."""

from __future__ import annotations

from collections.abc import Mapping

from leadmetrics_pipelines.domain.scoring.analytics import GA4, SEARCH_CONSOLE
from leadmetrics_pipelines.domain.scoring.local import GOOGLE_BUSINESS
from leadmetrics_pipelines.domain.scoring.mail import KLAVIYO, MAILCHIMP
from leadmetrics_pipelines.domain.scoring.sites import WEBFLOW, WORDPRESS, WORDPRESS_COM
from leadmetrics_pipelines.domain.scoring.social import FACEBOOK, INSTAGRAM, LINKEDIN, TIKTOK, X
from leadmetrics_pipelines.domain.scoring.values import Formula

FORMULAS: Mapping[str, Formula] = {
    formula.platform: formula
    for formula in (
        LINKEDIN, INSTAGRAM, FACEBOOK, GOOGLE_BUSINESS, WORDPRESS, X, TIKTOK, WEBFLOW, WORDPRESS_COM, MAILCHIMP,
        KLAVIYO, SEARCH_CONSOLE, GA4,
    )
}  # fmt: skip
