"""A Klaviyo that misbehaves: what is said, and how many campaigns went out."""

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
from leadmetrics_pipelines.platforms.klaviyo.publisher import KlaviyoPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import Ledger, a_campaign, send_campaign

SEND = "/campaign-send-jobs$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "sent"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("html", 200, OutcomeUnknown, 0),
        ("status", 500, OutcomeUnknown, 0),
        ("status_after", 503, OutcomeUnknown, 1),
        ("status_after", 409, OutcomeUnknown, 1),
        ("status_after", 400, OutcomeUnknown, 1),
        ("status", 400, ContentRejected, 0),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 403, AccessRevoked, 0),
        ("status", 410, InvalidInput, 0),
        ("status", 404, InvalidInput, 0),
    ],
)
def test_a_send_that_went_wrong(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, moving: FixedClock,
    effect: Effect, status: int, family: type[Exception], sent: int,
) -> None:  # fmt: skip
    """Not sent only where that is certain; one call that writes in every case; the look finds the truth."""
    sandbox.set_up("klaviyo", job_polls=0)
    item, ledger = a_campaign(), Ledger()
    prepared = publisher.prepare(item, {})
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_fault("klaviyo", effect, method="POST", path_regex=SEND, status=status)
    since = moving.now()
    sandbox.forget_calls()
    with pytest.raises(family) as caught:
        publisher.send(prepared, handles)
    assert type(caught.value) is family
    assert len([call for call in sandbox.calls("klaviyo") if call.method == "POST"]) <= 1
    moving.advance(seconds=300)
    look = publisher.look(item, handles, since=since, thorough=True)
    assert (look.ours is not None, look.is_certain) == (bool(sent), True)
    assert [held.is_public for held in sandbox.held("klaviyo")] == [bool(sent)]


def test_an_accepted_job_without_its_id_is_no_proof(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """Success only from an id."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    bodies: list[dict[str, object]] = [{"data": {"id": "another"}}, {"errors": []}, {"data": None}]
    for body in bodies:
        sandbox.set_fault("klaviyo", "status", path_regex=SEND, status=202, body=body)
        with pytest.raises(OutcomeUnknown, match="without the send job's id"):
            publisher.send(prepared, handles)


def test_a_second_send_mails_nobody_twice(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """The conflict is no proof of anything but that one has to look."""
    item, ledger = a_campaign(), Ledger()
    send_campaign(publisher, item, ledger)
    with pytest.raises(OutcomeUnknown, match="conflict"):
        publisher.send(publisher.prepare(item, {}), ledger.last)
    assert len(sandbox.held("klaviyo")) == 1


@pytest.mark.parametrize("effect", ["drop_after", "status_after"])
@pytest.mark.parametrize("path", ["/templates$", "/campaigns$", "/campaign-message-assign-template$"])
def test_a_lost_step_is_resumed_without_a_second_campaign(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, effect: Effect, path: str
) -> None:
    """What was made without an answer is found by its name."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    sandbox.set_fault("klaviyo", effect, method="POST", path_regex=path)
    with pytest.raises(PlatformUnavailable, match="Nothing is public"):
        publisher.place(prepared, {}, ledger.keep)
    handles = publisher.place(prepared, ledger.last, ledger.keep)
    publisher.send(prepared, handles)
    assert [held.is_public for held in sandbox.held("klaviyo")] == [True]


def test_a_retired_revision_asks_for_an_update(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """No new consent would help, and no other text."""
    sandbox.set_up("klaviyo", retired_revision="2026-10-15")
    with pytest.raises(InvalidInput, match="version of its API has ended"):
        publisher.verify()


def test_a_pause_says_how_long_where_klaviyo_does(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """With Retry-After and without."""
    for headers, seconds in (({"Retry-After": "3"}, 3), ({}, None)):
        sandbox.set_fault("klaviyo", "status", status=429, headers=headers)
        with pytest.raises(RateLimited) as caught:
            publisher.verify()
        assert caught.value.retry_after == seconds


def test_a_lost_role_is_told(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """The token lives, but may not write any more."""
    sandbox.set_up("klaviyo", role_lost=True)
    with pytest.raises(AccessRevoked, match="may send campaigns"):
        send_campaign(publisher, a_campaign())
    assert sandbox.held("klaviyo") == []


def test_an_answer_of_another_shape_passes(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """It is the platform's fault, and told as one."""
    sandbox.set_fault("klaviyo", "status", status=200, body={"data": {"id": "x"}})
    with pytest.raises(PlatformUnavailable, match="documents say"):
        publisher.verify()


def test_a_list_that_lags_costs_a_draft_and_not_a_mail(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """What was made without an answer and is not listed yet is made again; one of the two is sent, the other never."""
    sandbox.set_up("klaviyo", lists_lag_seconds=600)
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    sandbox.set_fault("klaviyo", "drop_after", method="POST", path_regex="/campaigns$")
    with pytest.raises(PlatformUnavailable):
        publisher.place(prepared, {}, ledger.keep)
    publisher.send(prepared, publisher.place(prepared, ledger.last, ledger.keep))
    sandbox.set_up("klaviyo", lists_lag_seconds=0)
    assert sorted(held.is_public for held in sandbox.held("klaviyo")) == [False, True]
    handles = publisher.place(prepared, {}, ledger.keep)
    assert [held.id for held in sandbox.held("klaviyo") if held.is_public] == [handles["campaign_id"]]
