"""Calls of a JSON API: one exchange, and an error of the two families for every answer that is not the hoped-for one.

Rooms give their own headers, their way to read an error, and a table from the platform's codes to families. No address
and no code of a platform is in here; whether a write may be repeated is the room's knowledge.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins

_CLIENT_ERROR = 4
_MESSAGE_LENGTH = 300
_CODE = re.compile(r"[A-Za-z0-9_ .-]{1,60}")
_RECONNECT = "Connect the channel again."
_AS_JSON = {"Content-Type": "application/json"}
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_AS_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Rule:
    """What a code of a platform means for us, and what a person does about it."""

    family: type[LeadmetricsError]
    advice: str


@dataclass(frozen=True)
class Said:
    """What an error answer says: the platform's code (or title) and its words."""

    code: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one platform speaks of errors."""

    name: str
    """As people know it: Mailchimp."""
    read: Callable[[object], Said]
    """From the JSON value of an error to what it says; an empty code when it is none of the platform's errors."""
    rules: Mapping[str, Rule]
    refusal: Rule
    """For a 4xx that the table does not know."""


class JsonApi:
    """One platform's API, signed by the given headers. Threads may share it."""

    def __init__(self, *, dialect: Dialect, http: HttpClients, origins: Origins, headers: Mapping[str, str]) -> None:
        self._dialect = dialect
        self._http = http
        self._origins = origins
        self._headers = {"Accept": "application/json", **headers}

    def ask(self, url: str, params: Mapping[str, str] | None = None, *, doing: str) -> dict[str, Any]:
        """A GET that must answer 200 and a JSON object. Never OutcomeUnknown: nothing can have been written."""
        found = self.ask_if_there(url, params, doing=doing)
        if found is None:
            where = url.partition("?")[0]
            raise InvalidInput(f"{doing}: {self._dialect.name} has nothing at {where}. It was deleted there, or moved.")
        return found

    def ask_if_there(self, url: str, params: Mapping[str, str] | None = None, *, doing: str) -> dict[str, Any] | None:
        """The same; None when the platform says, in its own words, that there is no such thing."""
        try:
            answer = self._exchange("GET", url, params=params)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error}") from error
        if answer.status == HTTPStatus.NOT_FOUND and self._hear(answer).code:
            return None
        return self.object_of(answer, doing=doing, writing=False)

    def question(self, url: str, body: object, *, doing: str) -> dict[str, Any]:
        """A POST that only asks (a report): like `ask`."""
        try:
            answer = self._exchange("POST", url, content=canonical_json(body))
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error}") from error
        return self.object_of(answer, doing=doing, writing=False)

    def write(self, method: str, url: str, content: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """One call that writes, whatever it answers. Raises OutcomeUnknown and PlatformUnavailable as exchanges do."""
        return self._exchange(method, url, content=content, headers=headers)

    def place(
        self, method: str, url: str, content: bytes, *, doing: str, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A write of what is not public and may be repeated: an open outcome is only a fault of the moment."""
        try:
            return self.object_of(self.write(method, url, content, headers), doing=doing, writing=True)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error} Nothing is public.") from error

    def post_form(self, url: str, form: Mapping[str, str], *, doing: str) -> Answer:
        """A form of OAuth's endpoints: a success, whatever its body, or an error."""
        answer = self._exchange("POST", url, content=urlencode(form).encode(), headers=_AS_FORM)
        return self.success(answer, doing=doing, writing=True)

    def success(self, answer: Answer, *, doing: str, writing: bool) -> Answer:
        """The answer, if its status is a success; else the error it stands for."""
        if answer.status // 100 != HTTPStatus.OK // 100:
            raise self.error_of(answer, doing=doing, writing=writing)
        return answer

    def object_of(self, answer: Answer, *, doing: str, writing: bool) -> dict[str, Any]:
        """The JSON object of a success; an empty one where the success has no body (204)."""
        self.success(answer, doing=doing, writing=writing)
        if answer.status == HTTPStatus.NO_CONTENT:
            return {}
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self.error_of(answer, doing=doing, writing=writing)
        return found

    def error_of(self, answer: Answer, *, doing: str, writing: bool) -> LeadmetricsError:
        """The error an answer stands for. `writing`: then a fault of the platform leaves the outcome open."""
        said = self._hear(answer)
        told = f"{said.code} ({said.message})" if said.message else said.code or answer.media_type or "nothing"
        what = f"{doing}: {self._dialect.name} answered {answer.status} {told}"
        rule = self._dialect.rules.get(said.code)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(f"{what}. It asks for a pause; it is tried again later.", answer.retry_after())
        if rule is not None and answer.status // 100 == _CLIENT_ERROR:
            return _make(rule, what)
        return self._by_status(answer, what, is_platform=bool(said.code), writing=writing)

    def _by_status(self, answer: Answer, what: str, *, is_platform: bool, writing: bool) -> LeadmetricsError:
        status = answer.status
        if status // 100 == _CLIENT_ERROR and status != HTTPStatus.REQUEST_TIMEOUT:
            if not is_platform:
                # An edge in front of the platform speaks plain text or HTML: the platform never saw the request.
                return PlatformUnavailable(f"{what}: it was stopped before the API. It is tried again later.")
            return _make(_STATUSES.get(status, self._dialect.refusal), what)
        if writing:
            return OutcomeUnknown(f"{what}. It may have been done or not; it is looked at before anything else.")
        return PlatformUnavailable(f"{what}. It is tried again later.")

    def _hear(self, answer: Answer) -> Said:
        try:
            said = self._dialect.read(answer.json())
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return Said()
        code = said.code if _CODE.fullmatch(said.code) else ""
        return Said(code, " ".join(said.message.split())[:_MESSAGE_LENGTH].rstrip("."))

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._http.exchange(
            method,
            self._origins.at(url),
            allow_loopback=self._origins.allow_loopback,
            headers={**(_AS_JSON if content is not None else {}), **self._headers, **(headers or {})},
            params=params,
            content=content,
        )


_STATUSES: Mapping[int, Rule] = {
    HTTPStatus.UNAUTHORIZED: Rule(AccessRevoked, _RECONNECT),
    HTTPStatus.FORBIDDEN: Rule(AccessRevoked, f"The connected person lacks a right. {_RECONNECT}"),
    HTTPStatus.NOT_FOUND: Rule(InvalidInput, "It was deleted there, or never was."),
    HTTPStatus.GONE: Rule(InvalidInput, "This version of its API has ended; this software needs an update."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Rule(ContentRejected, "Make it smaller."),
}


def _make(rule: Rule, what: str) -> LeadmetricsError:
    return rule.family(f"{what}. {rule.advice}")


def read_oauth_error(body: object) -> Said:
    """RFC 6749's `{"error", "error_description"}`. The description is left out: it may quote what was sent."""
    return Said(str(body["error"])) if isinstance(body, dict) else Said()


def oauth_dialect(name: str) -> Dialect:
    """How token endpoints refuse: a person connects again, except where the agency's own app is at fault."""
    app = Rule(InvalidInput, f"The agency's app at {name} is set up wrongly: check its id, secret and redirect URI.")
    return Dialect(
        name=name,
        read=read_oauth_error,
        rules={"invalid_client": app, "unauthorized_client": app, "unsupported_grant_type": app},
        refusal=Rule(AccessRevoked, _RECONNECT),
    )


def doubting_shapes(read: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """For methods that take answers apart, and whose writes may be repeated.

    An answer of another shape than documented is a fault of the platform (PlatformUnavailable), not of ours.
    """

    @functools.wraps(read)
    def doubting(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return read(*args, **kwargs)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise PlatformUnavailable(
                f"An answer is not what the platform's documents say ({type(error).__name__} in {read.__name__}). "
                "It is tried again later; if it stays so, this software needs an update."
            ) from error

    return doubting
