"""What X tells of an account, and what it does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.reading import SnapshotFact
from leadmetrics_pipelines.platforms.x.publisher import XPublisher
from leadmetrics_pipelines.platforms.x.reporter import KINDS, XReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import an_image
from tests.platforms.social import a_social, publish
from tests.platforms.x.test_publish import a_gif

ZERO = {"like_count": 0, "reply_count": 0, "retweet_count": 0, "quote_count": 0, "bookmark_count": 0}


@pytest.fixture
def today(moving: FixedClock) -> date:
    return moving.now().date()


def facts_of(reporter: XReporter, today: date) -> dict[str, SnapshotFact]:
    """By name, of the last 28 days."""
    return {fact.name: fact for fact in reporter.snapshot(today - timedelta(days=27), today)}


def test_figures_are_those_of_the_days_posts(
    reporter: XReporter, publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock, today: date
) -> None:
    """Added up by the day of publishing; days without a post have none; today is not over."""
    for text, seen in (("One", 100), ("Two", 50)):
        live = publish(publisher, a_social(text=text))
        sandbox.set_up("x", metrics={live.remote_id: ZERO | {"impression_count": seen, "like_count": 3}})
    assert {figure.day for figure in reporter.figures(today - timedelta(days=2), today)} == {
        today - timedelta(days=2), today - timedelta(days=1),
    }  # fmt: skip
    moving.advance(days=1)
    figures = reporter.figures(today - timedelta(days=1), today)
    values = {(figure.day, figure.metric): figure.value for figure in figures}
    assert values[today - timedelta(days=1), "posts"] == 0
    assert (values[today, "posts"], values[today, "post_impressions"], values[today, "post_likes"]) == (2, 150, 6)


def test_the_profile_counts_by_its_parts(reporter: XReporter, sandbox: RunningSandbox, today: date) -> None:
    """Four of five: no post is pinned; the picture everybody gets is none."""
    facts = facts_of(reporter, today)
    assert (facts["has_website"].value, facts["has_pinned_post"].value) == (True, False)
    assert facts["profile_completeness"].value == pytest.approx(0.8)
    assert (facts["followers"].value, facts["is_verified"].value) == (912, False)
    sandbox.set_up("x", profile={"profile_image_url": "https://abs.twimg.com/default_profile_normal.png"})
    assert facts_of(reporter, today)["has_picture"].value is False


def test_growth_is_unknown_never_zero(reporter: XReporter, today: date) -> None:
    """X tells today's number only."""
    facts = facts_of(reporter, today)
    for name in ("followers_gained", "follower_growth"):
        assert facts[name].value is None
        assert "earlier snapshot" in facts[name].why_unknown


def test_posts_are_counted_by_kind_without_replies(reporter: XReporter, publisher: XPublisher, today: date) -> None:
    """How many this month, of which kinds."""
    live = publish(publisher, a_social(text="Only words"))
    publisher.comment(live.remote_id, "A reply")
    publish(publisher, a_social(text="A picture", images=(an_image(),)))
    publish(publisher, a_social(text="A moving one", images=(a_gif(),)))
    publish(publisher, a_social(text="A link", link="https://acme.example/x"))
    facts = facts_of(reporter, today)
    assert facts["posts_in_month"].value == 4
    assert {kind: facts[kind].value for kind in KINDS} == {
        "posts_with_image": 1, "posts_with_gif": 1, "posts_with_video": 0, "posts_with_link": 1, "posts_text_only": 1,
    }  # fmt: skip
    assert (facts["content_kinds"].value, facts["days_since_last_post"].value) == (4, 0)


def test_engagement_is_weighed_over_the_month(
    reporter: XReporter, publisher: XPublisher, sandbox: RunningSandbox, today: date
) -> None:
    """Acts over impressions of all posts together; without any it is unknown."""
    assert facts_of(reporter, today)["engagement_rate"].value is None
    for text, seen, likes in (("One", 900, 9), ("Two", 100, 11)):
        live = publish(publisher, a_social(text=text))
        sandbox.set_up("x", metrics={live.remote_id: ZERO | {"impression_count": seen, "like_count": likes}})
    facts = facts_of(reporter, today)
    assert facts["impressions"].value == 1000
    assert facts["engagement_rate"].value == pytest.approx(0.02)


def test_the_list_is_read_to_the_first_of_the_month(
    reporter: XReporter, publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock, today: date
) -> None:
    """Older posts count for nothing but how long ago the last was."""
    publish(publisher, a_social())
    assert facts_of(reporter, today + timedelta(days=40))["posts_in_month"].value == 0
    assert facts_of(reporter, today + timedelta(days=40))["days_since_last_post"].value == 40


def test_lost_access_and_outages_are_errors(reporter: XReporter, sandbox: RunningSandbox, today: date) -> None:
    """They are not facts about the account."""
    sandbox.set_fault("x", "status", method="GET", path_regex="/tweets", status=503)
    with pytest.raises(PlatformUnavailable):
        reporter.figures(today - timedelta(days=2), today)
    sandbox.revoke_consent("x")
    with pytest.raises(AccessRevoked):
        facts_of(reporter, today)
