"""What LinkedIn tells of a page, and what it does not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.linkedin.publisher import LinkedInPublisher
from leadmetrics_pipelines.platforms.linkedin.reporter import KINDS, LinkedInReporter
from leadmetrics_pipelines.platforms.reading import SnapshotFact
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import an_image
from tests.platforms.linkedin.conftest import PAGE
from tests.platforms.social import a_social, publish


@pytest.fixture
def today(moving: FixedClock) -> date:
    return moving.now().date()


def facts_of(reporter: LinkedInReporter, today: date, *, days: int = 27) -> dict[str, SnapshotFact]:
    """By name, of the days up to today."""
    return {fact.name: fact for fact in reporter.snapshot(today - timedelta(days=days), today)}


def test_figures_are_daily_and_finished(reporter: LinkedInReporter, sandbox: RunningSandbox, today: date) -> None:
    """Eight metrics a day; today is not over and is left out."""
    day = today - timedelta(days=3)
    sandbox.set_up("linkedin", figures={f"{day}": {"impressionCount": 500, "clickCount": 7, "organicFollowerGain": 9}})
    figures = reporter.figures(today - timedelta(days=6), today)
    assert {figure.day for figure in figures} == {today - timedelta(days=n) for n in range(1, 7)}
    assert len(figures) == 6 * 8
    values = {figure.metric: figure.value for figure in figures if figure.day == day}
    assert (values["impressions"], values["clicks"], values["followers_gained_organic"]) == (500, 7, 9)


def test_no_more_than_a_year_is_asked_for(reporter: LinkedInReporter, today: date) -> None:
    """LinkedIn keeps twelve months; of what is still to come it has nothing."""
    figures = reporter.figures(today - timedelta(days=800), today + timedelta(days=20))
    assert min(figure.day for figure in figures) >= today - timedelta(days=365)
    assert max(figure.day for figure in figures) == today - timedelta(days=1)
    assert reporter.figures(today + timedelta(days=1), today + timedelta(days=5)) == []


def test_the_profile_counts_by_its_parts(reporter: LinkedInReporter, sandbox: RunningSandbox, today: date) -> None:
    """Nine of ten: the page has no cover; without its tagline eight."""
    facts = facts_of(reporter, today)
    assert (facts["has_logo"].value, facts["has_cover"].value) == (True, False)
    assert facts["profile_completeness"].value == pytest.approx(0.9)
    assert facts["has_cover"].source == "GET /rest/organizations: coverPhotoV2"
    sandbox.set_up("linkedin", organization={"tagline": None})
    assert facts_of(reporter, today)["profile_completeness"].value == pytest.approx(0.8)


def test_posts_are_counted_by_kind(reporter: LinkedInReporter, publisher: LinkedInPublisher, today: date) -> None:
    """How many this month, of which kinds, and how long ago the last was."""
    publish(publisher, a_social(text="Only words"))
    publish(publisher, a_social(text="A picture", images=(an_image(),)))
    publish(publisher, a_social(text="Pictures", images=(an_image(1), an_image(2))))
    publish(publisher, a_social(text="A link", link="https://acme.example/x"))
    facts = facts_of(reporter, today)
    assert facts["posts_in_month"].value == 4
    counted = {kind: facts[kind].value for kind in KINDS}
    one = {"posts_text_only", "posts_with_image", "posts_with_images", "posts_with_link"}
    assert counted == {kind: int(kind in one) for kind in KINDS}
    assert (facts["content_kinds"].value, facts["days_since_last_post"].value) == (4, 0)


def test_a_page_without_posts_has_no_last_one(reporter: LinkedInReporter, today: date) -> None:
    """None posted is 0; since when is unknown, and why."""
    facts = facts_of(reporter, today)
    assert facts["posts_in_month"].value == 0
    assert facts["days_since_last_post"].value is None
    assert facts["days_since_last_post"].why_unknown


def test_engagement_is_weighed_over_the_month(reporter: LinkedInReporter, sandbox: RunningSandbox, today: date) -> None:
    """Acts over impressions of all days together, not the mean of the days."""
    days = [today - timedelta(days=n) for n in (1, 2)]
    zero = {"clickCount": 0, "likeCount": 0, "commentCount": 0, "shareCount": 0}
    sandbox.set_up("linkedin", figures={
        f"{days[0]}": zero | {"impressionCount": 900, "likeCount": 9},
        f"{days[1]}": zero | {"impressionCount": 100, "clickCount": 11},
    })  # fmt: skip
    facts = facts_of(reporter, today, days=2)
    assert facts["impressions"].value == 1000
    assert facts["engagement_rate"].value == pytest.approx(0.02)


def test_growth_is_new_followers_over_those_before(
    reporter: LinkedInReporter, sandbox: RunningSandbox, today: date
) -> None:
    """1,840 now, 40 of them new: 2.2 %."""
    gains = {f"{today - timedelta(days=n)}": {"organicFollowerGain": 15, "paidFollowerGain": 5} for n in (1, 2)}
    sandbox.set_up("linkedin", figures=gains)
    facts = facts_of(reporter, today, days=2)
    assert (facts["followers"].value, facts["followers_gained"].value) == (1840, 40)
    assert facts["follower_growth"].value == pytest.approx(40 / 1800)


def test_a_missing_right_makes_facts_unknown_and_no_error(
    reporter: LinkedInReporter, sandbox: RunningSandbox, today: date
) -> None:
    """A content admin sees posts but no statistics: those are unknown, with the reason, never 0."""
    sandbox.set_up("linkedin", roles={PAGE: "CONTENT_ADMINISTRATOR"})
    facts = facts_of(reporter, today)
    for name in ("engagement_rate", "impressions", "followers_gained", "follower_growth"):
        assert facts[name].value is None
        assert "ACCESS_DENIED" in facts[name].why_unknown
    assert facts["posts_in_month"].value == 0
    assert facts["followers"].value == 1840


def test_lost_access_and_outages_are_errors(reporter: LinkedInReporter, sandbox: RunningSandbox, today: date) -> None:
    """They are not facts about the page."""
    sandbox.set_fault("linkedin", "status", method="GET", path_regex="Statistics", status=500)
    with pytest.raises(PlatformUnavailable):
        reporter.figures(today - timedelta(days=2), today)
    sandbox.revoke_consent("linkedin")
    reporter._clock.advance(seconds=90)  # type: ignore[attr-defined]
    with pytest.raises(AccessRevoked):
        facts_of(reporter, today)
