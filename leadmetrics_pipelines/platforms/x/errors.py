"""From an answer of X that is not a success to an error of the two families (reference platform_apis.md 10.4).

X answers problem+json, or a list of errors; what has neither form comes from something in between. X's messages may
quote what was sent in `parameters`: only its own words are passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.http import Answer

_CLIENT_ERROR = 4
_MESSAGE_LENGTH = 300
_PROBLEMS = "https://api.x.com/2/problems/"
_RATE_LIMITED = 88
_RECONNECT = "Connect the account again."


@dataclass(frozen=True)
class Rule:
    """What a problem means for us. A refusal: nothing was written."""

    family: type[LeadmetricsError]
    advice: str


DUPLICATE = Rule(OutcomeUnknown, "It may be live already; the account is looked at before anything is sent again.")
# Statuses that carry no more telling type: what their words say.
PHRASES: tuple[tuple[int, str, Rule], ...] = (
    (403, r"duplicate content", DUPLICATE),
    (
        403,
        r"suspended|locked",
        Rule(AccessRevoked, "Sign in to X and settle it there, then connect the account again."),
    ),
    (403, r"\breply\b|mentioned", Rule(ContentRejected, "X lets apps reply only where they are mentioned.")),
    (403, r"text is too long", Rule(ContentRejected, "Shorten the text.")),
)
TYPES: Mapping[str, Rule] = {
    "invalid-request": Rule(ContentRejected, "Change what is named here and approve it again."),
    "resource-not-found": Rule(ContentRejected, "It was deleted on X, or never was."),
    "not-authorized-for-resource": Rule(AccessRevoked, f"The account may not see it. {_RECONNECT}"),
    "client-forbidden": Rule(AccessRevoked, f"The app lacks a right. {_RECONNECT} Allow everything that is asked for."),
    "usage-capped": Rule(RateLimited, "The app's monthly share is used up: raise it in X's developer console."),
    "rate-limit-exceeded": Rule(RateLimited, "It is tried again when X begins to count anew."),
}
STATUSES: Mapping[int, Rule] = {
    HTTPStatus.BAD_REQUEST: TYPES["invalid-request"],
    HTTPStatus.UNAUTHORIZED: Rule(AccessRevoked, f"The access has ended or was taken back. {_RECONNECT}"),
    # Nothing about this account or text is wrong, and everything works again once somebody has paid.
    HTTPStatus.PAYMENT_REQUIRED: Rule(
        PlatformUnavailable, "The app's credits at X are used up: buy some in X's developer console."
    ),
    HTTPStatus.FORBIDDEN: Rule(AccessRevoked, f"The account or the app may not do this. {_RECONNECT}"),
    HTTPStatus.NOT_FOUND: TYPES["resource-not-found"],
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Rule(ContentRejected, "Make it smaller."),
    HTTPStatus.TOO_MANY_REQUESTS: TYPES["rate-limit-exceeded"],
}
_REFUSED = Rule(ContentRejected, "Change what is named here and approve it again.")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a problem says; `is_x` False when it is none of X's."""

    is_x: bool = False
    kind: str = ""
    message: str = ""


def read_error(answer: Answer) -> Said:
    """X's problem, or its list of errors."""
    try:
        body = answer.json()
    except ValueError:
        return Said()
    return read_problem(body)


def read_problem(body: object) -> Said:
    """The same from a JSON value."""
    if not isinstance(body, dict):
        return Said()
    listed = [error for error in body.get("errors") or () if isinstance(error, dict)]
    if "title" not in body and not listed:
        return Said()
    first: dict[str, Any] = listed[0] if listed else {}
    words = [body.get("detail") or body.get("title"), *(error.get("message") for error in listed)]
    if "title" not in body:
        words = [first.get("detail") or first.get("title"), first.get("message")]
    text = " ".join(" ".join(str(word) for word in words if word).split())
    kind = str(body.get("type") or first.get("type") or "").removeprefix(_PROBLEMS)
    if first.get("code") == _RATE_LIMITED:
        kind = "rate-limit-exceeded"
    return Said(is_x=True, kind="" if kind == "about:blank" else kind, message=text[:_MESSAGE_LENGTH].rstrip("."))


def classify(answer: Answer, *, doing: str, writing: bool, now: datetime) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for.

    `writing`: whether the request could have made something; then a fault of X leaves the outcome open.
    """
    said = read_error(answer)
    what = f"{doing}: X answered {answer.status} {said.message or answer.media_type or 'nothing'}".rstrip()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        rule = TYPES["usage-capped"] if said.kind == "usage-capped" else STATUSES[answer.status]
        return RateLimited(f"{what}. {rule.advice}", wait_of(answer, now))
    if answer.status // 100 == _CLIENT_ERROR and answer.status != HTTPStatus.REQUEST_TIMEOUT:
        if not said.is_x:
            return PlatformUnavailable(f"{what}: it was stopped before X's API. It is tried again later.")
        rule = _rule_of(answer.status, said)
        return rule.family(f"{what}. {rule.advice}")
    if writing:
        return OutcomeUnknown(f"{what}. It may be there or not; X is looked at before anything is sent again.")
    return PlatformUnavailable(f"{what}. It is tried again later.")


def wait_of(answer: Answer, now: datetime) -> float | None:
    """Seconds until X counts anew: `Retry-After`, else `x-rate-limit-reset` (unix seconds); None: it does not say."""
    reset = answer.headers.get("x-rate-limit-reset", "")
    if answer.retry_after() is not None or not reset.isascii() or not reset.isdigit():
        return answer.retry_after()
    return max(1.0, float(reset) - now.timestamp())


def _rule_of(status: int, said: Said) -> Rule:
    for one, phrase, rule in PHRASES:
        if status == one and re.search(phrase, said.message, re.IGNORECASE):
            return rule
    return TYPES.get(said.kind) or STATUSES.get(status, _REFUSED)
