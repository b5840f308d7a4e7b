"""The formulas of sites with posts (mission 1, "Channels Scoring"; facts: each room's `reporter.py`)."""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.shapes import filled, often, rate, recent
from leadmetrics_pipelines.domain.scoring.values import Dimension, Formula, Term


def _freshness(site: str) -> Dimension:
    return Dimension(
        key="content_freshness", title="Content freshness", weight=30,
        terms=(
            recent("days_since_last_post", 7, 60, f"Publish on {site} again", words="days since the last post"),
            often("posts_in_month", 4, f"Publish on {site} {{wanted}} times a month", weight=1),
            rate(
                "updated_share", ((0, 0), (0.5, 100)), "share of posts that changed within a year",
                f"Bring old posts on {site} up to date", how="{value} of the posts changed within a year.",
            ),
        ),
    )  # fmt: skip


def _length(site: str) -> Dimension:
    return Dimension(
        key="average_word_count", title="Average word count", weight=15,
        terms=(
            rate(
                "average_words", ((0, 0), (300, 40), (800, 100)), "words a post",
                f"Write posts on {site} of {{wanted}} words (now {{value}} on average)",
            ),
        ),
    )  # fmt: skip


def _links(site: str) -> Dimension:
    return Dimension(
        key="internal_linking", title="Internal linking", weight=20,
        terms=(
            rate(
                "internal_links_per_post", ((0, 0), (3, 100)), "links a post to other pages of the site",
                f"Link each post on {site} to {{wanted}} others (now {{value}} on average)",
            ),
            rate(
                "orphan_share", ((0.2, 100), (1, 0)), "share of posts that no other post links to",
                f"Link to the orphaned posts of {site} from others", how="No other post links to {value} of them.",
            ),
        ),
    )  # fmt: skip


def _seo(site: str, *more: Term) -> Dimension:
    return Dimension(
        key="technical_seo", title="Technical SEO health", weight=35,
        terms=(
            filled("https", "site is encrypted", f"Move {site} to https", weight=3),
            rate(
                "image_share", ((0, 0), (0.95, 100)), "share of posts with a picture",
                f"Give each post on {site} a picture", how="{value} of the posts have one.",
            ),
            rate(
                "summary_share", ((0, 0), (0.95, 100)), "share of posts with a description of their own",
                f"Write a meta description for each post on {site}", how="{value} of the posts have one.",
            ),
            rate(
                "good_slug_share", ((0.5, 0), (1, 100)), "share of posts with a short address in words",
                f"Give posts on {site} short addresses in words", how="{value} of the posts have one.",
            ),
            rate(
                "good_title_share", ((0.3, 0), (0.95, 100)), "share of posts with a title of 20 to 65 characters",
                f"Shorten or lengthen the titles of posts on {site}", how="{value} of the titles have 20 to 65.",
            ),
            *more,
        ),
    )  # fmt: skip


def _make(platform: str, site: str, *more: Term) -> Formula:
    return Formula(
        platform=platform, version=1, dimensions=(_seo(site, *more), _freshness(site), _length(site), _links(site))
    )


_ALT = rate(
    "alt_share", ((0, 0), (0.95, 100)), "share of pictures with an alternative text",
    "Describe the pictures of the WordPress site", how="{value} of the pictures have an alternative text.",
)  # fmt: skip
_INDEXED = filled(
    "visible_to_search", "search engines are let in", "Let search engines into the WordPress site", weight=3,
    how="In the site's admin: Settings, Reading, Search engine visibility.",
)  # fmt: skip
_SITEMAP = filled("has_sitemap", "sitemap is there", "Switch on the sitemap of the WordPress site")

WORDPRESS = _make("wordpress", "WordPress", _INDEXED, _SITEMAP, _ALT)
WORDPRESS_COM = _make("wordpress_com", "WordPress.com")
WEBFLOW = _make("webflow", "Webflow")
