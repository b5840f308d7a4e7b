"""What Klaviyo tells of a list and its campaigns."""

from __future__ import annotations

from typing import Any

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import Grant
from leadmetrics_pipelines.platforms.klaviyo.oauth import KlaviyoConnector
from leadmetrics_pipelines.platforms.klaviyo.publisher import KlaviyoPublisher
from leadmetrics_pipelines.platforms.klaviyo.reporter import KlaviyoReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import a_campaign, send_campaign
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of


def test_a_list_without_campaigns_has_no_rates(reporter: KlaviyoReporter, moving: FixedClock) -> None:
    """None sent is known to be 0; a rate of nothing is unknown, with why."""
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["members"].value, facts["campaigns_sent"].value) == (2310, 0)
    for name in ("open_rate", "click_rate", "unsubscribe_rate", "bounce_rate", "days_since_last_campaign"):
        assert (facts[name].value, facts[name].why_unknown[:21]) == (None, "No campaign was sent ")


def test_the_months_campaigns_to_this_list_are_weighed(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, reporter: KlaviyoReporter, moving: FixedClock,
    grant: Grant, means: dict[str, Any],
) -> None:  # fmt: skip
    """Those to another list of the account are not counted."""
    sandbox.set_up("klaviyo", job_polls=0)
    send_campaign(publisher, a_campaign())
    send_campaign(publisher, a_campaign())
    other = KlaviyoPublisher(account_id="T4zQ8w", credentials=grant.credentials, **means)
    send_campaign(other, a_campaign())
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["campaigns_sent"].value, facts["days_since_last_campaign"].value) == (2, 0)
    assert (facts["open_rate"].value, facts["click_rate"].value) == (0.3333, 0.05)


def test_without_the_right_to_read_metrics_rates_are_unknown(
    sandbox: RunningSandbox, connector: KlaviyoConnector, moving: FixedClock, means: dict[str, Any]
) -> None:
    """Everything else is told, and why the rates are not."""
    sandbox.set_up("klaviyo", job_polls=0)
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    code = answer_consent(url, without=["metrics:read"])["code"]
    credentials = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER).credentials
    send_campaign(KlaviyoPublisher(account_id="Y6nRLr", credentials=credentials, **means), a_campaign())
    today = moving.now().date()
    reporter = KlaviyoReporter(account_id="Y6nRLr", credentials=credentials, **means)
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert facts["campaigns_sent"].value == 1
    assert facts["open_rate"].value is None
    assert "metrics:read" in facts["open_rate"].why_unknown


def test_days_that_are_not_over_are_left_out(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, reporter: KlaviyoReporter, moving: FixedClock
) -> None:
    """Today's figures would be too small."""
    send_campaign(publisher, a_campaign())
    day = moving.now().date()
    assert reporter.figures(day, day) == ()
    moving.advance(days=1)
    figures = {figure.metric: figure.value for figure in reporter.figures(day, day)}
    assert figures == {"emails_received": 2310, "opens": 770, "clicks": 115, "unsubscribed": 5}
