"""The formulas of social platforms (mission 1, "Channels Scoring"; facts: each room's `reporter.py`).

The lines are our own rules of thumb, to be argued with here: what an agency's typical client should reach within
months. None is a platform's own figure.
"""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.shapes import filled, often, rate, recent
from leadmetrics_pipelines.domain.scoring.values import Dimension, Formula

_LINKEDIN_PROFILE = (
    filled("has_description", "description is filled", "Write the LinkedIn page's description"),
    filled("has_website", "website is filled", "Add the website to the LinkedIn page"),
    filled("has_tagline", "tagline is filled", "Write the LinkedIn page's tagline"),
    filled("has_logo", "logo is there", "Upload LinkedIn logo", weight=2),
    filled("has_cover", "cover image is there", "Upload LinkedIn cover image", weight=2),
    filled("has_industry", "industry is chosen", "Choose the industry on the LinkedIn page"),
    filled("has_location", "location is filled", "Add a location to the LinkedIn page"),
    filled("has_founded", "founding year is filled", "Add the founding year to the LinkedIn page", weight=0.5),
    filled("has_staff_count", "company size is filled", "Choose the company size on the LinkedIn page", weight=0.5),
    filled("has_specialties", "specialties are filled", "Add specialties to the LinkedIn page"),
)

LINKEDIN = Formula(
    platform="linkedin",
    version=1,
    dimensions=(
        Dimension(key="profile_completeness", title="Profile completeness", weight=20, terms=_LINKEDIN_PROFILE),
        Dimension(
            key="post_frequency", title="Post frequency", weight=25,
            terms=(
                often("posts_in_month", 12, "Post on LinkedIn {wanted} times a month"),
                recent(
                    "days_since_last_post", 4, 30, "Post on LinkedIn again", words="days since the last post"
                ),
            ),
        ),
        Dimension(
            key="engagement_rate", title="Engagement rate", weight=25,
            terms=(
                rate(
                    "engagement_rate", ((0, 0), (0.02, 60), (0.05, 100)), "interactions per impression",
                    "Make LinkedIn posts that people answer",
                    how="Ask a question, name people, show pictures: {value} of the impressions led to an interaction.",
                ),
            ),
        ),
        Dimension(
            key="follower_growth", title="Follower growth", weight=15,
            terms=(
                rate(
                    "follower_growth", ((-0.01, 0), (0, 25), (0.03, 100)), "new followers per follower in the month",
                    "Invite customers and partners to follow the LinkedIn page", least_days=7,
                    how="The page grew by {value} of its followers in this month.",
                ),
            ),
        ),
        Dimension(
            key="content_variety", title="Content variety", weight=15,
            terms=(
                rate(
                    "content_kinds", ((0, 0), (1, 30), (4, 100)), "kinds of posts in the month",
                    "Use {wanted} kinds of posts on LinkedIn (now {value})", least_days=7,
                    how="Mix text, pictures, videos, documents, links and polls.",
                ),
            ),
        ),
    ),
)  # fmt: skip

INSTAGRAM = Formula(
    platform="instagram",
    version=1,
    dimensions=(
        Dimension(
            key="profile_completeness", title="Profile completeness", weight=20,
            terms=(
                filled("has_biography", "biography is filled", "Write the Instagram biography"),
                filled("has_name", "name is filled", "Add the name to the Instagram profile"),
                filled("has_picture", "profile picture is there", "Upload Instagram profile picture"),
                filled("has_website", "website is filled", "Add the website to the Instagram profile"),
            ),
        ),
        Dimension(
            key="post_frequency", title="Post frequency", weight=25,
            terms=(
                often("posts_in_month", 12, "Post on Instagram {wanted} times a month"),
                recent("days_since_last_post", 4, 21, "Post on Instagram again", words="days since the last post"),
            ),
        ),
        Dimension(
            key="engagement_rate", title="Engagement rate", weight=25,
            terms=(
                rate(
                    "engagement_rate", ((0, 0), (0.02, 50), (0.06, 100)), "interactions per reached account",
                    "Make Instagram posts that people answer",
                    how="{value} of those reached liked, commented, shared or saved.",
                ),
            ),
        ),
        Dimension(
            key="story_usage", title="Story usage", weight=15,
            terms=(
                rate(
                    "story_day_share", ((0, 0), (0.3, 100)), "share of days with a story",
                    "Share stories on Instagram every third day",
                    how="On {value} of the days on which somebody looked there was a story.",
                ),
            ),
        ),
        Dimension(
            key="hashtag_quality", title="Hashtag quality", weight=15,
            terms=(
                rate(
                    "hashtags_per_post", ((0, 0), (3, 100)), "hashtags a post",
                    "Use {wanted} fitting hashtags in each Instagram post (now {value})",
                ),
                rate(
                    "hashtag_variety", ((0, 0), (0.5, 100)), "different hashtags over all hashtags used",
                    "Vary the hashtags of Instagram posts",
                    how="{value} of the hashtags are different ones; the same list under each post helps nobody.",
                ),
                rate(
                    "hashtag_posts_over", ((0, 100), (3, 0)), "posts with more hashtags than Instagram takes",
                    "Take hashtags out of {value} Instagram post{s}",
                ),
            ),
        ),
    ),
)  # fmt: skip

