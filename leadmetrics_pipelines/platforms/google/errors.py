"""From an answer of a Google API that is not a success to an error of the two families.

A table: the `reason` in the answer's details first, then its `status` word, then the HTTP status. All of Google's APIs
share it. Facts: reference platform_apis.md 6, 7, 14, 15; the tests hold recorded bodies against it. Values that Google
repeats from what was sent are left out of messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

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

_MESSAGE_LENGTH = 300
_SUCCESS = 2
_RETIRED = {HTTPStatus.GONE, HTTPStatus.UPGRADE_REQUIRED}
#: Search Console's v3 says no status word.
_WORDS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.TOO_MANY_REQUESTS: "RESOURCE_EXHAUSTED",
}

_RECONNECT = "Connect the channel again."
_TICK = "Connect the channel again and leave every box ticked on Google's page."
_RIGHTS = "Give the person who connected it access again, or connect the channel with another Google account."
_SLOWER = "It is tried again later."
_SWITCH_ON = "Switch this API on for the agency's project in the Google Cloud console."
_APPLY = "The agency's Google project is not approved for this API (its quota is 0): apply for access with Google."
_UPDATE = "This version of Google's API seems to be retired: update leadmetrics_pipelines."
_CHANGE = "Change what is named here and approve the post again."
_PICTURE = "Google could not fetch the picture: its address has to be public. Replace it, or publish without."


class NotThere(AccessRevoked):
    """Google has no such thing, or does not show it to us: a location, site or property removed, moved, or not ours."""


@dataclass(frozen=True)
class Rule:
    """What a word in an answer means for us."""

    family: type[AccessRevoked | ContentRejected | InvalidInput | PlatformUnavailable | RateLimited]
    advice: str


REASONS: Mapping[str, Rule] = {
    "RATE_LIMIT_EXCEEDED": Rule(RateLimited, _SLOWER),
    "rateLimitExceeded": Rule(RateLimited, _SLOWER),
    "userRateLimitExceeded": Rule(RateLimited, _SLOWER),
    "quotaExceeded": Rule(RateLimited, _SLOWER),
    "dailyLimitExceeded": Rule(RateLimited, _SLOWER),
    "SERVICE_DISABLED": Rule(InvalidInput, _SWITCH_ON),
    "accessNotConfigured": Rule(InvalidInput, _SWITCH_ON),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Rule(AccessRevoked, _TICK),
    "insufficientPermissions": Rule(AccessRevoked, _TICK),
    "forbidden": Rule(AccessRevoked, _RIGHTS),
    "PHOTO_FETCH_FAILED": Rule(ContentRejected, _PICTURE),
    # Google Ads (GoogleAdsFailure.errors[].errorCode)
    "USER_PERMISSION_DENIED": Rule(AccessRevoked, _RIGHTS),
    "NOT_ADS_USER": Rule(AccessRevoked, "This Google account has no Google Ads account: connect with another one."),
    "CUSTOMER_NOT_ENABLED": Rule(AccessRevoked, "The ads account is closed or not yet set up: open it in Google Ads."),
    "CUSTOMER_NOT_FOUND": Rule(AccessRevoked, _RIGHTS),
    "DEVELOPER_TOKEN_INVALID": Rule(InvalidInput, "Correct the agency's Google Ads developer token in the settings."),
    "DEVELOPER_TOKEN_NOT_APPROVED": Rule(
        InvalidInput, "The agency's developer token reaches test accounts only: apply for access in the API Center."
    ),
    "UNSUPPORTED_VERSION": Rule(InvalidInput, _UPDATE),
}

STATUSES: Mapping[str, Rule] = {
    "UNAUTHENTICATED": Rule(AccessRevoked, _RECONNECT),
    "PERMISSION_DENIED": Rule(AccessRevoked, _RIGHTS),
    "NOT_FOUND": Rule(NotThere, _RIGHTS),
    "RESOURCE_EXHAUSTED": Rule(RateLimited, _SLOWER),
}


def classify(answer: Answer, *, doing: str, writing: bool) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for.

    `writing`: whether the request could have changed something at Google; then its own faults leave the outcome open.
    """
    refusal = _read_error(answer)
    what = f"{doing}: {answer.where} answered {answer.status}"
    if refusal is None:
        return _classify_foreign(answer, what, writing=writing)
    said = f"{what} {refusal.word} ({refusal.message})" if refusal.message else f"{what} {refusal.word}"
    rule = _rule_of(answer, refusal)
    if rule is None:
        return _classify_rest(answer, said, writing=writing)
    if rule.family is RateLimited:
        if refusal.has_no_quota:
            return InvalidInput(f"{said}. {_APPLY}")
        return RateLimited(f"{said}. {rule.advice}", answer.retry_after() or refusal.wait)
    return rule.family(f"{said}. {rule.advice}")


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    word: str
    """Google's `status`; of an older API, which has none, the first reason."""
    message: str
    reasons: tuple[str, ...]
    has_no_quota: bool
    wait: float | None
    """Seconds, where RetryInfo says."""


