"""Klaviyo's payloads and its errors as the reference records them (platform_apis.md 13)."""

from __future__ import annotations

import dataclasses
import json

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput, LeadmetricsError, RateLimited
from leadmetrics_pipelines.platforms.klaviyo.errors import DIALECT
from leadmetrics_pipelines.platforms.klaviyo.payloads import assign_body, prepare_campaign, send_body
from tests.platforms.campaigns import a_campaign
from tests.unit.platforms.answers import an_answer
from tests.unit.platforms.judging import judge


@pytest.mark.parametrize(
    ("status", "code", "detail", "family"),
    [
        (400, "invalid", "'subject' is a required field ..", ContentRejected),
        (401, "not_authenticated", "Missing or invalid private key.", AccessRevoked),
        (429, "throttled", "Expected available in 1 second.", RateLimited),
        (403, "permission_denied", "You do not have permission.", AccessRevoked),
        (404, "not_found", "Not found.", InvalidInput),
        (409, "conflict", "Conflict.", ContentRejected),
        (410, "whatever_it_is", "Gone.", InvalidInput),
        (401, "a_code_nobody_knows", "Hm.", AccessRevoked),
    ],
)
def test_a_recorded_error(status: int, code: str, detail: str, family: type[LeadmetricsError]) -> None:
    """By its code, or else its status; only id, code, title and detail are there for certain."""
    error = {"id": "1d1f0e2c", "code": code, "title": "T", "detail": detail}
    found = judge(DIALECT, an_answer(status, {"errors": [error]}), writing=True)
    assert type(found) is family
    assert detail.rstrip(".") in str(found) or family is RateLimited


def test_what_is_sent_reads_back_as_what_was_approved() -> None:
    """All of it from the bytes; the same item gives the same bytes."""
    item = a_campaign(subject="Häuser & “Gärten” 🪴")
    prepared = prepare_campaign(item, list_id="Y6nRLr")
    seen = prepared.seen()
    assert (seen.marker, seen.title, seen.excerpt, seen.body) == (
        item.marker, item.subject, item.preview_text, item.body_html,
    )  # fmt: skip
    assert (seen.from_name, seen.reply_to) == (item.from_name, item.reply_to)
    assert prepared == prepare_campaign(item, list_id="Y6nRLr")


def test_bytes_that_were_changed_do_not_read_back_the_same() -> None:
    """Whatever is put around the approved body, or another sender, shows."""
    item = a_campaign()
    prepared = prepare_campaign(item, list_id="Y6nRLr")
    template = json.loads(prepared.template)
    html = template["data"]["attributes"]["html"]
    for spoilt in (f"<p>Hello</p>{html}", html.replace("<hr>", "<p>More</p><hr>"), f"{html}<p>P.S.</p>"):
        template["data"]["attributes"]["html"] = spoilt
        seen = dataclasses.replace(prepared, template=json.dumps(template).encode()).seen()
        assert (seen.body, seen.marker) != (item.body_html, item.marker)
    campaign = prepared.campaign.replace(b'"from_email":"hello@', b'"from_email":"other@')
    assert dataclasses.replace(prepared, campaign=campaign).seen().reply_to == ""


def test_the_steps_bodies_have_the_reference_s_form() -> None:
    """Assign and send (platform_apis.md 13.2)."""
    assert json.loads(send_body("CAMPAIGNID")) == {"data": {"type": "campaign-send-job", "id": "CAMPAIGNID"}}
    assert json.loads(assign_body("MSGID", "RipRmi")) == {
        "data": {
            "type": "campaign-message",
            "id": "MSGID",
            "relationships": {"template": {"data": {"type": "template", "id": "RipRmi"}}},
        }
    }


def test_a_newsletter_can_be_left() -> None:
    """Klaviyo fills in the link and the sender's postal address."""
    html = json.loads(prepare_campaign(a_campaign(), list_id="x").template)["data"]["attributes"]["html"]
    assert "{% unsubscribe %}" in html
    assert "{{ organization.full_address }}" in html
