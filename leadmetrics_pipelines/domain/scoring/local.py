"""The formula of Google Business Profile (mission 1, "Channels Scoring"; facts: `google/business/reporter.py`)."""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.shapes import filled, often, rate, recent
from leadmetrics_pipelines.domain.scoring.values import Dimension, Formula

GOOGLE_BUSINESS = Formula(
    platform="google_business",
    version=1,
    dimensions=(
        Dimension(
            key="profile_completeness", title="Profile completeness", weight=35,
            terms=(
                filled("verified", "profile is verified", "Verify the Google Business Profile", weight=3),
                filled("has_hours", "opening hours are filled", "Add opening hours to Google", weight=2),
                filled("has_special_hours", "holiday hours are filled", "Add holiday hours to Google", weight=0.5),
                filled("has_description", "description is filled", "Write the description on Google", weight=2),
                filled("has_phone", "phone number is filled", "Add the phone number to Google"),
                filled("has_website", "website is filled", "Add the website to Google"),
                filled("has_address", "address or area is filled", "Add the address to Google"),
                filled("has_category", "category is chosen", "Choose the category on Google"),
                rate(
                    "photos", ((0, 0), (10, 100)), "photos",
                    "Upload photos to Google: {wanted} are wanted, {value} there",
                    weight=2,
                ),
            ),
        ),
        Dimension(
            key="reviews", title="Reviews", weight=40,
            terms=(
                rate(
                    "reviews", ((0, 0), (10, 50), (50, 100)), "reviews", "Ask recent customers for Google reviews",
                    how="There are {value} reviews; {wanted} give all points.",
                ),
                rate(
                    "review_average", ((2, 0), (4, 70), (4.7, 100)), "mean of the stars, 1 to 5",
                    "Look into what Google reviewers criticise", weight=2, how="The mean is {value} of 5.",
                ),
                rate(
                    "reviews_unanswered", ((0, 100), (5, 0)), "reviews without an answer",
                    "Respond to {value} unanswered Google review{s}", weight=2,
                ),
            ),
        ),
        Dimension(
            key="post_frequency", title="Post frequency", weight=25,
            terms=(
                often("posts_this_month", 8, "Post on Google {wanted} times a month"),
                recent("days_since_last_post", 7, 30, "Post on Google again", words="days since the last post"),
            ),
        ),
    ),
)  # fmt: skip
