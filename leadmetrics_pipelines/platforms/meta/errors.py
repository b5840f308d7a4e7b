"""From an answer of the Graph API that is not a success to an error of the two families.

A table: Meta's code and subcode to family and advice (reference platform_apis.md 3.2, 5.3); what carries no code goes
by status. The tests hold recorded bodies against it.
"""

from __future__ import annotations

import json
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

_MESSAGE_LENGTH = 300
_SECONDS_PER_MINUTE = 60
# "Malformed access token EAAB..." repeats what it was given.
_LONG_WORD = re.compile(r"[\w|.~-]{30,}")

_RECONNECT = "Connect the channel again."
_ROLE = "Ask an admin of the Page for the right to create content, then connect the channel again."
_RIGHTS = "Connect the channel again and leave every box ticked, with a person who may create content on the Page."
_LATER = "It is tried again later."
_ACCOUNT = "Open the account in the app, do what it asks there, then connect the channel again."
_SHORTEN = "Change the text and approve the post again."
_PICTURE = "Replace the picture and approve the post again."
_LINK = "Check the link in a browser, then approve the post again."
_DUPLICATE = "The same post may be live already."


class _Transient:
    """A fault of the moment: of a read nothing is lost; of a write the outcome is open."""


class _Duplicate:
    """The platform has it already; a look tells whether it is ours."""


Call = Literal["read", "place", "publish"]
"""What a call was for: an answer that was lost leaves the outcome open only of the one that publishes."""

_Family = type[LeadmetricsError] | type[_Transient] | type[_Duplicate]


@dataclass(frozen=True)
class Rule:
    """What a code means for us. `wait`: seconds, where the documents say how long."""

    family: _Family
    advice: str
    wait: float | None = None


