"""What a Facebook Page tells of itself, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.meta.facebook.publisher import FacebookPublisher
from leadmetrics_pipelines.platforms.meta.facebook.reporter import FacebookReporter
from leadmetrics_pipelines.platforms.meta.oauth import FacebookConnector
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import PAGE, a_post, publish
from tests.platforms.meta.conftest import credentials_for


def test_figures_come_by_day_in_our_words(page_reporter: FacebookReporter, moving: FixedClock) -> None:
    """Each day once for each metric; the day that is not over is left out."""
    today = moving.now().date()
    figures = page_reporter.figures(today - timedelta(days=120), today)
    assert {figure.metric for figure in figures} == {"views", "reach", "engagements", "new_followers", "followers"}
    views = [figure.day for figure in figures if figure.metric == "views"]
    assert len(views) == len(set(views)) >= 118
    assert max(views) < today


def test_a_metric_that_died_leaves_the_others(
    sandbox: RunningSandbox, page_reporter: FacebookReporter, moving: FixedClock
) -> None:
    """One dead name fails the whole call, so each is asked alone."""
    sandbox.set_up("meta", dead_metrics=["page_media_view"])
    today = moving.now().date()
    figures = page_reporter.figures(today - timedelta(days=5), today)
    assert {figure.metric for figure in figures} == {"reach", "engagements", "new_followers", "followers"}


def test_the_snapshot_has_the_facts_of_the_score(
    sandbox: RunningSandbox, page: FacebookPublisher, page_reporter: FacebookReporter, moving: FixedClock
) -> None:
    """Completeness, posts of the month, answered messages, reviews."""
    sandbox.set_up("meta", empty_profile_fields=["hours", "cover"])
    publish(page, a_post())
    publish(page, a_post())
    today = moving.now().date()
    facts = {fact.name: fact.value for fact in page_reporter.snapshot(today.replace(day=1), today)}
    assert (facts["has_about"], facts["has_hours"], facts["has_cover"]) == (True, False, False)
    assert (facts["posts_in_month"], facts["days_of_month"], facts["days_since_last_post"]) == (2, today.day, 0)
    assert (facts["response_rate"], facts["response_minutes"], facts["messages_unanswered"]) == (0.75, 45, 1)
    assert (facts["review_rating"], facts["review_count"], facts["recommended_share"]) == (4.6, 38, 0.75)


def test_what_may_not_be_read_is_unknown(
    facebook: FacebookConnector, means: dict[str, Any], moving: FixedClock
) -> None:
    """With the reason; never 0."""
    credentials = credentials_for(facebook, PAGE, without=("pages_messaging", "pages_read_user_content"))
    reporter = FacebookReporter(account_id=PAGE, credentials=credentials, **means)
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    for name in ("response_rate", "messages_unanswered", "recommended_share"):
        assert facts[name].value is None
        assert "Requires pages_" in facts[name].why_unknown
