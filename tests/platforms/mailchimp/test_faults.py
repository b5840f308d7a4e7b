"""A Mailchimp that misbehaves: what is said, and how many mails went out."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.mailchimp.publisher import MailchimpPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import Ledger, a_campaign, send_campaign

SEND = "/actions/send$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "sent"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("hang", 500, OutcomeUnknown, 0),
        ("html", 200, OutcomeUnknown, 0),
        ("status", 500, OutcomeUnknown, 0),
        ("status_after", 502, OutcomeUnknown, 1),
        ("status_after", 400, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 403, PlatformUnavailable, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 404, InvalidInput, 0),
    ],
)
def test_a_send_that_went_wrong(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, moving: FixedClock,
    effect: Effect, status: int, family: type[Exception], sent: int,
) -> None:  # fmt: skip
    """Not sent only where that is certain; one call in every case; the look finds the truth."""
    item, ledger = a_campaign(), Ledger()
    prepared = publisher.prepare(item, {})
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_fault("mailchimp", effect, path_regex=SEND, status=status, seconds=3)
    since = moving.now()
    sandbox.forget_calls()
    with pytest.raises(family) as caught:
        publisher.send(prepared, handles)
    assert type(caught.value) is family
    assert len(sandbox.calls("mailchimp")) <= 1
    moving.advance(seconds=300)
    publisher.look(item, handles, since=since, thorough=True)
    look = publisher.look(item, handles, since=since, thorough=True)
    assert (look.ours is not None, look.is_certain) == (bool(sent), True)
    assert [held.is_public for held in sandbox.held("mailchimp")] == [bool(sent)]


def test_a_second_send_mails_nobody_twice(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """Mailchimp refuses it; that is no proof of anything but that one has to look."""
    item, ledger = a_campaign(), Ledger()
    send_campaign(publisher, item, ledger)
    with pytest.raises(OutcomeUnknown, match="Cannot send"):
        publisher.send(publisher.prepare(item, {}), ledger.last)
    assert len(sandbox.held("mailchimp")) == 1


def test_a_campaign_without_content_is_certainly_not_sent(
    sandbox: RunningSandbox, publisher: MailchimpPublisher
) -> None:
    """The one 400 to a send that says so."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_up("mailchimp", not_ready="No credit card.")
    with pytest.raises(ContentRejected, match="not ready to send"):
        publisher.send(prepared, handles)


@pytest.mark.parametrize("effect", ["drop_after", "status_after"])
@pytest.mark.parametrize("path", ["/3.0/campaigns$", "/content$"])
def test_a_lost_step_is_resumed_without_a_second_campaign(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, effect: Effect, path: str
) -> None:
    """A campaign whose making was not answered is found by its name."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    sandbox.set_fault("mailchimp", effect, path_regex=path)
    with pytest.raises(PlatformUnavailable, match="Nothing is public"):
        publisher.place(prepared, {}, ledger.keep)
    handles = publisher.place(prepared, ledger.last, ledger.keep)
    publisher.send(prepared, handles)
    assert [held.is_public for held in sandbox.held("mailchimp")] == [True]


def test_the_edge_speaks_no_json(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """A bare 403 is no loss of rights, a bare 429 no end: both pass."""
    sandbox.set_fault("mailchimp", "status", status=403)
    with pytest.raises(PlatformUnavailable, match="before the API"):
        publisher.verify()
    sandbox.set_fault("mailchimp", "status", status=429)
    with pytest.raises(RateLimited) as bare:
        publisher.verify()
    assert bare.value.retry_after is None
    sandbox.set_fault("mailchimp", "status", status=429, headers={"Retry-After": "7"})
    with pytest.raises(RateLimited) as told:
        publisher.verify()
    assert told.value.retry_after == 7


def test_a_lost_role_is_told(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """The token lives, but may not write any more."""
    sandbox.set_up("mailchimp", role_lost=True)
    with pytest.raises(AccessRevoked, match="role Manager"):
        send_campaign(publisher, a_campaign())
    assert sandbox.held("mailchimp") == []


def test_reading_never_leaves_an_outcome_open(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """Whatever happens to a GET, nothing was written."""
    for effect in ("drop_after", "html", "status"):
        sandbox.set_fault("mailchimp", effect, method="GET", status=500)
        with pytest.raises(PlatformUnavailable):
            publisher.look(a_campaign(), {"campaign_id": "1"}, since=None, thorough=True)


def test_a_list_that_lags_costs_a_draft_and_not_a_mail(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """What was made without an answer and is not listed yet is made again; one of the two is sent, the other never."""
    sandbox.set_up("mailchimp", lists_lag_seconds=600)
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    sandbox.set_fault("mailchimp", "drop_after", method="POST", path_regex="/3.0/campaigns$")
    with pytest.raises(PlatformUnavailable):
        publisher.place(prepared, {}, ledger.keep)
    publisher.send(prepared, publisher.place(prepared, ledger.last, ledger.keep))
    sandbox.set_up("mailchimp", lists_lag_seconds=0)
    assert sorted(held.is_public for held in sandbox.held("mailchimp")) == [False, True]
    handles = publisher.place(prepared, {}, ledger.keep)
    assert [held.id for held in sandbox.held("mailchimp") if held.is_public] == [handles["campaign_id"]]