FACEBOOK = Formula(
    platform="facebook",
    version=1,
    dimensions=(
        Dimension(
            key="completeness", title="Completeness", weight=25,
            terms=(
                filled("has_about", "short text is filled", "Write what the Facebook Page is about"),
                filled("has_description", "description is filled", "Write the Facebook Page's description"),
                filled("has_category", "category is chosen", "Choose the Facebook Page's category"),
                filled("has_cover", "cover image is there", "Upload Facebook cover image", weight=2),
                filled("has_picture", "profile picture is there", "Upload Facebook profile picture", weight=2),
                filled("has_emails", "e-mail is filled", "Add an e-mail address to the Facebook Page"),
                filled("has_phone", "phone number is filled", "Add a phone number to the Facebook Page"),
                filled("has_website", "website is filled", "Add the website to the Facebook Page"),
                filled("has_hours", "opening hours are filled", "Add opening hours to the Facebook Page"),
                filled("has_location", "address is filled", "Add the address to the Facebook Page"),
                filled("has_username", "user name is chosen", "Choose the Facebook Page's user name", weight=0.5),
            ),
        ),
        Dimension(
            key="response_rate", title="Response rate", weight=25,
            terms=(
                rate(
                    "response_rate", ((0, 0), (0.9, 100)), "share of messages answered",
                    "Answer messages to the Facebook Page", weight=2,
                    how="{value} of the messages of the last 28 days were answered.",
                ),
                rate(
                    "messages_unanswered", ((0, 100), (5, 0)), "messages without an answer",
                    "Answer {value} unanswered Facebook message{s}",
                ),
                rate(
                    "response_minutes", ((60, 100), (1440, 0)), "minutes until an answer (median)",
                    "Answer Facebook messages within {wanted} minutes (now {value})",
                ),
            ),
        ),
        Dimension(
            key="post_frequency", title="Post frequency", weight=25,
            terms=(
                often("posts_in_month", 12, "Post on Facebook {wanted} times a month"),
                recent("days_since_last_post", 4, 21, "Post on Facebook again", words="days since the last post"),
            ),
        ),
        Dimension(
            key="review_rating", title="Review rating", weight=25,
            terms=(
                rate(
                    "review_rating", ((2, 0), (4, 70), (4.8, 100)), "mean of the stars, 1 to 5",
                    "Ask happy customers to recommend the Facebook Page", weight=2,
                    how="The mean is {value} of 5.",
                ),
                rate(
                    "recommended_share", ((0.5, 0), (0.95, 100)), "share of reviews that recommend",
                    "Look into what Facebook reviewers criticise", how="{value} of the reviews recommend the Page.",
                ),
            ),
        ),
    ),
)  # fmt: skip

X = Formula(
    platform="x",
    version=1,
    dimensions=(
        Dimension(
            key="profile_completeness", title="Profile completeness", weight=20,
            terms=(
                filled("has_description", "description is filled", "Write the X profile's description"),
                filled("has_picture", "profile picture is there", "Upload X profile picture"),
                filled("has_website", "website is filled", "Add the website to the X profile"),
                filled("has_location", "location is filled", "Add a location to the X profile"),
                filled("has_pinned_post", "a post is pinned", "Pin a post on the X profile", weight=0.5),
            ),
        ),
        Dimension(
            key="post_frequency", title="Post frequency", weight=30,
            terms=(
                often("posts_in_month", 20, "Post on X {wanted} times a month"),
                recent("days_since_last_post", 3, 14, "Post on X again", words="days since the last post"),
            ),
        ),
        Dimension(
            key="engagement_rate", title="Engagement rate", weight=30,
            terms=(
                rate(
                    "engagement_rate", ((0, 0), (0.01, 50), (0.03, 100)), "interactions per impression",
                    "Make X posts that people answer", how="{value} of the impressions led to an interaction.",
                ),
            ),
        ),
        Dimension(
            key="follower_growth", title="Follower growth", weight=20,
            terms=(
                rate(
                    "follower_growth", ((-0.01, 0), (0, 25), (0.03, 100)), "new followers per follower in the month",
                    "Follow and answer customers on X", how="The account grew by {value} of its followers.",
                ),
            ),
        ),
    ),
)  # fmt: skip

TIKTOK = Formula(
    platform="tiktok",
    version=1,
    dimensions=(
        Dimension(
            key="profile_completeness", title="Profile completeness", weight=15,
            terms=(
                filled("has_picture", "profile picture is there", "Upload TikTok profile picture"),
                filled("has_description", "biography is filled", "Write the TikTok biography"),
                filled("has_name", "name is filled", "Add the name to the TikTok profile"),
            ),
        ),
        Dimension(
            key="post_frequency", title="Post frequency", weight=35,
            terms=(
                often("posts_in_month", 12, "Post on TikTok {wanted} times a month", words="videos in 30 days"),
                recent("days_since_last_post", 4, 21, "Post on TikTok again", words="days since the last video"),
            ),
        ),
        Dimension(
            key="engagement_rate", title="Engagement rate", weight=30,
            terms=(
                rate(
                    "engagement_rate", ((0, 0), (0.03, 50), (0.08, 100)), "interactions per view",
                    "Make TikTok videos that people answer", how="{value} of the views led to an interaction.",
                ),
            ),
        ),
        Dimension(
            key="audience", title="Audience", weight=20,
            terms=(
                rate(
                    "followers", ((0, 0), (1000, 60), (10000, 100)), "followers",
                    "Win followers on TikTok ({value} now)", how="From 1,000 on TikTok offers its account more.",
                ),
            ),
        ),
    ),
)  # fmt: skip
