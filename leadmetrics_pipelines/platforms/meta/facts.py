"""What is known of Meta's Graph API and of Facebook Pages, Instagram business accounts and ad accounts: data only."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)
_GRAPH = ApiVersion(
    api="Meta Graph API",
    version="v26.0",
    # Meta ends a version about two years after its successor; v26 has none yet (v25 ends on 29 July 2028).
    sunset=None,
    source="developers.facebook.com changelog: v26.0 of 29 July 2026, no end announced",
    checked=_CHECKED,
)
GRAPH_VERSION = _GRAPH.version
_MEGABYTE, _MEBIBYTE = 1_000_000, 1024 * 1024

FACEBOOK = PlatformFacts(
    name="facebook",
    title="Facebook Page",
    kind=PlatformKind.SOCIAL,
    versions=(_GRAPH,),
    limits={
        "text": Limit(most=63_206, unit="characters", source="Meta Page reference v25-v26", checked=_CHECKED),
        "images": Limit(
            most=10, unit="pictures", source="integrators; not confirmed by Meta's documents", checked=_CHECKED
        ),
        "image_bytes": Limit(
            most=4 * _MEGABYTE, unit="bytes", source="the API's own error text (4 MB, JPEG or PNG)", checked=_CHECKED
        ),
    },
)

INSTAGRAM = PlatformFacts(
    name="instagram",
    title="Instagram Business",
    kind=PlatformKind.SOCIAL,
    versions=(_GRAPH,),
    limits={
        "text": Limit(most=2200, unit="characters", source="Instagram platform pages, June 2026", checked=_CHECKED),
        "hashtags": Limit(
            most=5, unit="hashtags", source="the product itself since 18 December 2025", checked=_CHECKED
        ),
        "hashtags_documented": Limit(
            most=30,
            unit="hashtags",
            source="Meta's error page of 2 June 2026 beside code 36004; what the API does with 6 to 30 is not known",
            checked=_CHECKED,
        ),
        "mentions": Limit(most=20, unit="mentions", source="Instagram platform pages, June 2026", checked=_CHECKED),
        "images": Limit(most=10, unit="pictures", source="error page, subcode 2207028: 2 to 10", checked=_CHECKED),
        "image_bytes": Limit(
            most=8 * _MEBIBYTE, unit="bytes", source="error page, subcode 2207004: less than 8 MiB", checked=_CHECKED
        ),
        "ratio_narrowest_permille": Limit(
            most=800, unit="width per 1000 of height", source="error page, subcode 2207009: 4:5", checked=_CHECKED
        ),
        "ratio_widest_permille": Limit(
            most=1910, unit="width per 1000 of height", source="error page, subcode 2207009: 1.91:1", checked=_CHECKED
        ),
        "posts_per_day": Limit(
            most=50,
            unit="posts",
            source="content_publishing_limit tells the total that holds; documents say 25, 50 and 100",
            checked=_CHECKED,
        ),
        "container_hours": Limit(most=24, unit="hours", source="container status EXPIRED", checked=_CHECKED),
    },
)

META_ADS = PlatformFacts(name="meta_ads", title="Meta Ads", kind=PlatformKind.ADS, versions=(_GRAPH,))

META = (FACEBOOK, INSTAGRAM, META_ADS)
