"""The formulas of what is only read: Search Console and GA4 (facts: each room's `reporter.py`)."""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.shapes import filled, rate
from leadmetrics_pipelines.domain.scoring.values import Dimension, Formula, Term

_CHANGE = ((-0.3, 0), (0.0, 60), (0.1, 100))

SEARCH_CONSOLE = Formula(
    platform="search_console",
    version=1,
    dimensions=(
        Dimension(
            key="visibility", title="Visibility", weight=30,
            terms=(
                Term(
                    fact="impressions_change", points=_CHANGE, words="change of impressions to the 28 days before",
                ),
                rate(
                    "queries_top10", ((0, 0), (10, 50), (50, 100)), "queries on the first page of results",
                    "Win first-page results for more searches ({value} now)",
                ),
            ),
        ),
        Dimension(
            key="traffic", title="Search traffic", weight=30,
            terms=(
                Term(fact="clicks_change", points=_CHANGE, words="change of clicks to the 28 days before"),
                rate(
                    "click_rate", ((0, 0), (0.02, 60), (0.05, 100)), "clicks per impression",
                    "Rewrite titles and descriptions that nobody clicks", how="{value} of them were clicked.",
                ),
            ),
        ),
        Dimension(
            key="position", title="Average position", weight=25,
            terms=(
                rate(
                    "average_position", ((3, 100), (10, 60), (40, 0)), "mean position in the results",
                    "Improve pages that stand just below the first results", how="The mean position is {value}.",
                ),
            ),
        ),
        Dimension(
            key="index_health", title="Index health", weight=15,
            terms=(
                filled("has_sitemap", "sitemap is submitted", "Submit the sitemap to Search Console", weight=2),
                rate(
                    "sitemap_errors", ((0, 100), (5, 0)), "errors in sitemaps",
                    "Repair {value} error{s} in the sitemap",
                ),
            ),
        ),
    ),
)  # fmt: skip

GA4 = Formula(
    platform="ga4",
    version=1,
    dimensions=(
        Dimension(
            key="traffic", title="Traffic", weight=30,
            terms=(Term(fact="sessions_change", points=_CHANGE, words="change of sessions to the 28 days before"),),
        ),
        Dimension(
            key="engagement", title="Engagement", weight=30,
            terms=(
                rate(
                    "engagement_rate", ((0.2, 0), (0.5, 60), (0.7, 100)), "engaged sessions over all",
                    "Improve the pages on which visits end", how="{value} of the visits were engaged.",
                ),
            ),
        ),
        Dimension(
            key="conversions", title="Key events", weight=25,
            terms=(
                rate(
                    "key_event_rate", ((0, 0), (0.01, 60), (0.04, 100)), "key events per session",
                    "Lead visitors of the site to a key event", how="{value} key events a visit.",
                ),
            ),
        ),
        Dimension(
            key="organic_share", title="Organic share", weight=15,
            terms=(
                rate(
                    "organic_share", ((0, 0), (0.4, 100)), "visits from search over all",
                    "Win more visits from search", how="{value} of the visits come from search.",
                ),
            ),
        ),
    ),
)  # fmt: skip
