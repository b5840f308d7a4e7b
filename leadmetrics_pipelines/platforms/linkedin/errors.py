"""From an answer of LinkedIn that is not a success to an error of the two families.

Status first, then what the body names (reference platform_apis.md 2.6: `code` can be absent). What has not LinkedIn's
form comes from something in between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from leadmetrics_pipelines.platforms.linkedin.facts import API_VERSION

_CLIENT_ERROR = 4
_MESSAGE_LENGTH = 300
_RECONNECT = "Connect the page again."
_URN = re.compile(r"urn:li:(?:share|ugcPost):\d+")
REVOKED = 65601


class RightMissing(AccessRevoked):
    """The access is good, but lacks the right to this one thing."""

    @property
    def code(self) -> str:
        return AccessRevoked.__name__


@dataclass(frozen=True)
class Rule:
    """What a status or code means for us. A refusal: nothing was written."""

    family: type[LeadmetricsError]
    advice: str


CODES: Mapping[str | int, Rule] = {
    "EXPIRED_ACCESS_TOKEN": Rule(AccessRevoked, f"The access has ended. {_RECONNECT}"),
    "REVOKED_ACCESS_TOKEN": Rule(AccessRevoked, f"The access was taken back. {_RECONNECT}"),
    65600: Rule(AccessRevoked, f"LinkedIn does not know the token. {_RECONNECT}"),
    REVOKED: Rule(AccessRevoked, f"The access was taken back. {_RECONNECT}"),
    65602: Rule(AccessRevoked, f"The access has ended. {_RECONNECT}"),
    "ACCESS_DENIED": Rule(
        RightMissing,
        "Ask an admin of the page to make the connected person Super admin or Content admin, or connect the page "
        "again and allow every right that is asked for.",
    ),
    "NONEXISTENT_VERSION": Rule(
        InvalidInput, f"LinkedIn retired version {API_VERSION}; this software needs an update."
    ),
    "VERSION_MISSING": Rule(InvalidInput, "LinkedIn wants a version header; this software needs an update."),
    "DUPLICATE_POST": Rule(OutcomeUnknown, "The page is looked at before anything is sent again."),
}
STATUSES: Mapping[int, Rule] = {
    HTTPStatus.UNAUTHORIZED: Rule(AccessRevoked, _RECONNECT),
    HTTPStatus.FORBIDDEN: CODES["ACCESS_DENIED"],
    HTTPStatus.UPGRADE_REQUIRED: CODES["NONEXISTENT_VERSION"],
    HTTPStatus.NOT_FOUND: Rule(ContentRejected, "It was deleted on LinkedIn, or never was."),
    HTTPStatus.GONE: Rule(ContentRejected, "It was deleted on LinkedIn."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Rule(ContentRejected, "Make it smaller."),
}
_REFUSED = Rule(ContentRejected, "Change what is named here and approve it again.")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an error of LinkedIn says; `status` 0 when it is none of LinkedIn's."""

    status: int = 0
    code: str = ""
    service: int = 0
    message: str = ""
    details: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The most telling of its codes."""
        return next(iter(self.details), "") or self.code or (str(self.service) if self.service else "")


def read_error(answer: Answer) -> Said:
    """LinkedIn's error body, in whichever of its forms."""
    try:
        body = answer.json()
    except ValueError:
        return Said()
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return Said()
    message = " ".join(body["message"].split())[:_MESSAGE_LENGTH].rstrip(".")
    service = body.get("serviceErrorCode")
    return Said(
        status=answer.status, code=str(body.get("code") or ""), service=service if isinstance(service, int) else 0,
        message=message, details=_details(body),
    )  # fmt: skip


def classify(answer: Answer, *, doing: str, writing: bool) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for.

    `writing`: whether the request could have made something; then a fault of LinkedIn leaves the outcome open.
    """
    said = read_error(answer)
    told = " ".join(part for part in (said.name, f"({said.message})" if said.message else "") if part)
    what = f"{doing}: LinkedIn answered {answer.status} {told or answer.media_type or 'nothing'}".rstrip()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        # [1.5] No header says until when; daily quotas begin anew at 00:00 UTC.
        msg = f"{what}. The app's or the person's share of calls is used up; it is tried again later."
        return RateLimited(msg, answer.retry_after())
    if answer.status // 100 == _CLIENT_ERROR and answer.status != HTTPStatus.REQUEST_TIMEOUT:
        if not said.status:
            return PlatformUnavailable(f"{what}: it was stopped before LinkedIn's API. It is tried again later.")
        rule = _rule_of(said)
        return rule.family(f"{what}. {rule.advice}")
    if writing:
        return OutcomeUnknown(f"{what}. It may be there or not; LinkedIn is looked at before anything is sent again.")
    return PlatformUnavailable(f"{what}. It is tried again later.")


def is_duplicate(answer: Answer) -> bool:
    """Whether LinkedIn says that it has that text already."""
    return answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and "DUPLICATE_POST" in read_error(answer).details


def read_duplicate(answer: Answer) -> str | None:
    """The URN that a refusal as duplicate names."""
    found = _URN.search(read_error(answer).message)
    return found.group() if found else None


def _rule_of(said: Said) -> Rule:
    keys: tuple[str | int, ...] = (*said.details, said.code, said.service)
    for key in keys:
        if key in CODES:
            return CODES[key]
    return STATUSES.get(said.status, _REFUSED)


def _details(body: dict[str, Any]) -> tuple[str, ...]:
    details = body.get("errorDetails")
    errors = details.get("inputErrors") if isinstance(details, dict) else None
    return tuple(str(error["code"]) for error in errors or () if isinstance(error, dict) and "code" in error)
