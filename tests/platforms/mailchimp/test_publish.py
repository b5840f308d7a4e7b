"""Newsletters through a Mailchimp that works: made, filled, sent, read back."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import Grant
from leadmetrics_pipelines.platforms.mailchimp.publisher import MailchimpPublisher
from leadmetrics_pipelines.platforms.publishing import Accepted
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import Ledger, a_campaign, send_campaign


def test_a_newsletter_goes_out_once_and_is_found(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, moving: FixedClock
) -> None:
    """Accepted, then sent, with its public address and nothing changed."""
    item, ledger, since = a_campaign(), Ledger(), moving.now()
    answer = send_campaign(publisher, item, ledger)
    assert isinstance(answer, Accepted)
    (held,) = sandbox.held("mailchimp")
    assert (held.is_public, ledger.last) == (True, {"campaign_id": held.id})
    under_way = publisher.look(item, answer.handles, since=since, thorough=True)
    assert (under_way.ours, under_way.is_certain) == (None, False)
    live = publisher.look(item, answer.handles, since=since, thorough=True).ours
    assert live
    assert (live.remote_id, live.status, live.differences) == (held.id, "sent", ())
    assert "Teak lasts" in sandbox.control.get(live.url).text
    assert publisher.read_back(held.id).state == "live"


def test_sending_is_one_call(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """Everything else was done by `place`."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    assert [held.is_public for held in sandbox.held("mailchimp")] == [False]
    sandbox.forget_calls()
    publisher.send(prepared, handles)
    assert [call.method for call in sandbox.calls("mailchimp")] == ["POST"]


def test_placing_again_resumes(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """With the handle, and without: then by the marker in the campaign's name."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    first = publisher.place(prepared, {}, ledger.keep)
    assert publisher.place(prepared, first, ledger.keep) == first
    assert publisher.place(prepared, {}, ledger.keep) == first
    assert len(sandbox.held("mailchimp")) == 1


def test_a_draft_that_was_deleted_is_made_anew(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, grant: Grant
) -> None:
    """Nothing was sent before `send`."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    first = publisher.place(prepared, {}, ledger.keep)
    change(sandbox, grant, "DELETE", first["campaign_id"])
    assert publisher.place(prepared, first, ledger.keep)["campaign_id"] != first["campaign_id"]


def test_a_draft_that_somebody_edited_is_not_sent(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, grant: Grant
) -> None:
    """What is sent is what was approved."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    change(sandbox, grant, "PATCH", handles["campaign_id"], {"settings": {"subject_line": "Buy now"}})
    with pytest.raises(ContentRejected, match="'Buy now' at Mailchimp"):
        publisher.place(prepared, handles, ledger.keep)


def test_a_look_tells_drafts_sent_cancelled_and_deleted_apart(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, moving: FixedClock, grant: Grant
) -> None:
    """A draft is certain only once the call is settled; a deleted one is never certain once a send was tried."""
    item, ledger = a_campaign(), Ledger()
    assert publisher.look(item, {}, since=None, thorough=True).is_certain
    handles = publisher.place(publisher.prepare(item, {}), {}, ledger.keep)
    since = moving.now()
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain
    moving.advance(seconds=121)
    settled = publisher.look(item, handles, since=since, thorough=True)
    assert (settled.ours, settled.is_certain) == (None, True)
    change(sandbox, grant, "DELETE", handles["campaign_id"])
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain
    assert publisher.look(item, handles, since=None, thorough=True).is_certain
    assert publisher.read_back(handles["campaign_id"]).state == "deleted"


def test_a_cancelled_send_is_a_refusal(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """With how many mails went out."""
    sandbox.set_up("mailchimp", sends_fail=True)
    item, ledger = a_campaign(), Ledger()
    send_campaign(publisher, item, ledger)
    look = publisher.look(item, ledger.last, since=None, thorough=True)
    assert "0 mails were sent" in look.refusal
    assert publisher.read_back(ledger.last["campaign_id"]).state == "rejected"


def test_what_the_checklist_finds_is_told(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """Before anything is sent."""
    sandbox.set_up("mailchimp", not_ready="The audience has no address.")
    with pytest.raises(ContentRejected, match="The audience has no address"):
        send_campaign(publisher, a_campaign())
    assert not any(held.is_public for held in sandbox.held("mailchimp"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subject": "x" * 151}, "151 characters; 150 fit"),
        ({"subject": " "}, "no subject"),
        ({"body_html": ""}, "no body"),
        ({"body_html": "<p>Hi *|FNAME|*</p>"}, "merge tag"),
        ({"reply_to": "nobody"}, "no e-mail address"),
    ],
)
def test_what_mailchimp_would_refuse_is_refused_here(
    sandbox: RunningSandbox, publisher: MailchimpPublisher, changes: dict[str, str], told: str
) -> None:
    """In words, before any call."""
    sandbox.forget_calls()
    with pytest.raises(ContentRejected, match=told):
        publisher.prepare(a_campaign(**changes), {})
    assert sandbox.calls("mailchimp") == []


def test_an_audience_that_is_gone_says_so(grant: Grant, means: dict[str, Any]) -> None:
    """The channel points at nothing."""
    other = MailchimpPublisher(account_id="c0ffee0000", credentials=grant.credentials, **means)
    with pytest.raises(InvalidInput, match="deleted there"):
        other.verify()
    with pytest.raises(ContentRejected, match="list does not exist"):
        send_campaign(other, a_campaign())


def change(sandbox: RunningSandbox, grant: Grant, method: str, campaign_id: str, body: Any = None) -> None:  # noqa: ANN401  JSON
    """What a person does to a campaign in Mailchimp's own pages."""
    sandbox.control.request(
        method, f"/us1.api.mailchimp.com/3.0/campaigns/{campaign_id}", json=body,
        headers={"Authorization": f"Bearer {grant.credentials['access_token']}"},
    ).raise_for_status()  # fmt: skip
