"""Search Console: connected, read day by day, and what is told when it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.google.search_console.oauth import SEARCH_SCOPE, SearchConsoleConnector
from leadmetrics_pipelines.platforms.google.search_console.reporter import SearchConsoleReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import KEYS, Means, connect, means_of

SITE = "sc-domain:acme.example"
MAY = (date(2026, 5, 1), date(2026, 5, 31))


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def connector(means: Means) -> SearchConsoleConnector:
    return SearchConsoleConnector(keys=KEYS, **vars(means))


@pytest.fixture
def reporter(means: Means, connector: SearchConsoleConnector) -> SearchConsoleReporter:
    return SearchConsoleReporter(account_id=SITE, credentials=connect(connector).credentials, **vars(means))


def test_verified_properties_may_be_chosen(connector: SearchConsoleConnector) -> None:
    """One that is not verified says so."""
    choices = {choice.account_id: choice for choice in connector.accounts(connect(connector))}
    assert list(choices) == [SITE, "https://acme.example/", "https://lakeside-terraces.example/"]
    assert (choices[SITE].name, choices[SITE].detail) == ("acme.example", "all addresses of the domain, owner")
    assert choices[SITE].address == "https://acme.example/"
    assert [bool(choice.refusal) for choice in choices.values()] == [False, False, True]


def test_an_unticked_right_is_named(connector: SearchConsoleConnector) -> None:
    """Before anything is asked."""
    with pytest.raises(AccessRevoked, match="how your site is found"):
        connector.accounts(connect(connector, without=[SEARCH_SCOPE]))


def test_every_day_has_four_figures_and_its_top_queries(reporter: SearchConsoleReporter) -> None:
    """The site's own figures are more than its queries': Google keeps rare ones to itself."""
    figures = reporter.figures(*MAY)
    totals = [figure for figure in figures if not figure.dimension]
    assert {figure.metric for figure in totals} == {"clicks", "impressions", "ctr", "position"}
    assert len(totals) == 4 * 31
    queries = [figure for figure in figures if figure.dimension and figure.metric == "clicks"]
    assert len(queries) == 25 * 31
    day = date(2026, 5, 9)
    of_day = [figure.value for figure in queries if figure.day == day]
    total = next(figure.value for figure in totals if figure.day == day and figure.metric == "clicks")
    assert 0 < sum(of_day) < total


@pytest.mark.parametrize("rows_a_page", [7, 70, 400])
def test_rows_are_read_to_the_last_page(
    means: Means, connector: SearchConsoleConnector, reporter: SearchConsoleReporter, rows_a_page: int
) -> None:
    """Whatever the page's size, also one that divides the rows without a rest."""
    credentials = connect(connector).credentials
    paged = SearchConsoleReporter(account_id=SITE, credentials=credentials, **vars(means), rows_a_page=rows_a_page)
    week = (date(2026, 5, 1), date(2026, 5, 7))
    assert paged.figures(*week) == reporter.figures(*week)


def test_a_day_is_the_same_whatever_window_it_was_asked_in(reporter: SearchConsoleReporter) -> None:
    """So that a day's rows are replaced by themselves."""
    alone = reporter.figures(date(2026, 5, 9), date(2026, 5, 9))
    assert alone == [figure for figure in reporter.figures(*MAY) if figure.day == date(2026, 5, 9)]


@pytest.mark.parametrize("lag", [2, 3, 5])
def test_days_that_are_not_final_are_left_out(
    sandbox: RunningSandbox, reporter: SearchConsoleReporter, means: Means, lag: int
) -> None:
    """Pacific days; what is younger than the lag comes as soon as Google has it."""
    sandbox.set_up("google", search_lag_days=lag)
    today = means.clock.now().astimezone(ZoneInfo("America/Los_Angeles")).date()
    figures = reporter.figures(today - timedelta(days=9), today)
    shown = max(figure.day for figure in figures if figure.value)
    assert shown == today - timedelta(days=lag)


