"""What is known of X's API: versions, limits and rights, as data."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.connecting import Scope
from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 8, 22)
_MEGABYTE = 1_000_000

X = PlatformFacts(
    name="x",
    title="X",
    kind=PlatformKind.SOCIAL,
    versions=(
        ApiVersion(
            api="X API", version="2", sunset=None, source="xdevplatform/docs, openapi 2.167: no end announced",
            checked=_CHECKED,
        ),
    ),
    limits={
        "text": Limit(
            most=280, unit="x_weighted", source="twitter-text: links 23, emoji and CJK 2; paid accounts have more",
            checked=_CHECKED,
        ),
        "cashtags": Limit(most=1, unit="cashtags", source="X API documents of 2026", checked=_CHECKED),
        "alt": Limit(most=1000, unit="characters", source="POST /2/media/metadata", checked=_CHECKED),
        "images": Limit(most=4, unit="pictures", source="X API documents: 4 pictures or 1 GIF", checked=_CHECKED),
        "image_bytes": Limit(most=5 * _MEGABYTE, unit="bytes", source="media best practices", checked=_CHECKED),
        "gif_bytes": Limit(most=15 * _MEGABYTE, unit="bytes", source="media best practices", checked=_CHECKED),
        "segment_bytes": Limit(
            most=2 * _MEGABYTE, unit="bytes", source="our own rule: well below what one append takes", checked=_CHECKED
        ),
        "posts_per_quarter_hour": Limit(
            most=100, unit="posts", source="POST /2/tweets, per user; x-rate-limit-limit tells what holds",
            checked=_CHECKED,
        ),
    },
)  # fmt: skip

SCOPES = (
    Scope(name="tweet.read", purpose="Read the account's posts, to find out what became of each one."),
    Scope(name="tweet.write", purpose="Publish posts and replies in the account's name."),
    Scope(name="users.read", purpose="Tell which account was connected, and its followers."),
    Scope(name="media.write", purpose="Upload the pictures of posts."),
    Scope(name="offline.access", purpose="Stay connected: without it the access ends after two hours."),
)

IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
GIF = "image/gif"
