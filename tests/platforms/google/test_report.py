"""Figures and facts of a location, from the twin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.google.business.publisher import GoogleBusinessPublisher
from leadmetrics_pipelines.platforms.google.business.reporter import GoogleBusinessReporter
from leadmetrics_pipelines.platforms.reading import SnapshotFact
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import SHOP, Means, a_local_post, means_of, publish, publisher_of, reporter_of


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def reporter(means: Means) -> GoogleBusinessReporter:
    return reporter_of(means)


@pytest.fixture
def today(means: Means) -> date:
    return means.clock.now().date()


def facts_of(reporter: GoogleBusinessReporter, today: date) -> dict[str, SnapshotFact]:
    return {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}


def test_every_day_of_a_month_has_its_figures(reporter: GoogleBusinessReporter) -> None:
    """Eight metrics; impressions are the sum of their four parts."""
    figures = reporter.figures(date(2026, 5, 1), date(2026, 5, 31))
    by_metric = {metric: [f for f in figures if f.metric == metric] for metric in {f.metric for f in figures}}
    assert {metric: len(found) for metric, found in by_metric.items()} == dict.fromkeys(by_metric, 31)
    assert len(by_metric) == 8
    parts = [f.value for f in figures if f.metric.startswith("impressions_") and f.day == date(2026, 5, 9)]
    assert sum(parts) == next(f.value for f in by_metric["impressions"] if f.day == date(2026, 5, 9))
    assert all(f.dimension == "" for f in figures)


def test_a_zero_that_google_leaves_out_is_a_zero(sandbox: RunningSandbox, reporter: GoogleBusinessReporter) -> None:
    """A day is listed without a value (reference 7.4)."""
    series = {
        "dailyMetric": "WEBSITE_CLICKS",
        "timeSeries": {
            "datedValues": [
                {"date": {"year": 2026, "month": 5, "day": 1}, "value": "4"},
                {"date": {"year": 2026, "month": 5, "day": 2}},
            ]
        },
    }
    body = {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": [series]}]}
    sandbox.set_fault("google", "status", path_regex="fetchMulti", status=200, body=dict(body))
    figures = reporter.figures(date(2026, 5, 1), date(2026, 5, 2))
    assert [(figure.metric, figure.value) for figure in figures] == [("website_clicks", 4), ("website_clicks", 0)]


def test_days_that_are_not_finished_are_left_out(reporter: GoogleBusinessReporter, today: date) -> None:
    """Google restates the last days."""
    days = {figure.day for figure in reporter.figures(today - timedelta(days=6), today)}
    assert max(days) == today - timedelta(days=4)
    assert reporter.figures(today, today) == []


def test_a_profile_that_is_filled_in_shows_it(reporter: GoogleBusinessReporter, today: date) -> None:
    """Each fact with its call and field."""
    facts = facts_of(reporter, today)
    told = {name: fact.value for name, fact in facts.items()}
    assert told["verified"] is told["has_hours"] is told["has_description"] is told["has_category"] is True
    assert told["has_phone"] is told["has_website"] is told["has_address"] is True
    assert told["has_special_hours"] is False
    assert (told["photos"], told["extra_categories"]) == (27, 1)
    assert facts["has_hours"].source == "GET v1 location: regularHours.periods"


def test_a_bare_profile_shows_what_is_missing(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter, today: date
) -> None:
    """False is known, and not the same as unknown."""
    sandbox.set_up("google", bare=[SHOP])
    facts = facts_of(reporter, today)
    assert [facts[name].value for name in ("has_hours", "has_description", "has_phone", "has_website")] == [False] * 4
    assert facts["photos"].value == 1


def test_reviews_are_counted_and_the_unanswered_found(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter, today: date
) -> None:
    """Over all pages: "Respond to 3 unanswered Google reviews"."""
    sandbox.set_up("google", page_most=5)
    facts = facts_of(reporter, today)
    assert facts["reviews"].value == 14
    assert facts["review_average"].value == 4.4
    assert facts["reviews_unanswered"].value == 3
    assert facts["reviews_answered_share"].value == pytest.approx(11 / 14)
    assert facts["reviews_this_month"].value == sum(
        (today - timedelta(days=2 + 11 * n)) >= today.replace(day=1) for n in range(14)
    )


def test_posts_of_the_month_are_counted(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter, means: Means, today: date
) -> None:
    """Rejected ones are none; without any post the days since the last are unknown, not 0."""
    facts = facts_of(reporter, today)
    assert facts["posts_this_month"].value == 0
    assert (facts["days_since_last_post"].value, facts["days_since_last_post"].why_unknown) == (
        None,
        "There are no posts yet.",
    )
    shop: GoogleBusinessPublisher = publisher_of(means)
    publish(shop, a_local_post())
    publish(shop, a_local_post())
    facts = facts_of(reporter, today)
    assert (facts["posts_this_month"].value, facts["days_since_last_post"].value) == (2, 0)


def test_what_google_refuses_is_unknown_and_hides_nothing(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter, today: date
) -> None:
    """Reviews closed to us: their facts say why, the others are there."""
    sandbox.set_fault("google", "status", path_regex="/reviews", status=403)
    facts = facts_of(reporter, today)
    assert facts["reviews"].value is None
    assert "403 PERMISSION_DENIED" in facts["reviews"].why_unknown
    assert facts["photos"].value == 27


def test_a_fault_of_the_moment_fails_the_whole_snapshot(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter, today: date
) -> None:
    """It is tried again, instead of storing an unknown that is only late."""
    sandbox.set_fault("google", "status", path_regex="/reviews", status=429)
    with pytest.raises(RateLimited):
        reporter.snapshot(today.replace(day=1), today)


def test_a_dead_channel_is_told(sandbox: RunningSandbox, reporter: GoogleBusinessReporter, today: date) -> None:
    """A snapshot of nothing but unknowns would look like a new location."""
    sandbox.revoke_consent("google")
    with pytest.raises(AccessRevoked):
        reporter.snapshot(today.replace(day=1), today)
    with pytest.raises(AccessRevoked):
        reporter.figures(date(2026, 5, 1), date(2026, 5, 2))


def test_an_answer_of_another_shape_is_a_fault_of_the_platform(
    sandbox: RunningSandbox, reporter: GoogleBusinessReporter
) -> None:
    """Never a crash."""
    series = {"dailyMetric": "CALL_CLICKS", "timeSeries": {"datedValues": [{"date": "2026-05-01"}]}}
    body = {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": [series]}]}
    sandbox.set_fault("google", "status", path_regex="fetchMulti", status=200, body=dict(body))
    with pytest.raises(PlatformUnavailable, match="another shape"):
        reporter.figures(date(2026, 5, 1), date(2026, 5, 2))
