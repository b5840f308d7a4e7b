"""What Mailchimp tells of an audience."""

from __future__ import annotations

from datetime import timedelta

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.mailchimp.publisher import MailchimpPublisher
from leadmetrics_pipelines.platforms.mailchimp.reporter import MailchimpReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import a_campaign, send_campaign


def test_an_audience_without_campaigns_has_no_rates(reporter: MailchimpReporter, moving: FixedClock) -> None:
    """None sent is known to be 0; a rate of nothing is unknown, with why."""
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["members"].value, facts["campaigns_sent"].value) == (1840, 0)
    assert (facts["members_added"].value, facts["members_lost"].value) == (46, 13)
    for name in ("open_rate", "click_rate", "unsubscribe_rate", "bounce_rate"):
        assert (facts[name].value, facts[name].why_unknown) == (None, "No campaign was sent in this month.")
    assert facts["days_since_last_campaign"].value is None


def test_the_months_campaigns_are_summed(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, reporter: MailchimpReporter, moving: FixedClock
) -> None:
    """Rates by mails sent, as fractions, with their source."""
    send_campaign(publisher, a_campaign())
    send_campaign(publisher, a_campaign())
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["campaigns_sent"].value, facts["days_since_last_campaign"].value) == (2, 0)
    assert (facts["open_rate"].value, facts["click_rate"].value) == (0.3332, 0.05)
    assert facts["open_rate"].source == "GET /reports opens.unique_opens / emails_sent"


def test_days_that_are_not_over_are_left_out(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, reporter: MailchimpReporter, moving: FixedClock
) -> None:
    """A day counts when it has ended in every time zone; then the mails of that day are in it."""
    send_campaign(publisher, a_campaign())
    day = moving.now().date()
    assert {figure.day for figure in reporter.figures(day, day)} == set()
    sandbox.advance_clock(days=3)
    moving.advance(days=3)
    figures = {figure.metric: figure.value for figure in reporter.figures(day, day)}
    assert (figures["emails_sent"], figures["opens"], figures["clicks"]) == (1840, 613, 92)
    assert len({figure.day for figure in reporter.figures(day - timedelta(days=9), day)}) == 10
