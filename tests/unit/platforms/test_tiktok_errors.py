"""Recorded bodies of TikTok against its tables (reference platform_apis.md 11.1 to 11.3)."""

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
from leadmetrics_pipelines.platforms.tiktok.errors import (
    CODES,
    FAIL_REASONS,
    classify,
    classify_oauth,
    explain_failure,
    read_data,
)
from tests.unit.platforms.answers import an_answer

INVALID = {
    "data": {},
    "error": {
        "code": "access_token_invalid",
        "message": "The access token is invalid or not found in the request.",
        "log_id": "2026",
    },
}
COMPLETE = {
    "data": {
        "status": "PUBLISH_COMPLETE", "fail_reason": "", "publicaly_available_post_id": [7123456789012345678],
        "uploaded_bytes": 50000123,
    },
    "error": {"code": "ok", "message": "", "log_id": "2026"},
}  # fmt: skip
STALE = {"error": "invalid_grant", "error_description": "Refresh token is invalid or expired.", "log_id": "2026"}


def test_success_is_the_code_ok() -> None:
    """With its 64-bit ids unharmed; nothing else is one, whatever the status."""
    data = read_data(an_answer(200, COMPLETE))
    assert data is not None
    assert data["publicaly_available_post_id"] == [7123456789012345678]
    others: tuple[object, ...] = (INVALID, STALE, {"data": {}}, [], "<html>")
    for body in others:
        assert read_data(an_answer(200, body)) is None


@pytest.mark.parametrize("status", [401, 200])
def test_a_dead_token_is_one_whatever_the_status(status: int) -> None:
    """And says what to do."""
    error = classify(an_answer(status, INVALID), doing="Publishing", call="publish")
    assert type(error) is AccessRevoked
    assert "Connect the channel again" in str(error)


def test_what_the_call_was_for_decides_what_a_fault_means() -> None:
    """Open of a publication; of a question nothing is lost, and the content is not to blame."""
    body: dict[str, object] = {"data": {}, "error": {"code": "internal_error", "message": ""}}
    assert type(classify(an_answer(500, body), doing="D", call="publish")) is OutcomeUnknown
    assert type(classify(an_answer(500, body), doing="D", call="read")) is PlatformUnavailable
    params: dict[str, object] = {"data": {}, "error": {"code": "invalid_params", "message": ""}}
    assert type(classify(an_answer(400, params), doing="D", call="publish")) is ContentRejected
    assert type(classify(an_answer(400, params), doing="D", call="read")) is InvalidInput


@pytest.mark.parametrize("status", [400, 200])
def test_a_stale_refresh_token_needs_a_person(status: int) -> None:
    """Seen with both statuses."""
    assert type(classify_oauth(an_answer(status, STALE), doing="Renewing")) is AccessRevoked


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (429, {"error": "rate_limit_exceeded"}, RateLimited),
        (401, {"error": "invalid_client"}, InvalidInput),
        (500, {"error": "internal"}, OutcomeUnknown),
        (200, {"error": "new_word"}, OutcomeUnknown),
        (502, "<html>", OutcomeUnknown),
    ],
)
def test_other_answers_of_the_token_endpoint(status: int, body: object, family: type[Exception]) -> None:
    """A fault leaves open whether the token was used up."""
    assert type(classify_oauth(an_answer(status, body), doing="Renewing")) is family


def test_every_code_and_reason_has_its_advice() -> None:
    """A sentence, and one for what TikTok may invent."""
    assert all(rule.advice.endswith(".") for rule in CODES.values())
    assert all(text.endswith(".") for text in FAIL_REASONS.values())
    assert "spam" in explain_failure("spam_risk_text")
    assert "Look at the account" in explain_failure("new_reason")
    assert "<" not in explain_failure("<script>")
