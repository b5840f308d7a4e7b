"""What a TikTok account tells of itself, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.tiktok.oauth import TikTokConnector
from leadmetrics_pipelines.platforms.tiktok.publisher import TikTokPublisher
from leadmetrics_pipelines.platforms.tiktok.reporter import TikTokReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.tiktok.conftest import let_in
from tests.platforms.tiktok.test_publish import a_photo_post, start


@pytest.fixture
def posted(sandbox: RunningSandbox, account: TikTokPublisher) -> None:
    """Two posts of today."""
    sandbox.set_up("tiktok", processing_polls=0, empty_profile_fields=["bio_description"])
    for _ in range(2):
        start(account, a_photo_post())


@pytest.mark.usefixtures("posted")
def test_figures_are_those_of_the_days_posts(reporter: TikTokReporter, moving: FixedClock) -> None:
    """TikTok has no daily series; days without posts have no figures."""
    today = moving.now().date()
    figures = {figure.metric: figure for figure in reporter.figures(today - timedelta(days=3), today)}
    assert sorted(figures) == ["post_comments", "post_likes", "post_shares", "post_views", "posts"]
    assert (figures["posts"].day, figures["posts"].value) == (today, 2)
    assert figures["post_views"].value >= 200
    assert reporter.figures(today - timedelta(days=3), today - timedelta(days=1)) == []


@pytest.mark.usefixtures("posted")
def test_the_snapshot_has_the_facts_of_the_score(reporter: TikTokReporter, moving: FixedClock) -> None:
    """Completeness, posts, views, engagement."""
    today = moving.now().date()
    facts = {fact.name: fact.value for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["has_name"], facts["has_picture"], facts["has_description"]) == (True, True, False)
    assert (facts["followers"], facts["likes"]) == (640, 5210)
    assert (facts["posts_in_month"], facts["days_of_month"], facts["days_since_last_post"]) == (2, today.day, 0)
    assert isinstance(facts["engagement_rate"], float)
    assert 0 <= facts["engagement_rate"] < 1


def test_what_may_not_be_read_is_unknown(connector: TikTokConnector, means: dict[str, Any], moving: FixedClock) -> None:
    """With the reason; never 0."""
    grant = let_in(connector, without=("user.info.stats", "user.info.profile"))
    reporter = TikTokReporter(account_id=grant.credentials["open_id"], credentials=grant.credentials, **means)
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["followers"].value, facts["has_description"].value, facts["has_name"].value) == (None, None, True)
    assert "user.info.stats" in facts["followers"].why_unknown
    assert (facts["posts_in_month"].value, facts["engagement_rate"].value) == (0, None)
    assert facts["engagement_rate"].why_unknown == "Nothing was posted this month."
