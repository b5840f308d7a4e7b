"""Recorded answers of WordPress and the family each belongs to (reference/wordpress.md, platform_apis.md 8.5)."""

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
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.wordpress.errors import CODES, classify
from tests.unit.platforms.answers import a_refusal, an_answer

MAINTENANCE = (
    "<title>Maintenance</title><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>"
)
DATABASE = "<title>Database Error</title><h1>Error establishing a database connection</h1>"
INVALID = {"status": "status is not one of publish, future, draft, pending, and private."}

Family = type[LeadmetricsError]


@pytest.mark.parametrize(
    ("answer", "writing", "reading"),
    [
        (a_refusal(401, "rest_not_logged_in"), AccessRevoked, AccessRevoked),
        (a_refusal(401, "incorrect_password"), AccessRevoked, AccessRevoked),
        (a_refusal(401, "rest_cannot_create"), AccessRevoked, AccessRevoked),
        (a_refusal(403, "rest_cannot_publish"), AccessRevoked, AccessRevoked),
        (a_refusal(403, "some_plugin_says_no"), AccessRevoked, AccessRevoked),
        (a_refusal(400, "empty_content"), ContentRejected, ContentRejected),
        (a_refusal(400, "rest_invalid_param", params=INVALID), ContentRejected, AccessRevoked),
        (a_refusal(400, "rest_invalid_json"), ContentRejected, ContentRejected),
        (a_refusal(400, "a_code_nobody_knows"), ContentRejected, ContentRejected),
        (a_refusal(404, "rest_no_route"), PlatformUnavailable, PlatformUnavailable),
        (a_refusal(500, "rest_upload_sideload_error"), ContentRejected, ContentRejected),
        (a_refusal(500, "rest_upload_unknown_error"), ContentRejected, ContentRejected),
        (a_refusal(412, "rest_upload_hash_mismatch"), PlatformUnavailable, PlatformUnavailable),
        (a_refusal(500, "internal_server_error"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(500, DATABASE), OutcomeUnknown, PlatformUnavailable),
        (an_answer(503, MAINTENANCE), PlatformUnavailable, PlatformUnavailable),
        (an_answer(503, "<h1>Service Unavailable</h1>"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(502, "<h1>Bad Gateway</h1>"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(504, "<h1>Gateway Timeout</h1>"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(408, "<h1>Request Timeout</h1>"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(200, "<h1>Welcome</h1>"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(201, "<b>Warning</b>: Undefined index {}"), OutcomeUnknown, PlatformUnavailable),
        (an_answer(404, "<h1>Not Found</h1>"), PlatformUnavailable, PlatformUnavailable),
        (an_answer(403, "<h1>Forbidden</h1>"), ContentRejected, AccessRevoked),
        (an_answer(401, "<h1>Sign in</h1>"), ContentRejected, AccessRevoked),
        (an_answer(406, "<h1>Not Acceptable</h1>"), ContentRejected, ContentRejected),
        (an_answer(413, "<h1>Request Entity Too Large</h1>"), ContentRejected, ContentRejected),
        (an_answer(429, "<h1>Too Many Requests</h1>"), RateLimited, RateLimited),
        (an_answer(301, "", headers={"location": "https://www.shop.example/?x=1"}), InvalidInput, InvalidInput),
    ],
    ids=lambda value: f"{value.status}:{value.text[:24]}" if isinstance(value, Answer) else value.__name__,
)
def test_an_answer_belongs_to_a_family(answer: Answer, writing: Family, reading: Family) -> None:
    """A write whose fate is open is never called refused, and a refused one never open."""
    assert type(classify(answer, doing="Publishing", writing=True)) is writing
    assert type(classify(answer, doing="Looking", writing=False)) is reading


@pytest.mark.parametrize("code", CODES)
def test_every_known_code_says_what_to_do(code: str) -> None:
    """The message names what was done, the code, and the next step."""
    message = str(classify(a_refusal(400, code, "Because."), doing="Publishing 'A'", writing=True))
    assert message.startswith("Publishing 'A': POST shop.example/x answered 400 " + code)
    assert "(Because)" in message
    assert message.endswith(".")


def test_a_visitor_is_told_to_sign_in_not_to_change_roles() -> None:
    """401 rest_cannot_create means that the password did not count; 403 that the role lacks the right."""
    visitor = str(classify(a_refusal(401, "rest_cannot_create"), doing="Publishing", writing=True))
    lacking = str(classify(a_refusal(403, "rest_cannot_create"), doing="Publishing", writing=True))
    assert "application password" in visitor
    assert "role" in lacking


def test_the_texts_of_single_parameters_are_passed_on() -> None:
    """WordPress says what is wrong in data.params, not in the message."""
    answer = a_refusal(400, "rest_invalid_param", "Invalid parameter(s): status", params=INVALID)
    assert INVALID["status"].rstrip(".") in str(classify(answer, doing="Publishing", writing=True))


def test_too_large_a_body_says_how_large_it_is() -> None:
    """So that people know by how much to shorten it."""
    error = classify(an_answer(413, ""), doing="Publishing", writing=True, sent_bytes=5_200_000)
    assert "5.2 MB" in str(error)


def test_a_site_asks_for_a_pause_in_either_form() -> None:
    """Seconds, or a date by the site's own clock."""
    by_date = {"retry-after": "Fri, 20 Nov 2026 10:02:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}
    for headers, seconds in (({"retry-after": "7"}, 7), (by_date, 120), ({"retry-after": "soon"}, None), ({}, None)):
        error = classify(an_answer(429, "", headers=headers), doing="Publishing", writing=True)
        assert isinstance(error, RateLimited)
        assert error.retry_after == seconds


def test_a_sites_words_come_without_tags_and_without_end() -> None:
    """What a site says is shown to people, so it is plain and short."""
    answer = a_refusal(400, "odd", "<strong>Error:</strong> <script>x</script> " + "long " * 200)
    message = str(classify(answer, doing="Publishing", writing=True))
    assert "<" not in message
    assert len(message) < 600


def test_a_redirect_names_its_target_without_the_query() -> None:
    """The target tells people the right address; its query may hold anything."""
    answer = an_answer(301, "", headers={"location": "https://www.shop.example/?token=abc"})
    message = str(classify(answer, doing="Publishing", writing=True))
    assert "https://www.shop.example/" in message
    assert "token" not in message
