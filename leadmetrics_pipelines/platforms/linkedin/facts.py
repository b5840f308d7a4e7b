"""What is known of LinkedIn's API: versions, limits and rights, as data."""

from __future__ import annotations

from datetime import date

from leadmetrics_pipelines.platforms.connecting import Scope
from leadmetrics_pipelines.platforms.facts import ApiVersion, Limit, PlatformFacts, PlatformKind

_CHECKED = date(2026, 11, 20)
API_VERSION = "202609"

LINKEDIN = PlatformFacts(
    name="linkedin",
    title="LinkedIn Page",
    kind=PlatformKind.SOCIAL,
    versions=(
        ApiVersion(
            api="LinkedIn Marketing API (header LinkedIn-Version)",
            version=API_VERSION,
            # None is announced; each version so far lived a year and ended on the 15th or 16th of its month.
            sunset=date(2027, 9, 15),
            source="learn.microsoft.com LinkedIn versioning: at least 12 months; 202601 ends on 15 January 2027",
            checked=_CHECKED,
        ),
    ),
    limits={
        "text": Limit(
            most=3000, unit="linkedin_escaped", source="Posts API: commentary, escapes included", checked=_CHECKED
        ),
        "alt": Limit(most=4086, unit="characters", source="Posts API: altText", checked=_CHECKED),
        "comment": Limit(
            most=1250, unit="characters", source="the product; the Comments API names none", checked=_CHECKED
        ),
        "card_title": Limit(
            most=200, unit="characters", source="our own rule: longer titles of link cards are cut", checked=_CHECKED
        ),
        "images": Limit(
            most=20, unit="pictures", source="MultiImage API: 2 to 20; the upper bound is not confirmed",
            checked=_CHECKED,
        ),
        "image_pixels": Limit(
            most=36_152_319, unit="pixels", source="Images API: fewer than 36,152,320", checked=_CHECKED
        ),
        "posts_per_day": Limit(
            most=150, unit="posts", source="an integrator's figure; LinkedIn shows quotas in its portal only",
            checked=_CHECKED,
        ),
    },
)  # fmt: skip

SCOPES = (
    Scope(name="w_organization_social", purpose="Publish posts, pictures and comments in the page's name."),
    Scope(name="r_organization_social", purpose="Read the page's posts, to find out what became of each one."),
    Scope(name="rw_organization_admin", purpose="List the pages you look after, and read their statistics."),
    Scope(name="openid", purpose="Tell who connected the page.", required=False),
    Scope(name="profile", purpose="Show that person's name.", required=False),
)

POSTING_ROLES = {"ADMINISTRATOR": "Super admin", "CONTENT_ADMINISTRATOR": "Content admin"}
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
