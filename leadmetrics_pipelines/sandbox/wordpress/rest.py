"""The REST server's frame: a call, an answer, an error, and the table of routes. Knows no resource."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NoReturn

from leadmetrics_pipelines.sandbox.wordpress.capabilities import may
from leadmetrics_pipelines.sandbox.wordpress.models import User
from leadmetrics_pipelines.sandbox.wordpress.store import Site

Params = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A file of a multipart body."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Call:
    """One REST call, read and signed in. `params` are query and body together; `ids` come from the path."""

    site: Site
    url: str
    method: str
    route: str
    params: Params
    headers: Mapping[str, str]
    now: datetime
    user: User | None = None
    password_uuid: str | None = None
    body: bytes = b""
    is_json: bool = False
    files: Mapping[str, UploadedFile] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def can(self, capability: str) -> bool:
        """Whether the signed-in user holds a capability."""
        return self.user is not None and may(self.user, capability)

    def with_ids(self, ids: Mapping[str, str]) -> Call:
        """The call with what its path named."""
        return replace(self, ids=ids)

    def number(self, name: str = "id") -> int:
        """A number of the path."""
        return int(self.ids[name])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a route answers: any JSON value."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class RestError(Exception):
    """WordPress's error object: `{"code", "message", "data": {"status", ...}}`."""

    def __init__(self, status: int, code: str, message: str, **data: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, object]:
        """The JSON body."""
        extra = {"additional_data": self.data["additional"]} if "additional" in self.data else {}
        data = {"status": self.status, **{key: value for key, value in self.data.items() if key != "additional"}}
        return {"code": self.code, "message": self.message, "data": data, **extra}


def refuse(call: Call, code: str, message: str) -> NoReturn:
    """Refuse for lack of a right: 401 for a visitor, 403 for somebody signed in (reference wordpress.md, 4)."""
    raise RestError(403 if call.user else 401, code, message)


Handler = Callable[[Call], Awaitable[Answer]]


class Router:
    """Routes by pattern and method."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], frozenset[str], Handler]] = []

    def on(self, methods: str, pattern: str) -> Callable[[Handler], Handler]:
        """Register a handler: `@router.on("GET HEAD", "/wp/v2/posts")`."""

        def register(handler: Handler) -> Handler:
            self._routes.append((re.compile(pattern), frozenset(methods.split()), handler))
            return handler

        return register

    async def dispatch(self, call: Call) -> Answer:
        """Answer a call, errors included."""
        try:
            handler, ids = self._find(call)
            return await handler(call.with_ids(ids))
        except RestError as error:
            return Answer(status=error.status, body=error.body())

    def _find(self, call: Call) -> tuple[Handler, Mapping[str, str]]:
        method = "GET" if call.method == "HEAD" else call.method
        for pattern, methods, handler in self._routes:
            found = pattern.fullmatch(call.route)
            if found and method in methods:
                return handler, found.groupdict()
        raise RestError(404, "rest_no_route", "No route was found matching the URL and request method.")

    def patterns(self) -> list[tuple[str, list[str]]]:
        """Every route, for the index."""
        return [(pattern.pattern, sorted(methods)) for pattern, methods, _ in self._routes]


router = Router()