@dataclass(frozen=True, kw_only=True)
class GraphError:
    """The error object of an answer."""

    code: int
    subcode: int | None
    message: str
    """Fit to be shown: one line, without anything that could be a token."""
    is_transient: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the object is missing, or not visible to this token."""
        return (self.code, self.subcode) in {(100, 33), (24, 2207006), (24, 2207008)}


_SUBCODES: Mapping[int, Rule] = {
    # 190: why the token is dead
    458: Rule(AccessRevoked, "The app was removed from the person's account. " + _RECONNECT),
    459: Rule(AccessRevoked, "Facebook wants the person to confirm the account there first. " + _RECONNECT),
    460: Rule(AccessRevoked, "The person's password was changed, which ends all access. " + _RECONNECT),
    463: Rule(AccessRevoked, "The access has run out. " + _RECONNECT),
    464: Rule(AccessRevoked, "The person's account is not confirmed. " + _RECONNECT),
    467: Rule(AccessRevoked, "The access was ended. " + _RECONNECT),
    492: Rule(AccessRevoked, "The person has lost the role on the Page. " + _ROLE),
    # Facebook Page
    1366046: Rule(ContentRejected, "The photo has a size or type that Facebook does not take. " + _PICTURE),
    1366051: Rule(_Duplicate, _DUPLICATE),
    1390008: Rule(RateLimited, "Facebook asks for fewer posts. " + _LATER),
    1346003: Rule(ContentRejected, "Facebook takes the text for abusive. " + _SHORTEN),
    1349125: Rule(ContentRejected, _SHORTEN),
    1404006: Rule(AccessRevoked, _ACCOUNT),
    1404078: Rule(AccessRevoked, "The Page needs the publishing authorization of Facebook. " + _ACCOUNT),
    1404102: Rule(ContentRejected, "It goes against the community standards. " + _SHORTEN),
    1609005: Rule(ContentRejected, "Facebook cannot read the link. " + _LINK),
    1609008: Rule(ContentRejected, "Links to facebook.com are not taken. " + _LINK),
    1609010: Rule(_Transient, _LATER),
    1363047: Rule(_Transient, _LATER),
    2061006: Rule(ContentRejected, _LINK),
    2069019: Rule(ContentRejected, _PICTURE),
    4854002: Rule(AccessRevoked, "The person must confirm who they are. " + _ACCOUNT),
    # Instagram (5.3)
    2207001: Rule(_Transient, _LATER),
    2207003: Rule(_Transient, "Instagram could not fetch the picture in time. " + _LATER),
    2207004: Rule(ContentRejected, "The picture must have less than 8 MiB. " + _PICTURE),
    2207005: Rule(ContentRejected, "The picture must be a JPEG. " + _PICTURE),
    2207006: Rule(PlatformUnavailable, "What was placed for the post is not there any more; it is placed anew."),
    2207008: Rule(PlatformUnavailable, "What was placed for the post has expired; it is placed anew."),
    2207009: Rule(ContentRejected, "The picture's sides must be between 4:5 and 1.91:1. " + _PICTURE),
    2207010: Rule(ContentRejected, "The caption has too many characters, hashtags or mentions. " + _SHORTEN),
    2207020: Rule(_Transient, "What was placed for the post has expired; it is placed anew."),
    2207023: Rule(ContentRejected, _PICTURE),
    2207026: Rule(ContentRejected, "The video must be MOV or MP4."),
    2207027: Rule(PlatformUnavailable, "Instagram has not finished the picture yet. " + _LATER),
    2207028: Rule(ContentRejected, "A carousel has 2 to 10 pictures. " + _PICTURE),
    2207032: Rule(_Transient, _LATER),
    2207042: Rule(RateLimited, "The account has used up its posts of 24 hours. " + _LATER, wait=3600),
    2207050: Rule(AccessRevoked, "The account is restricted, inactive or to be confirmed. " + _ACCOUNT),
    2207051: Rule(AccessRevoked, "Instagram takes the activity for spam. " + _ACCOUNT),
    2207052: Rule(ContentRejected, "Instagram cannot fetch the picture from its address. " + _PICTURE),
    2207053: Rule(_Transient, _LATER),
}  # fmt: skip

_CODES: Mapping[int, Rule] = {
    -2: Rule(_Transient, _LATER),
    -1: Rule(_Transient, _LATER),
    1: Rule(_Transient, _LATER),
    2: Rule(_Transient, _LATER),
    3: Rule(AccessRevoked, "The agency's app lacks this capability; its owner must ask Meta for it."),
    4: Rule(RateLimited, "The app has used up its calls. " + _LATER),
    9: Rule(RateLimited, "The account has used up its posts of 24 hours. " + _LATER, wait=3600),
    10: Rule(AccessRevoked, _RIGHTS),
    17: Rule(RateLimited, "The person has used up the calls. " + _LATER),
    25: Rule(AccessRevoked, _ACCOUNT),
    32: Rule(RateLimited, "The Page has used up its calls. " + _LATER),
    33: Rule(AccessRevoked, _ROLE),
    100: Rule(ContentRejected, "Change what is named here and approve the post again."),
    102: Rule(AccessRevoked, _RECONNECT),
    190: Rule(AccessRevoked, _RECONNECT),
    341: Rule(RateLimited, "The app has used up this action. " + _LATER),
    352: Rule(ContentRejected, _PICTURE),
    368: Rule(AccessRevoked, "Meta has blocked this action for a breach of its rules. " + _ACCOUNT),
    506: Rule(_Duplicate, _DUPLICATE),
    613: Rule(RateLimited, "The calls of this kind are used up. " + _LATER),
    1609005: Rule(ContentRejected, "Facebook cannot read the link. " + _LINK),
    2500: Rule(InvalidInput, "The call is not one that this version of the API knows: the app must be updated."),
    3001: Rule(InvalidInput, "A figure was asked for that this version of the API does not know."),
    9004: Rule(ContentRejected, "Instagram cannot fetch the picture from its address. " + _PICTURE),
    9007: Rule(PlatformUnavailable, "Instagram has not finished the picture yet. " + _LATER),
    36000: Rule(ContentRejected, _PICTURE),
    36001: Rule(ContentRejected, _PICTURE),
    36003: Rule(ContentRejected, _PICTURE),
    36004: Rule(ContentRejected, _SHORTEN),
}
_PERMISSIONS = range(200, 300)
_BUSINESS_LIMITS = range(80000, 80015)
_UNKNOWN = Rule(ContentRejected, "Change what is named here and approve the post again.")


def rule_of(code: int, subcode: int | None = None, *, is_transient: bool = False) -> Rule:
    """What the table says of a code; the subcode knows better."""
    if (code, subcode) == (100, 33):
        return _CODES[33]
    if subcode is not None and subcode in _SUBCODES:
        return _SUBCODES[subcode]
    if code in _PERMISSIONS:
        return Rule(AccessRevoked, _RIGHTS)
    if code in _BUSINESS_LIMITS:
        return Rule(RateLimited, "The account has used up its calls. " + _LATER)
    if code not in _CODES and is_transient:
        return Rule(_Transient, _LATER)
    return _CODES.get(code, _UNKNOWN)


def read_error(answer: Answer) -> GraphError | None:
    """The error in an answer, whatever its status; None when there is none that can be read."""
    try:
        body = answer.json()
    except ValueError:
        return None
    found = body.get("error") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        return None
    code, subcode = found.get("code"), found.get("error_subcode")
    return GraphError(
        code=code if isinstance(code, int) else 0,
        subcode=subcode if isinstance(subcode, int) else None,
        message=_plain(str(found.get("error_user_msg") or found.get("message") or "")),
        is_transient=found.get("is_transient") is True,
    )


def classify(answer: Answer, *, doing: str, call: Call) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for."""
    error, writing = read_error(answer), call == "publish"
    if error is None:
        return _classify_status(answer, doing=doing, writing=writing)
    rule = rule_of(error.code, error.subcode, is_transient=error.is_transient)
    subcode = f"/{error.subcode}" if error.subcode else ""
    what = f"{doing}: Meta answered {answer.status} with code {error.code}{subcode} ({error.message}). {rule.advice}"
    if rule.family is RateLimited:
        return RateLimited(what, answer.retry_after() or read_wait(answer) or rule.wait)
    is_fault = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and rule.family is not AccessRevoked
    if is_fault or not issubclass(rule.family, LeadmetricsError):
        return _open(what, writing=writing)
    if rule.family is ContentRejected and call == "read":
        return InvalidInput(what)
    return rule.family(what)