def test_days_before_there_is_anything_are_unknown(reporter: SearchConsoleReporter) -> None:
    """Not zero: Search Console keeps some 16 months, and begins with the property."""
    assert reporter.figures(date(2020, 1, 1), date(2020, 1, 31)) == []


def test_four_weeks_are_told_and_compared_with_the_four_before(reporter: SearchConsoleReporter) -> None:
    """Up to the month's end, with how many queries stand among the first ten, and the sitemaps."""
    facts = {fact.name: fact.value for fact in reporter.snapshot(date(2026, 5, 1), date(2026, 11, 2))}
    figures = [
        f for f in reporter.figures(date(2026, 4, 6), date(2026, 5, 31)) if f.metric == "clicks" and not f.dimension
    ]
    before, now = (sum(f.value for f in days) for days in (figures[:28], figures[28:]))
    assert (facts["permission"], facts["clicks"]) == ("siteOwner", now)
    assert facts["clicks_change"] == pytest.approx(now / before - 1)
    assert facts["click_rate"] == pytest.approx(now / float(facts["impressions"] or 0))
    assert (facts["queries"], facts["has_sitemap"], facts["sitemaps"], facts["sitemap_errors"]) == (30, True, 1, 0)
    assert isinstance(facts["queries_top10"], float)
    assert 5 < facts["queries_top10"] < 30


def test_days_that_are_not_final_are_in_no_fact(reporter: SearchConsoleReporter, means: Means) -> None:
    """On the first of a month the four weeks end before it."""
    today = means.clock.now().date()
    facts = {fact.name: fact.value for fact in reporter.snapshot(today.replace(day=1), today)}
    assert isinstance(facts["clicks"], float)
    assert facts["clicks_change"] == pytest.approx(0, abs=0.2)


def test_a_property_without_data_is_unknown(reporter: SearchConsoleReporter) -> None:
    """Neither 0 clicks nor a change of nothing."""
    facts = {fact.name: fact for fact in reporter.snapshot(date(2020, 1, 1), date(2020, 1, 31))}
    assert (facts["clicks"].value, facts["clicks_change"].value, facts["permission"].value) == (None, None, "siteOwner")
    assert "no final data" in facts["clicks"].why_unknown


def test_a_lost_property_is_told(sandbox: RunningSandbox, reporter: SearchConsoleReporter) -> None:
    """By the probe and by every question."""
    assert reporter.verify().site_url == "https://acme.example/"
    sandbox.set_up("google", lost=[SITE])
    with pytest.raises(AccessRevoked, match="any more"):
        reporter.verify()
    with pytest.raises(AccessRevoked, match="403 forbidden"):
        reporter.figures(*MAY)


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (403, {"error": {"code": 403, "message": "Quota.", "errors": [{"reason": "rateLimitExceeded"}]}}, RateLimited),
        (429, {"error": {"code": 429, "message": "Quota.", "status": "RESOURCE_EXHAUSTED"}}, RateLimited),
        (503, None, PlatformUnavailable),
        (200, {"rows": [{"keys": ["2026-05-01"]}]}, PlatformUnavailable),
    ],
)
def test_faults_are_told_apart(
    sandbox: RunningSandbox, reporter: SearchConsoleReporter, status: int, body: object, family: type[Exception]
) -> None:
    """A full quota comes as 403, too."""
    more = {"body": body} if body else {}
    sandbox.set_fault("google", "status", path_regex="searchAnalytics", status=status, **more)  # type: ignore[arg-type]
    with pytest.raises(family):
        reporter.figures(*MAY)


def test_a_lost_answer_to_a_question_is_only_unavailable(
    sandbox: RunningSandbox, reporter: SearchConsoleReporter
) -> None:
    """It is a POST, and writes nothing."""
    sandbox.set_fault("google", "drop_after", path_regex="searchAnalytics")
    with pytest.raises(PlatformUnavailable):
        reporter.figures(*MAY)
