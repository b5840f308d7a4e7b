"""What is known of Google's four products that channels use: versions and limits, with source and date."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)
_SOURCE = "reference platform_apis.md"
ADS_VERSION = "v26"

_TOKENS = Limit(
    most=100,
    unit="live refresh tokens of one person and app",
    source=f"{_SOURCE} 1.3: one more consent and the oldest token dies; let several people connect many clients",
    checked=_CHECKED,
)


def _version(api: str, version: str, section: str) -> ApiVersion:
    return ApiVersion(api=api, version=version, sunset=None, source=f"{_SOURCE} {section}", checked=_CHECKED)


GOOGLE_BUSINESS = PlatformFacts(
    name="google_business",
    title="Google Business Profile",
    kind=PlatformKind.LOCAL,
    versions=(
        _version("My Business (posts, reviews, media)", "v4", "1.1"),
        _version("Account Management", "v1", "1.1"),
        _version("Business Information", "v1", "1.1"),
        _version("Business Profile Performance", "v1", "1.1"),
    ),
    limits={
        "text": Limit(most=1500, unit="characters", source=f"{_SOURCE} 1.6, 7.2: summary", checked=_CHECKED),
        "images": Limit(most=10, unit="pictures", source="UNVERIFIED: the reference gives no number", checked=_CHECKED),
        "requests_a_minute": Limit(most=300, unit="requests", source=f"{_SOURCE} 7.5, per API", checked=_CHECKED),
        "figures_lag_days": Limit(
            most=4, unit="days", source="UNVERIFIED: daily figures are restated for some days", checked=_CHECKED
        ),
        "reviews_read": Limit(most=2000, unit="reviews", source="our own rule: 40 pages of 50", checked=_CHECKED),
        "refresh_tokens": _TOKENS,
    },
)

SEARCH_CONSOLE = PlatformFacts(
    name="search_console",
    title="Google Search Console",
    kind=PlatformKind.ANALYTICS,
    versions=(_version("Search Console (webmasters)", "v3", "14"),),
    limits={
        "rows_a_page": Limit(most=25_000, unit="rows", source=f"{_SOURCE} 14: rowLimit", checked=_CHECKED),
        "figures_lag_days": Limit(
            most=3, unit="days", source=f"{_SOURCE} 14: final data lags 2-3 days, Pacific time", checked=_CHECKED
        ),
        "months_kept": Limit(most=16, unit="months", source=f"{_SOURCE} 14", checked=_CHECKED),
        "queries_a_day": Limit(most=25, unit="queries", source="our own rule: the top ones of a day", checked=_CHECKED),
        "refresh_tokens": _TOKENS,
    },
)

GA4 = PlatformFacts(
    name="ga4",
    title="Google Analytics 4",
    kind=PlatformKind.ANALYTICS,
    versions=(_version("Analytics Data", "v1beta", "15"), _version("Analytics Admin", "v1beta", "15")),
    limits={
        "rows_a_page": Limit(
            most=10_000, unit="rows", source=f"{_SOURCE} 15: default; at most 250,000", checked=_CHECKED
        ),
        "figures_lag_days": Limit(
            most=2,
            unit="days",
            source="UNVERIFIED: processing takes up to 48 hours; days of the property's zone",
            checked=_CHECKED,
        ),
        "refresh_tokens": _TOKENS,
    },
)

GOOGLE_ADS = PlatformFacts(
    name="google_ads",
    title="Google Ads",
    kind=PlatformKind.ADS,
    versions=(_version("Google Ads", ADS_VERSION, "1.1"),),
    limits={"refresh_tokens": _TOKENS},
)

GOOGLE = (GOOGLE_BUSINESS, SEARCH_CONSOLE, GA4, GOOGLE_ADS)