def _rule_of(answer: Answer, refusal: _Refusal) -> Rule | None:
    known = next((REASONS[reason] for reason in refusal.reasons if reason in REASONS), None)
    return known or STATUSES.get(refusal.word) or STATUSES.get(_WORDS.get(answer.status, ""))


def _classify_rest(answer: Answer, said: str, *, writing: bool) -> LeadmetricsError:
    """An error of Google's that no table knows: a bad request, or a fault of its own."""
    if answer.status in _RETIRED:
        return InvalidInput(f"{said}. {_UPDATE}")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status // 100 == _SUCCESS:
        return _fault(said, writing=writing)
    return ContentRejected(f"{said}. {_CHANGE}") if writing else InvalidInput(f"{said}.")


def _classify_foreign(answer: Answer, what: str, *, writing: bool) -> LeadmetricsError:
    """An answer that is no error of a Google API: a proxy's, a front end's, or one that was cut."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{what}. {_SLOWER}", answer.retry_after())
    if answer.status in {HTTPStatus.NOT_FOUND, *_RETIRED}:
        return InvalidInput(f"{what} with a page instead of an API's answer. {_UPDATE}")
    said = f"{what} with {answer.media_type or 'nothing'} that is no answer of Google's API"
    if writing and (answer.status // 100 == _SUCCESS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        return _fault(said, writing=True)
    return PlatformUnavailable(f"{said}. {_SLOWER}")


def _fault(said: str, *, writing: bool) -> LeadmetricsError:
    if writing:
        return OutcomeUnknown(f"{said}. It may be there or not: Google is looked at before anything is sent again.")
    return PlatformUnavailable(f"{said}. {_SLOWER}")


def _read_error(answer: Answer) -> _Refusal | None:
    try:
        error = answer.json()["error"]
        details = [*_dicts(error.get("details")), *_dicts(error.get("errors"))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    reasons = tuple(dict.fromkeys(_reasons(details)))
    word = str(error.get("status") or next(iter(reasons), ""))
    return _Refusal(
        word=word,
        message=_plain(str(error.get("message", "")), _fields(details)),
        reasons=reasons,
        has_no_quota=any(_dict(detail.get("metadata")).get("quota_limit_value") == "0" for detail in details),
        wait=next((wait for detail in details if (wait := _seconds(detail.get("retryDelay"))) is not None), None),
    )


def _reasons(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        if isinstance(detail.get("reason"), str):
            yield detail["reason"]
        for inner in _dicts(detail.get("errors")):
            yield from (str(word) for word in _dict(inner.get("errorCode")).values())
        for inner in _dicts(detail.get("errorDetails")):
            # A failed fetch of a photo comes as a message, not as a reason (reference 7.2).
            yield from (reason for reason in REASONS if reason in str(inner.get("message", "")))


def _fields(details: list[dict[str, Any]]) -> str:
    """What Google says of single fields, without the values it repeats."""
    inner = [error for detail in details for error in _dicts(detail.get("errorDetails"))]
    return "; ".join(f"{error.get('field', 'a field')}: {error.get('message', 'invalid')}" for error in inner)


def _plain(message: str, fields: str) -> str:
    text = " ".join(f"{message} {fields}".split())
    return text[:_MESSAGE_LENGTH].rstrip(". ")


def _seconds(value: object) -> float | None:
    """A protobuf duration, `12s` or `1.5s`."""
    try:
        return float(str(value).removesuffix("s")) if value is not None else None
    except ValueError:
        return None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
