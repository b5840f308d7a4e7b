"""Newsletters through a Klaviyo that works: template, campaign, send job, read back."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import Grant
from leadmetrics_pipelines.platforms.klaviyo.publisher import KlaviyoPublisher
from leadmetrics_pipelines.platforms.publishing import Accepted
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.campaigns import Ledger, a_campaign, send_campaign


def act(sandbox: RunningSandbox, grant: Grant, method: str, path: str, data: Any = None) -> None:  # noqa: ANN401  JSON
    """What a person does in Klaviyo's own pages."""
    headers = {"Authorization": f"Bearer {grant.credentials['access_token']}", "revision": "2026-10-15"}
    body = {"data": data} if data else None
    sandbox.control.request(method, f"/a.klaviyo.com/api/{path}", json=body, headers=headers).raise_for_status()


def test_a_newsletter_goes_out_once_and_is_found(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, moving: FixedClock
) -> None:
    """Accepted, then sent, as it was approved; every id was kept on the way."""
    item, ledger, since = a_campaign(), Ledger(), moving.now()
    answer = send_campaign(publisher, item, ledger)
    assert isinstance(answer, Accepted)
    (held,) = sandbox.held("klaviyo")
    assert held.is_public
    assert item.body_html in held.text
    assert ledger.last["campaign_id"] == held.id
    assert [sorted(kept) for kept in ledger.kept] == [
        ["template_id"], ["campaign_id", "template_id"], ["campaign_id", "message_id", "template_id"],
    ]  # fmt: skip
    under_way = publisher.look(item, answer.handles, since=since, thorough=True)
    assert (under_way.ours, under_way.is_certain) == (None, False)
    live = publisher.look(item, answer.handles, since=since, thorough=True).ours
    assert live
    assert (live.remote_id, live.status, live.url, live.differences) == (held.id, "Sent", "", ())
    assert publisher.read_back(held.id).state == "live"


def test_sending_is_one_call(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """Everything else was done by `place`, and nobody has got anything yet."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    assert [held.is_public for held in sandbox.held("klaviyo")] == [False]
    sandbox.forget_calls()
    publisher.send(prepared, handles)
    assert [call.method for call in sandbox.calls("klaviyo")] == ["POST"]


def test_placing_again_resumes(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """With the handles, with some of them, and without any."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    first = publisher.place(prepared, {}, ledger.keep)
    for known in (first, {"template_id": first["template_id"]}, {}):
        assert publisher.place(prepared, known, ledger.keep) == first
    assert len(sandbox.held("klaviyo")) == 1


def test_a_draft_that_was_deleted_is_made_anew(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, grant: Grant
) -> None:
    """Nothing was sent before `send`."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    first = publisher.place(prepared, {}, ledger.keep)
    act(sandbox, grant, "DELETE", f"campaigns/{first['campaign_id']}")
    assert publisher.place(prepared, first, ledger.keep)["campaign_id"] != first["campaign_id"]


def test_a_draft_that_somebody_edited_is_not_sent(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, grant: Grant
) -> None:
    """What is sent is what was approved."""
    prepared, ledger = publisher.prepare(a_campaign(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    edit = {"type": "campaign-message", "attributes": {"definition": {"content": {"subject": "Buy now"}}}}
    act(sandbox, grant, "PATCH", f"campaign-messages/{handles['message_id']}", edit)
    with pytest.raises(ContentRejected, match="'Buy now' at Klaviyo"):
        publisher.place(prepared, handles, ledger.keep)


def test_a_look_tells_never_started_from_deleted(
    sandbox: RunningSandbox, publisher: KlaviyoPublisher, moving: FixedClock, grant: Grant
) -> None:
    """No send job is certain only once the call is settled; a deleted campaign never, once a send was tried."""
    item, ledger = a_campaign(), Ledger()
    assert publisher.look(item, {}, since=None, thorough=True).is_certain
    handles = publisher.place(publisher.prepare(item, {}), {}, ledger.keep)
    since = moving.now()
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain
    moving.advance(seconds=121)
    assert publisher.look(item, handles, since=since, thorough=True).is_certain
    act(sandbox, grant, "DELETE", f"campaigns/{handles['campaign_id']}")
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain
    assert publisher.read_back(handles["campaign_id"]).state == "deleted"


def test_a_cancelled_send_is_a_refusal_with_its_reason(sandbox: RunningSandbox, publisher: KlaviyoPublisher) -> None:
    """In Klaviyo's words."""
    sandbox.set_up("klaviyo", cancel_reason="Smart sending")
    item, ledger = a_campaign(), Ledger()
    send_campaign(publisher, item, ledger)
    assert "Cancelled: Smart sending" in publisher.look(item, ledger.last, since=None, thorough=True).refusal
    assert publisher.read_back(ledger.last["campaign_id"]).state == "rejected"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subject": ""}, "no subject"),
        ({"body_html": "<p>Hi {{ person.first_name }}</p>"}, "template tag"),
        ({"preview_text": "{% if x %}"}, "template tag"),
        ({"reply_to": "nobody"}, "no e-mail address"),
    ],
)
def test_what_klaviyo_would_change_is_refused_here(
    publisher: KlaviyoPublisher, changes: dict[str, str], told: str
) -> None:
    """In words, before any call."""
    with pytest.raises(ContentRejected, match=told):
        publisher.prepare(a_campaign(**changes), {})


def test_a_list_that_is_gone_says_so(grant: Grant, means: dict[str, Any]) -> None:
    """The channel points at nothing."""
    other = KlaviyoPublisher(account_id="NoSuch", credentials=grant.credentials, **means)
    with pytest.raises(InvalidInput, match="deleted there"):
        other.verify()
    with pytest.raises(ContentRejected, match="does not exist"):
        send_campaign(other, a_campaign())
