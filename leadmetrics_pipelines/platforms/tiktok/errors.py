"""From an answer of TikTok that is not a success to an error of the two families.

Success is `error.code` "ok" and nothing else: errors come with HTTP status 200, too (reference platform_apis.md 11.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

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

Call = Literal["read", "publish"]

_SUCCESS = 2
_MESSAGE_LENGTH = 300
_LONG_WORD = re.compile(r"[\w.!*~-]{30,}")
_CODE = re.compile(r"[a-z0-9_]{1,60}")
_RECONNECT = "Connect the channel again."
_LATER = "It is tried again later."
_HOUR = 3600.0
# A sliding minute (11.3).
_MINUTE = 60.0


@dataclass(frozen=True)
class Rule:
    """What a code means for us. `wait`: seconds, where the documents say how long."""

    family: type[LeadmetricsError]
    advice: str
    wait: float | None = None


CODES: Mapping[str, Rule] = {
    "access_token_invalid": Rule(AccessRevoked, "The access has run out or was ended. " + _RECONNECT),
    "scope_not_authorized": Rule(AccessRevoked, "A right was not granted. " + _RECONNECT),
    "scope_permission_missed": Rule(AccessRevoked, "A right was not granted. " + _RECONNECT),
    "rate_limit_exceeded": Rule(RateLimited, _LATER, _MINUTE),
    "spam_risk_too_many_posts": Rule(RateLimited, "The account has used up its posts of the day. " + _LATER, _HOUR),
    "spam_risk_too_many_pending_share": Rule(
        RateLimited, "Too many posts wait in the app for the account's owner; open TikTok and finish them.", _HOUR
    ),
    "reached_active_user_cap": Rule(RateLimited, "The agency's app has reached its users of the day. " + _LATER, _HOUR),
    "spam_risk_user_banned_from_posting": Rule(
        AccessRevoked, "TikTok has banned the account from posting. Open the app and follow what it says there."
    ),
    "unaudited_client_can_only_post_to_private_accounts": Rule(
        AccessRevoked, "The agency's app has not passed TikTok's audit and may not post publicly. Ask its owner."
    ),
    "privacy_level_option_mismatch": Rule(
        AccessRevoked, "The account does not allow public posts. Make it public in the app, then connect it again."
    ),
    "url_ownership_unverified": Rule(
        InvalidInput, "TikTok fetches pictures from verified domains only. Verify ours in the agency's app at TikTok."
    ),
    "invalid_params": Rule(ContentRejected, "Change what is named here and approve the post again."),
    "invalid_param": Rule(ContentRejected, "Change what is named here and approve the post again."),
    "invalid_file_upload": Rule(ContentRejected, "Replace the picture and approve the post again."),
}

FAIL_REASONS: Mapping[str, str] = {
    "file_format_check_failed": "TikTok does not take the picture's format. Use a JPEG.",
    "picture_size_check_failed": "The picture's size does not fit. Use at most 1080 by 1920 pixels.",
    "photo_pull_failed": "TikTok could not fetch the picture. Check its address in a browser.",
    "video_pull_failed": "TikTok could not fetch the video. Check its address in a browser.",
    "duration_check_failed": "The video is too long or too short.",
    "frame_rate_check_failed": "The video's frame rate does not fit.",
    "publish_cancelled": "Somebody cancelled the post in the app.",
    "internal": "TikTok failed on its own side. The post can be approved and sent again.",
}


def explain_failure(reason: str) -> str:
    """Why TikTok did not publish what it had taken in, and what to do."""
    known = FAIL_REASONS.get(reason)
    if known is None and reason.startswith("spam_risk"):
        known = "TikTok takes the post for spam. Open the app and follow what it says there."
    name = reason if _CODE.fullmatch(reason) else "no reason given"
    return f"TikTok did not publish the post ({name}). {known or 'Look at the account in the app.'}"


def read_code(answer: Answer) -> tuple[str, str]:
    """TikTok's code and words; empty when the answer has none. `ok` is a code, too."""
    body = _object(answer)
    error = body.get("error")
    if isinstance(error, str):
        # The token endpoint speaks OAuth.
        return error, _plain(str(body.get("error_description") or ""))
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), _plain(str(error.get("message") or ""))


def read_data(answer: Answer) -> dict[str, Any] | None:
    """The data of an answer that is a success from end to end; None otherwise."""
    if answer.status // 100 != _SUCCESS or read_code(answer)[0] != "ok":
        return None
    data = _object(answer).get("data")
    return data if isinstance(data, dict) else {}


def classify(answer: Answer, *, doing: str, call: Call) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for."""
    code, message = read_code(answer)
    rule = CODES.get(code)
    named = code if _CODE.fullmatch(code) else answer.media_type or "nothing"
    what = f"{doing}: TikTok answered {answer.status} {named}" + (f" ({message})" if message else "")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or (rule is not None and rule.family is RateLimited):
        advice, wait = (rule.advice, rule.wait) if rule is not None else (_LATER, None)
        return RateLimited(f"{what}. {advice}", answer.retry_after() or wait)
    if rule is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _open(what, call=call)
    if rule.family is ContentRejected and call == "read":
        return InvalidInput(f"{what}.")
    return rule.family(f"{what}. {rule.advice}")


def classify_oauth(answer: Answer, *, doing: str) -> LeadmetricsError:
    """The error of the token endpoint. An open outcome: the code or the refresh token may be used up."""
    code, _ = read_code(answer)
    # The description is left out: it may quote what was sent.
    named = code if _CODE.fullmatch(code) else answer.media_type or "nothing"
    what = f"{doing}: TikTok answered {answer.status} {named}"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or code == "rate_limit_exceeded":
        return RateLimited(f"{what}. {_LATER}", answer.retry_after() or _MINUTE)
    if code in {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}:
        return InvalidInput(f"{what}. Correct the app's key and secret in the settings.")
    if code in {"invalid_grant", "invalid_request", "access_denied", "access_token_invalid"}:
        return AccessRevoked(f"{what}. {_RECONNECT}")
    return OutcomeUnknown(f"{what}. The tokens may have been exchanged or not.")


def _open(what: str, *, call: Call) -> LeadmetricsError:
    if call == "publish":
        return OutcomeUnknown(f"{what}. It may be live or not: the account is looked at before anything is sent again.")
    return PlatformUnavailable(f"{what}. {_LATER}")


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(text: str) -> str:
    return _LONG_WORD.sub("…", " ".join(text.split()))[:_MESSAGE_LENGTH].rstrip(".")
