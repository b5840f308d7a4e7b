"""Answers of JSON APIs that no platform's table knows, and of token endpoints."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.platforms.json_api import Dialect, Rule, Said, oauth_dialect
from tests.unit.platforms.answers import an_answer
from tests.unit.platforms.judging import judge


def read(body: object) -> Said:
    """Of a platform that has a code and a message."""
    return Said(body["code"], body["message"]) if isinstance(body, dict) else Said()


SPOKEN = Dialect(
    name="Acme",
    read=read,
    rules={"over": Rule(InvalidInput, "Start anew.")},
    refusal=Rule(ContentRejected, "Change it."),
)
STRANGE = {"code": "strange", "message": "Hm"}


@pytest.mark.parametrize(
    ("status", "body", "writing", "reading"),
    [
        (400, {"code": "over", "message": "x"}, InvalidInput, InvalidInput),
        (500, {"code": "over", "message": "x"}, OutcomeUnknown, PlatformUnavailable),
        (400, STRANGE, ContentRejected, ContentRejected),
        (401, STRANGE, AccessRevoked, AccessRevoked),
        (403, STRANGE, AccessRevoked, AccessRevoked),
        (404, STRANGE, InvalidInput, InvalidInput),
        (410, STRANGE, InvalidInput, InvalidInput),
        (408, STRANGE, OutcomeUnknown, PlatformUnavailable),
        (413, STRANGE, ContentRejected, ContentRejected),
        (429, STRANGE, RateLimited, RateLimited),
        (403, "<h1>Forbidden</h1>", PlatformUnavailable, PlatformUnavailable),
        (404, "<h1>Not Found</h1>", PlatformUnavailable, PlatformUnavailable),
        (400, ["not", "an", "error"], PlatformUnavailable, PlatformUnavailable),
        (503, "<h1>Away</h1>", OutcomeUnknown, PlatformUnavailable),
        (200, "<h1>Welcome</h1>", OutcomeUnknown, PlatformUnavailable),
        (302, "", OutcomeUnknown, PlatformUnavailable),
    ],
)
def test_an_answer_is_one_family(
    status: int, body: object, writing: type[LeadmetricsError], reading: type[LeadmetricsError]
) -> None:
    """Open only where something may have been written; a 4xx that the API did not say itself passes."""
    answer = an_answer(status, body)
    assert type(judge(SPOKEN, answer, writing=True)) is writing
    assert type(judge(SPOKEN, answer, writing=False)) is reading


@pytest.mark.parametrize(
    ("error", "family"),
    [("invalid_grant", AccessRevoked), ("invalid_client", InvalidInput), ("anything", AccessRevoked)],
)
def test_a_token_endpoint_s_refusal(error: str, family: type[LeadmetricsError]) -> None:
    """The description is left out of the message: it may quote what was sent."""
    answer = an_answer(400, {"error": error, "error_description": "code abc123 is bad"})
    found = judge(oauth_dialect("Acme"), answer, writing=True)
    assert type(found) is family
    assert "abc123" not in str(found)


def test_an_odd_code_does_not_reach_the_message() -> None:
    """Whatever is no plain word is not taken for a code."""
    found = judge(SPOKEN, an_answer(400, {"code": "<b>\n" * 50, "message": "x"}), writing=True)
    assert "<b>" not in str(found)
