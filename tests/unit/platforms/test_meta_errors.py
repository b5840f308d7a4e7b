"""Recorded bodies of the Graph API against the table (platform_apis.md 3.2, 5.3), and uploads byte for byte."""

from __future__ import annotations

import json

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
from leadmetrics_pipelines.platforms.meta.client import prove, read_success
from leadmetrics_pipelines.platforms.meta.errors import Call, classify, read_error, read_usage, read_wait
from leadmetrics_pipelines.platforms.meta.multipart import build_upload
from tests.unit.platforms.answers import an_answer

EXPIRED = {
    "message": "Error validating access token: Session has expired on Tuesday, 17-Nov-26 08:00:00 PST.",
    "type": "OAuthException", "code": 190, "error_subcode": 463, "fbtrace_id": "A1b2",
}  # fmt: skip
TOO_LARGE = {
    "message": "The image size is too large.", "type": "OAuthException", "code": 36000, "error_subcode": 2207004,
    "is_transient": False, "error_user_title": "Image size too large",
    "error_user_msg": "The image is too large to download. It should be less than 8 MiB.", "fbtrace_id": "A6L",
}  # fmt: skip
NOT_READY = {
    "message": "Media ID is not available", "type": "OAuthException", "code": 9007, "error_subcode": 2207027,
    "is_transient": False, "error_user_title": "Cannot Publish", "fbtrace_id": "A1",
}  # fmt: skip


def judge(body: dict[str, object], *, status: int = 400, call: Call = "publish") -> LeadmetricsError:
    """The error of an error object."""
    return classify(an_answer(status, {"error": body}), doing="Publishing", call=call)


@pytest.mark.parametrize(
    ("body", "family", "told"),
    [
        (EXPIRED, AccessRevoked, "Connect the channel again"),
        ({"code": 190, "message": "x"}, AccessRevoked, "Connect"),
        ({"code": 102, "message": "x"}, AccessRevoked, "Connect"),
        ({"code": 10, "message": "x"}, AccessRevoked, "every box"),
        ({"code": 200, "message": "x"}, AccessRevoked, "every box"),
        ({"code": 299, "message": "x"}, AccessRevoked, "every box"),
        ({"code": 100, "error_subcode": 33, "message": "x"}, AccessRevoked, "admin"),
        ({"code": 368, "message": "x"}, AccessRevoked, "blocked"),
        ({"code": 25, "error_subcode": 2207050, "message": "x"}, AccessRevoked, "restricted"),
        ({"code": 4, "error_subcode": 2207051, "message": "Application request limit reached"}, AccessRevoked, "spam"),
        ({"code": 32, "message": "(#32) Page request limit reached"}, RateLimited, "later"),
        *[({"code": code, "message": "x"}, RateLimited, "") for code in (4, 17, 341, 613, 80001, 80002, 80005, 80014)],
        ({"code": 9, "error_subcode": 2207042, "message": "x"}, RateLimited, "24 hours"),
        ({"code": 100, "error_subcode": 1487390, "message": "Invalid parameter"}, ContentRejected, "Invalid parameter"),
        ({"code": 324, "error_subcode": 1366046, "message": "x"}, ContentRejected, "size or type"),
        (TOO_LARGE, ContentRejected, "less than 8 MiB"),
        ({"code": 36003, "error_subcode": 2207009, "message": "x"}, ContentRejected, "4:5"),
        ({"code": 36004, "error_subcode": 2207010, "message": "x"}, ContentRejected, "hashtags"),
        ({"code": 9004, "error_subcode": 2207052, "message": "x"}, ContentRejected, "fetch"),
        (NOT_READY, PlatformUnavailable, "not finished"),
        ({"code": 24, "error_subcode": 2207008, "message": "x"}, PlatformUnavailable, "anew"),
        ({"code": 506, "message": "(#506) Duplicate status message"}, OutcomeUnknown, "live already"),
        ({"code": 1, "message": "x"}, OutcomeUnknown, "looked at"),
        ({"code": 2, "message": "x"}, OutcomeUnknown, "looked at"),
        ({"code": -1, "error_subcode": 2207001, "message": "x"}, OutcomeUnknown, "looked at"),
        ({"code": 77777, "is_transient": True, "message": "x"}, OutcomeUnknown, "looked at"),
        ({"code": 77777, "message": "x"}, ContentRejected, "named here"),
        ({"code": 2500, "message": "x"}, InvalidInput, "updated"),
    ],
)
def test_every_code_has_its_family(body: dict[str, object], family: type[Exception], told: str) -> None:
    """And the message says what to do."""
    error = judge(body)
    assert type(error) is family
    assert told in str(error)


def test_what_the_call_was_for_decides_what_a_fault_means() -> None:
    """Open of a publication; of a read or an upload nothing is lost."""
    for status, body in ((500, {"code": 1, "message": "x"}), (400, {"code": 2, "message": "x"})):
        assert type(judge(body, status=status, call="publish")) is OutcomeUnknown
        assert type(judge(body, status=status, call="place")) is PlatformUnavailable
        assert type(judge(body, status=status, call="read")) is PlatformUnavailable
    assert type(judge({"code": 100, "message": "x"}, call="read")) is InvalidInput
    assert type(judge({"code": 506, "message": "x"}, call="place")) is PlatformUnavailable


def test_the_wait_is_in_minutes_and_the_use_in_percent() -> None:
    """3.3: the fullest of three headers."""
    answer = an_answer(
        200,
        {},
        headers={
            "x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":25}',
            "x-page-usage": '{"call_count":1,"total_cputime":0,"total_time":1}',
            "x-business-use-case-usage": json.dumps(
                {
                    "112233": [
                        {"type": "pages", "call_count": 100, "total_time": 25, "estimated_time_to_regain_access": 19}
                    ]
                }
            ),
        },
    )
    assert (read_usage(answer), read_wait(answer)) == (100, 1140)
    assert (read_usage(an_answer(200, {})), read_wait(an_answer(200, {}))) == (None, None)


def test_only_an_object_without_an_error_is_a_success() -> None:
    """A 200 may carry an error, a page, or a list."""
    assert read_success(an_answer(200, {"id": "1"})) == {"id": "1"}
    for body in ({"error": {"code": 1}}, "<html>", ["1"]):
        assert read_success(an_answer(200, body)) is None
    assert read_error(an_answer(200, {"error": "odd"})) is None


def test_the_proof_is_the_documented_one() -> None:
    """HMAC-SHA256 of the token with the app's secret, in hexadecimal digits."""
    assert prove("token", "secret") == "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a"


def test_an_upload_says_what_is_in_it() -> None:
    """Whatever the bytes are; the same input gives the same body."""
    data = b"\xff\xd8\r\n--leadmetrics\r\n\x00"
    upload = build_upload(
        {"alt": "Ein Stuhl, grün"}, name="source", file_name="a.jpg", media_type="image/jpeg", data=data
    )
    assert upload.parts() == {"alt": "Ein Stuhl, grün".encode(), "source": data}
    again = build_upload(
        {"alt": "Ein Stuhl, grün"}, name="source", file_name="a.jpg", media_type="image/jpeg", data=data
    )
    assert upload == again
