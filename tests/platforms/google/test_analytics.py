"""Google Analytics 4: connected, read day by day, and what is told when it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.google.analytics.oauth import ANALYTICS_SCOPE, AnalyticsConnector
from leadmetrics_pipelines.platforms.google.analytics.reporter import AnalyticsReporter
from leadmetrics_pipelines.platforms.reading import DailyFigure
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import KEYS, Means, connect, means_of

PROPERTY = "properties/401"
MAY = (date(2026, 5, 1), date(2026, 5, 31))


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def connector(means: Means) -> AnalyticsConnector:
    return AnalyticsConnector(keys=KEYS, **vars(means))


@pytest.fixture
def reporter(means: Means, connector: AnalyticsConnector) -> AnalyticsReporter:
    return AnalyticsReporter(account_id=PROPERTY, credentials=connect(connector).credentials, **vars(means))


def value_of(figures: list[DailyFigure], metric: str, day: date, dimension: str = "") -> float:
    return next(f.value for f in figures if (f.metric, f.day, f.dimension) == (metric, day, dimension))


def test_properties_of_all_accounts_may_be_chosen(sandbox: RunningSandbox, connector: AnalyticsConnector) -> None:
    """On every page of the list, with the account they belong to."""
    sandbox.set_up("google", page_most=1)
    choices = connector.accounts(connect(connector))
    assert [(choice.account_id, choice.name, choice.detail) for choice in choices] == [
        ("properties/402", "Acme shop", "Acme Garden Furniture, 402"),
        ("properties/401", "Acme website", "Acme Garden Furniture, 401"),
        ("properties/403", "Northlight blog", "Northlight Agency, 403"),
    ]


def test_an_unticked_right_is_named(connector: AnalyticsConnector) -> None:
    """Before anything is asked."""
    with pytest.raises(AccessRevoked, match="Read the visits"):
        connector.accounts(connect(connector, without=[ANALYTICS_SCOPE]))


def test_every_day_has_its_figures_and_its_channel_groups(reporter: AnalyticsReporter) -> None:
    """Sessions of the groups add up to the day's."""
    figures = list(reporter.figures(*MAY))
    assert len([figure for figure in figures if not figure.dimension]) == 3 * 31
    day = date(2026, 5, 9)
    groups = [f for f in figures if f.day == day and f.dimension and f.metric == "sessions"]
    assert {"Organic Search", "Direct", "Paid Search", "Email"} <= {group.dimension for group in groups}
    assert sum(group.value for group in groups) == value_of(figures, "sessions", day)
    assert value_of(figures, "total_users", day) < value_of(figures, "sessions", day)
    assert sum(f.value for f in figures if f.metric == "key_events" and not f.dimension) > 0


@pytest.mark.parametrize("rows_a_page", [7, 20, 100])
def test_rows_are_read_to_the_last_page(
    means: Means, connector: AnalyticsConnector, reporter: AnalyticsReporter, rows_a_page: int
) -> None:
    """Whatever the page's size, also one that divides the rows without a rest."""
    credentials = connect(connector).credentials
    paged = AnalyticsReporter(account_id=PROPERTY, credentials=credentials, **vars(means), rows_a_page=rows_a_page)
    week = (date(2026, 5, 1), date(2026, 5, 7))
    assert paged.figures(*week) == reporter.figures(*week)


def test_days_that_are_not_finished_are_left_out(reporter: AnalyticsReporter, means: Means) -> None:
    """In the property's own time zone, which the report tells."""
    today = means.clock.now().astimezone(ZoneInfo("Europe/Zurich")).date()
    figures = reporter.figures(today - timedelta(days=9), today)
    assert max(figure.day for figure in figures) == today - timedelta(days=2)
    assert max(figure.day for figure in figures if figure.dimension) == today - timedelta(days=2)
    assert reporter.figures(today, today) == []


def test_days_before_there_is_anything_are_unknown(reporter: AnalyticsReporter) -> None:
    """Not zero."""
    assert reporter.figures(date(2020, 1, 1), date(2020, 1, 31)) == []
    first = reporter.figures(date(2025, 1, 1), date(2025, 1, 8))[0]
    assert first.day == date(2025, 1, 6)


def test_four_weeks_are_told_and_compared_with_the_four_before(reporter: AnalyticsReporter) -> None:
    """Users are counted once in all of them, so they are fewer than the days' users together."""
    facts = {fact.name: fact.value for fact in reporter.snapshot(date(2026, 5, 1), date(2026, 11, 2))}
    figures = [f for f in reporter.figures(date(2026, 4, 6), date(2026, 5, 31)) if not f.dimension]
    sessions = [f.value for f in figures if f.metric == "sessions"]
    users = [f.value for f in figures if f.metric == "total_users"]
    assert facts["sessions"] == sum(sessions[28:])
    assert facts["sessions_change"] == pytest.approx(sum(sessions[28:]) / sum(sessions[:28]) - 1)
    assert isinstance(facts["total_users"], float)
    assert facts["total_users"] < sum(users[28:])
    rates = [facts[name] for name in ("key_event_rate", "organic_share", "engagement_rate")]
    key_events, organic, engaged = (value for value in rates if isinstance(value, float))
    assert 0.005 < key_events < 0.05
    assert 0.3 < organic < 0.5 < engaged < 0.7
    assert facts["time_zone"] == "Europe/Zurich"


def test_weeks_without_visits_are_unknown(reporter: AnalyticsReporter) -> None:
    """Neither 0 sessions nor a rate of 0."""
    facts = {fact.name: fact for fact in reporter.snapshot(date(2020, 1, 1), date(2020, 1, 31))}
    unknown = ("sessions", "engagement_rate", "key_event_rate", "organic_share", "sessions_change")
    assert [facts[name].value for name in unknown] == [None] * 5
    assert "measured no visits" in facts["sessions"].why_unknown


def test_an_exhausted_property_waits(sandbox: RunningSandbox, reporter: AnalyticsReporter) -> None:
    """429, with the platform's own words of when."""
    sandbox.set_up("google", report_tokens=1)
    with pytest.raises(RateLimited, match=r"Exhausted property tokens per day.*midnight") as caught:
        reporter.figures(*MAY)
    assert caught.value.retry_after is None


def test_a_lost_property_is_told(sandbox: RunningSandbox, reporter: AnalyticsReporter) -> None:
    """By the probe and by every question."""
    assert reporter.verify().name == PROPERTY
    sandbox.set_up("google", lost=[PROPERTY])
    with pytest.raises(AccessRevoked, match="403 PERMISSION_DENIED"):
        reporter.verify()
    with pytest.raises(AccessRevoked):
        reporter.figures(*MAY)


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (400, None, InvalidInput),
        (500, None, PlatformUnavailable),
        (200, {"rows": [{"metricValues": [{"value": "x"}]}], "rowCount": 1}, PlatformUnavailable),
        (200, {"metricHeaders": [], "rows": [{"metricValues": [{"value": "1"}]}]}, PlatformUnavailable),
        (200, {"metadata": {"timeZone": "Not/AZone"}}, PlatformUnavailable),
    ],
)
def test_faults_are_told_apart(
    sandbox: RunningSandbox, reporter: AnalyticsReporter, status: int, body: object, family: type[Exception]
) -> None:
    """Never a crash, never a zero."""
    more = {"body": body} if body else {}
    sandbox.set_fault("google", "status", path_regex="runReport", status=status, **more)  # type: ignore[arg-type]
    with pytest.raises(family):
        reporter.figures(*MAY)
