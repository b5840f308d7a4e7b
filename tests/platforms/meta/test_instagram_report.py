"""What an Instagram account tells of itself, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.meta.instagram.publisher import InstagramPublisher
from leadmetrics_pipelines.platforms.meta.instagram.reporter import InstagramReporter
from leadmetrics_pipelines.platforms.meta.oauth import InstagramConnector
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import ACCOUNT, a_jpeg, a_post, publish
from tests.platforms.meta.conftest import credentials_for


def test_figures_come_by_day_in_our_words(account_reporter: InstagramReporter, moving: FixedClock) -> None:
    """Series in one call, totals in one for each day; the day that is not over is left out."""
    today = moving.now().date()
    figures = account_reporter.figures(today - timedelta(days=4), today)
    assert {figure.metric for figure in figures} == {"reach", "new_followers", "views", "engagements", "stories"}
    assert max(figure.day for figure in figures if figure.metric != "stories") < today
    assert len({(figure.day, figure.metric) for figure in figures}) == len(figures)
    (story,) = [figure for figure in figures if figure.metric == "stories"]
    assert (story.value, bool(story.dimension)) == (1, True)


def test_the_snapshot_has_the_facts_of_the_score(
    sandbox: RunningSandbox, account: InstagramPublisher, account_reporter: InstagramReporter, moving: FixedClock
) -> None:
    """Completeness, posts, engagement, stories, hashtags."""
    sandbox.set_up("meta", empty_profile_fields=["website"])
    for caption in ("One #oak #bench", "Two #oak #table", "Three"):
        publish(account, a_post(text=caption, images=(a_jpeg(),)))
    today = moving.now().date()
    facts = {fact.name: fact.value for fact in account_reporter.snapshot(today.replace(day=1), today)}
    assert (facts["has_biography"], facts["has_website"], facts["followers"]) == (True, False, 2310)
    assert (facts["posts_in_month"], facts["days_of_month"], facts["stories_live"]) == (3, today.day, 1)
    assert (facts["has_picture"], facts["days_since_last_post"], facts["stories_in_month"]) == (True, 0, None)
    assert facts["hashtags_per_post"] == pytest.approx(4 / 3)
    assert (facts["hashtag_posts_over"], facts["hashtag_variety"]) == (0, 0.75)
    assert isinstance(facts["engagement_rate"], float)
    assert 0 < facts["engagement_rate"] < 1


def test_what_is_not_there_or_may_not_be_read_is_unknown(
    instagram: InstagramConnector, means: dict[str, Any], moving: FixedClock
) -> None:
    """With the reason; never 0."""
    credentials = credentials_for(instagram, ACCOUNT, without=("instagram_manage_insights",))
    reporter = InstagramReporter(account_id=ACCOUNT, credentials=credentials, **means)
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["posts_in_month"].value, facts["engagement_rate"].value) == (0, None)
    assert facts["engagement_rate"].why_unknown == "Nothing was posted this month."
    assert "instagram_manage_insights" in facts["stories_live"].why_unknown
    assert facts["hashtag_variety"].value is None
