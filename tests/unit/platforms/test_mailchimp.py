"""Mailchimp's payloads and its errors as the reference records them (platform_apis.md 12)."""

from __future__ import annotations

import dataclasses
import json

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput, LeadmetricsError
from leadmetrics_pipelines.platforms.mailchimp.errors import DIALECT
from leadmetrics_pipelines.platforms.mailchimp.payloads import prepare_campaign
from tests.platforms.campaigns import a_campaign
from tests.unit.platforms.answers import an_answer
from tests.unit.platforms.judging import judge

TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"


@pytest.mark.parametrize(
    ("status", "title", "detail", "family"),
    [
        (401, "API Key Invalid", "Your API key may be invalid.", AccessRevoked),
        (403, "User Action Not Permitted", "The user's role does not permit this action.", AccessRevoked),
        (400, "Invalid Resource", "The resource submitted could not be validated.", ContentRejected),
        (400, "Bad Request", "Your Campaign is not ready to send.", ContentRejected),
        (404, "Resource Not Found", "The requested resource could not be found.", InvalidInput),
        (400, "A Title Nobody Knows", "Hm.", ContentRejected),
    ],
)  # fmt: skip
def test_a_recorded_problem(status: int, title: str, detail: str, family: type[LeadmetricsError]) -> None:
    """The same family whether it was a read or a write: nothing was written."""
    problem = {"type": TYPE, "title": title, "status": status, "detail": detail, "instance": "995c5cb0"}
    for writing in (True, False):
        assert type(judge(DIALECT, an_answer(status, problem), writing=writing)) is family


def test_the_field_that_does_not_fit_is_named() -> None:
    """With what Mailchimp says of it."""
    errors = [{"field": "settings.reply_to", "message": "This value should be a valid email."}]
    problem = {"title": "Invalid Resource", "status": 400, "detail": "See the 'errors' array.", "errors": errors}
    assert "settings.reply_to: This value should be a valid email" in str(
        judge(DIALECT, an_answer(400, problem), writing=True)
    )


def test_what_is_sent_reads_back_as_what_was_approved() -> None:
    """All of it from the bytes; the same item gives the same bytes."""
    item = a_campaign(subject="Häuser & “Gärten” 🪴")
    prepared = prepare_campaign(item, list_id="a1b2c3d4e5")
    seen = prepared.seen()
    assert (seen.marker, seen.title, seen.excerpt, seen.body) == (
        item.marker, item.subject, item.preview_text, item.body_html,
    )  # fmt: skip
    assert (seen.from_name, seen.reply_to) == (item.from_name, item.reply_to)
    assert prepared == prepare_campaign(item, list_id="a1b2c3d4e5")


def test_bytes_that_were_changed_do_not_read_back_the_same() -> None:
    """Whatever is put before or after the approved body shows."""
    item = a_campaign()
    prepared = prepare_campaign(item, list_id="a1b2c3d4e5")
    html = json.loads(prepared.content)["html"]
    for spoilt in (f"<p>Hello</p>{html}", html.replace("<hr>", "<p>More</p><hr>"), f"{html}<p>P.S.</p>"):
        seen = dataclasses.replace(prepared, content=json.dumps({"html": spoilt}).encode()).seen()
        assert (seen.body, seen.marker) != (item.body_html, item.marker)


def test_the_footer_has_what_the_law_asks_for() -> None:
    """A way out, and the sender's postal address, filled in by Mailchimp."""
    html = json.loads(prepare_campaign(a_campaign(), list_id="x").content)["html"]
    assert "*|UNSUB|*" in html
    assert "*|HTML:LIST_ADDRESS_HTML|*" in html
