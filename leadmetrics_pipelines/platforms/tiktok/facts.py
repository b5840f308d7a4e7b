"""What is known of TikTok's API: data only."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)

TIKTOK = PlatformFacts(
    name="tiktok",
    title="TikTok Business",
    kind=PlatformKind.SOCIAL,
    versions=(
        ApiVersion(
            api="TikTok API",
            version="v2",
            sunset=None,
            source="developers.tiktok.com, November 2026: no end announced",
            checked=_CHECKED,
        ),
    ),
    limits={
        "text": Limit(
            most=4000, unit="utf16", source="Content Posting API: description of a photo post", checked=_CHECKED
        ),
        "images": Limit(most=35, unit="pictures", source="Content Posting API: photo_images", checked=_CHECKED),
        "image_bytes": Limit(
            most=20 * 1_000_000, unit="bytes", source="Media Transfer Guide: JPEG or WebP, 20 MB", checked=_CHECKED
        ),
        "posts_per_minute": Limit(
            most=6, unit="posts", source="Content Posting API: init, per token", checked=_CHECKED
        ),
        "posts_per_day": Limit(
            most=15,
            unit="posts",
            source="integrators; per creator over all apps, TikTok names no figure",
            checked=_CHECKED,
        ),
    },
)
