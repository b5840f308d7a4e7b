"""What Google's refusals mean for us: recorded bodies against the table."""

from __future__ import annotations

from collections.abc import Mapping

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
from leadmetrics_pipelines.platforms.google.errors import NotThere, classify
from leadmetrics_pipelines.platforms.google.oauth import classify_token_error
from tests.unit.platforms.answers import an_answer

INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def an_error(code: int, status: str | None, *details: Mapping[str, object], **more: object) -> dict[str, object]:
    """A body as Google's APIs give it."""
    word = {"status": status} if status else {}
    return {"error": {"code": code, "message": "Said by Google.", **word, "details": list(details), **more}}


def judge(
    status: int, body: object, *, writing: bool = False, headers: dict[str, str] | None = None
) -> LeadmetricsError:
    return classify(an_answer(status, body, headers=headers), doing="Publishing", writing=writing)


RECORDED = [
    # status, body, family when reading, family when writing
    (401, an_error(401, "UNAUTHENTICATED"), AccessRevoked, AccessRevoked),
    (403, an_error(403, "PERMISSION_DENIED"), AccessRevoked, AccessRevoked),
    (403, an_error(403, None, errors=[{"domain": "global", "reason": "forbidden"}]), AccessRevoked, AccessRevoked),
    (403, an_error(403, None, errors=[{"reason": "rateLimitExceeded"}]), RateLimited, RateLimited),
    (
        403,
        an_error(403, "PERMISSION_DENIED", {"@type": INFO, "reason": "SERVICE_DISABLED"}),
        InvalidInput,
        InvalidInput,
    ),
    (404, an_error(404, "NOT_FOUND"), NotThere, NotThere),
    (404, an_error(404, None), NotThere, NotThere),
    (429, an_error(429, "RESOURCE_EXHAUSTED"), RateLimited, RateLimited),
    (400, an_error(400, "INVALID_ARGUMENT"), InvalidInput, ContentRejected),
    (400, an_error(400, "FAILED_PRECONDITION"), InvalidInput, ContentRejected),
    (410, an_error(410, "GONE"), InvalidInput, InvalidInput),
    (500, an_error(500, "INTERNAL"), PlatformUnavailable, OutcomeUnknown),
    (503, an_error(503, "UNAVAILABLE"), PlatformUnavailable, OutcomeUnknown),
    (200, {"nothing": "that proves it"}, PlatformUnavailable, OutcomeUnknown),
    (200, an_error(500, "INTERNAL"), PlatformUnavailable, OutcomeUnknown),
    (200, "<h1>Sign in to the network</h1>", PlatformUnavailable, OutcomeUnknown),
    (502, "<h1>Error 502 (Server Error)!!1</h1>", PlatformUnavailable, OutcomeUnknown),
    (403, "<h1>Our systems have detected unusual traffic</h1>", PlatformUnavailable, PlatformUnavailable),
    (404, "<h1>404. That’s an error.</h1>", InvalidInput, InvalidInput),
    (429, "<h1>429</h1>", RateLimited, RateLimited),
    (599, "", PlatformUnavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "body", "reading", "writing"), RECORDED)
def test_each_refusal_belongs_to_one_family(
    status: int, body: object, reading: type[LeadmetricsError], writing: type[LeadmetricsError]
) -> None:
    """A fault of Google's own leaves a write in doubt; a refusal never does."""
    assert type(judge(status, body)) is reading
    assert type(judge(status, body, writing=True)) is writing


def test_a_quota_of_zero_is_no_matter_of_time() -> None:
    """The agency's project is not approved."""
    detail = {"@type": INFO, "reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": "0"}}
    error = judge(429, an_error(429, "RESOURCE_EXHAUSTED", detail))
    assert type(error) is InvalidInput
    assert "apply for access" in str(error)


@pytest.mark.parametrize(
    ("details", "headers", "wait"),
    [
        ((), {}, None),
        ((), {"retry-after": "7"}, 7),
        (({"retryDelay": "12.5s"},), {}, 12.5),
        (({"retryDelay": "?"},), {}, None),
    ],
)
def test_the_wait_is_taken_from_where_it_is_said(
    details: tuple[dict[str, object], ...], headers: dict[str, str], wait: float | None
) -> None:
    """The header, RetryInfo, or nowhere."""
    error = judge(429, an_error(429, "RESOURCE_EXHAUSTED", *details), headers=headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize("details", ["text", [None, 1], [{"errors": "x", "errorDetails": 4, "metadata": []}]])
def test_details_of_any_shape_are_survived(details: object) -> None:
    """`details` is optional and its members vary."""
    assert type(judge(400, an_error(400, "INVALID_ARGUMENT", details=details), writing=True)) is ContentRejected


@pytest.mark.parametrize(
    ("word", "family"),
    [
        ("CUSTOMER_NOT_ENABLED", AccessRevoked),
        ("USER_PERMISSION_DENIED", AccessRevoked),
        ("DEVELOPER_TOKEN_NOT_APPROVED", InvalidInput),
        ("UNSUPPORTED_VERSION", InvalidInput),
    ],
)
def test_google_ads_says_more_inside(word: str, family: type[LeadmetricsError]) -> None:
    """Its own error codes count before the status."""
    failure = {
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": [{"errorCode": {"authorizationError": word}, "message": "No."}],
    }
    assert type(judge(403, an_error(403, "PERMISSION_DENIED", failure))) is family


@pytest.mark.parametrize(
    ("status", "body", "with_code", "renewing"),
    [
        (400, {"error": "invalid_grant"}, AccessRevoked, AccessRevoked),
        (401, {"error": "invalid_client"}, InvalidInput, InvalidInput),
        (400, {"error": "redirect_uri_mismatch"}, InvalidInput, InvalidInput),
        (403, {"error": "admin_policy_enforced"}, AccessRevoked, AccessRevoked),
        (429, {"error": "rate_limited"}, RateLimited, RateLimited),
        (500, {"error": "internal_failure"}, OutcomeUnknown, PlatformUnavailable),
        (503, {"error": {"code": 503}}, OutcomeUnknown, PlatformUnavailable),
        (200, {"expires_in": 3599}, OutcomeUnknown, PlatformUnavailable),
        (200, "<h1>Sign in</h1>", OutcomeUnknown, PlatformUnavailable),
        (403, "<h1>Blocked</h1>", OutcomeUnknown, PlatformUnavailable),
    ],
)
def test_token_errors_belong_to_one_family(
    status: int, body: object, with_code: type[LeadmetricsError], renewing: type[LeadmetricsError]
) -> None:
    """A code may be used up by a lost answer, a refresh token is not."""
    answer = an_answer(status, body)
    assert type(classify_token_error(answer, doing="Connecting", code_is_spent=True)) is with_code
    assert type(classify_token_error(answer, doing="Renewing", code_is_spent=False)) is renewing