def read_wait(answer: Answer) -> float | None:
    """Seconds until calls are let in again, as `X-Business-Use-Case-Usage` says (3.3: it counts minutes)."""
    minutes = [float(entry.get("estimated_time_to_regain_access") or 0) for entry in _business_usage(answer)]
    return max(minutes, default=0.0) * _SECONDS_PER_MINUTE or None


def read_usage(answer: Answer) -> float | None:
    """How much of the allowance of calls is used, in percent, as the fullest of the usage headers says."""
    counts = _business_usage(answer) + [
        _object(answer.headers.get(name, "")) for name in ("x-app-usage", "x-page-usage")
    ]
    names = ("call_count", "total_time", "total_cputime")
    percents = [float(entry[name]) for entry in counts for name in names if isinstance(entry.get(name), int | float)]
    return max(percents, default=None)


def _business_usage(answer: Answer) -> list[dict[str, Any]]:
    found = _object(answer.headers.get("x-business-use-case-usage", ""))
    entries = [entry for listed in found.values() if isinstance(listed, list) for entry in listed]
    return [entry for entry in entries if isinstance(entry, dict)]


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _classify_status(answer: Answer, *, doing: str, writing: bool) -> LeadmetricsError:
    what = f"{doing}: {answer.where} answered {answer.status} {answer.media_type or 'nothing'} without Meta's own words"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{what}. {_LATER}", answer.retry_after() or read_wait(answer))
    return _open(f"{what}.", writing=writing)


def _open(what: str, *, writing: bool) -> LeadmetricsError:
    if writing:
        return OutcomeUnknown(f"{what} It may be live or not: the account is looked at before anything is sent again.")
    return PlatformUnavailable(what)


def _plain(text: str) -> str:
    return _LONG_WORD.sub("…", " ".join(text.split()))[:_MESSAGE_LENGTH].rstrip(".")
