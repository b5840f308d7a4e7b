"""What all of Google's APIs share here: the set-up, tokens and rights, and errors in Google's form (reference 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from leadmetrics_pipelines.sandbox.consent_page import bearer_of
from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules, Token
from leadmetrics_pipelines.sandbox.world import World

_STATUS_WORDS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
_MESSAGES = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
    " authentication credential.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    429: "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'.",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_Shape = TypeVar("_Shape", bound=BaseModel)


class SetUp(BaseModel):
    """What a test may change. Days and seconds are of the sandbox's clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0, description="A new post shows in lists only after this long.")
    processing_polls: int = Field(default=0, ge=0, description="A post is PROCESSING for so many reads.")
    processing_seconds: float = Field(default=0, ge=0, description="A post is PROCESSING for so long.")
    rejects: str = Field(default="", description="A post with this in its text becomes REJECTED.")
    photos: Literal["kept", "refused", "lost"] = Field(
        default="kept", description="refused: 400 PHOTO_FETCH_FAILED; lost: the post comes without its media."
    )
    cuts_text_at: int | None = Field(default=None, ge=1, description="Posts silently lose what is after this.")
    lost: tuple[str, ...] = Field(
        default=(), description="What dana may not use any more: locations/201, a siteUrl, properties/401, customers/1."
    )
    unverified: tuple[str, ...] = Field(default=(), description="Locations that lose their verification.")
    bare: tuple[str, ...] = Field(default=(), description="Locations whose profile is hardly filled in.")
    no_quota: bool = Field(default=False, description="The project is not approved: Business Profile's quota is 0.")
    page_most: int | None = Field(default=None, ge=1, description="No list gives more than so many a page.")
    unanswered_reviews: int = Field(default=3, ge=0, le=14)
    testing: bool = Field(default=False, description="The consent screen is in testing: refresh tokens end in 7 days.")
    search_lag_days: int = Field(default=3, ge=0, description="Final search data is this old (Pacific time).")
    report_tokens: int = Field(default=200_000, ge=0, description="Tokens a GA4 property has left today.")
    ads_token_approved: bool = True
    ads_retired: bool = Field(default=False, description="The version of the Google Ads API has ended.")


class Refused(Exception):
    """Ends a handler with an answer that is an error."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        details: Sequence[dict[str, Any]] = (),
        word: str | None = None,
    ) -> None:
        super().__init__(message)
        error = {
            "code": status,
            "message": message or _MESSAGES.get(status, "Error"),
            "status": word or _STATUS_WORDS.get(status, "UNKNOWN"),
        }
        self.status = status
        self.body: dict[str, Any] = {"error": {**error, **({"details": list(details)} if details else {})}}


def error_body(status: int) -> tuple[str, str]:
    """What Google says with a status when a fault names no body: JSON from its APIs, a page from its front end."""
    if status < 400 or status == 502:  # noqa: PLR2004 - no error of an API
        return (
            "text/html; charset=UTF-8",
            f"<!DOCTYPE html><html><title>Error {status} (Server Error)!!1</title></html>",
        )
    return "application/json; charset=UTF-8", json.dumps(Refused(status).body)


class _Route(APIRoute):
    """Turns `Refused` into its answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                return JSONResponse(refused.body, status_code=refused.status)

        return answer


def make_router(prefix: str) -> APIRouter:
    """Routes of one host."""
    return APIRouter(prefix=prefix, route_class=_Route)


class Desk:
    """The common part of the twin."""

    def __init__(self, world: World) -> None:
        self.journal = world.journal
        self.clock = world.clock
        self.consents = Consents("google", OAuthRules(access_seconds=3600, pkce="optional"), world.journal, world.clock)

    @property
    def set_up(self) -> SetUp:
        """As it is now."""
        return self.read("set_up", "now", SetUp) or SetUp()

    def change(self, changes: dict[str, object]) -> SetUp:
        """Change the set-up. Raises ValueError naming what is unknown."""
        changed = SetUp.model_validate({**self.set_up.model_dump(), **changes})
        self.put("set_up", "now", changed)
        return changed

    def now(self) -> datetime:
        """The instant on Google's clock."""
        return self.clock.now()

    def check(self, request: Request, scope: str) -> Token:
        """Who asks, with what right. Refuses with 401 or 403."""
        token = self.consents.live(bearer_of(request))
        if token is None:
            raise Refused(401)
        if scope not in token.scopes:
            info = {"@type": ERROR_INFO, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com"}
            raise Refused(403, "Request had insufficient authentication scopes.", details=[info])
        return token

    def check_not_lost(self, *names: str) -> None:
        """403 for what dana has lost."""
        if set(names) & set(self.set_up.lost):
            raise Refused(403)

    def page(self, request: Request, found: Sequence[dict[str, Any]], name: str, *, most: int) -> dict[str, Any]:
        """One page of a list, in Google's form: an empty list is left out."""
        asked = request.query_params
        size = int(asked.get("pageSize") or most)
        if not 1 <= size <= most:
            raise Refused(400, f"pageSize must be between 1 and {most}.")
        size = min(size, self.set_up.page_most or size)
        start = _start_of(asked.get("pageToken", ""))
        rows = list(found[start : start + size])
        end = start + size
        more = {"nextPageToken": f"from-{end}"} if end < len(found) else {}
        return {**({name: rows} if rows else {}), **more}

    def put(self, kind: str, key: str, document: BaseModel) -> None:
        """Keep a document."""
        self.journal.put(f"google.{kind}", key, document.model_dump_json())

    def read(self, kind: str, key: str, shape: type[_Shape]) -> _Shape | None:
        """A document, if it is there."""
        body = self.journal.get(f"google.{kind}", key)
        return shape.model_validate_json(body) if body is not None else None

    def load(self, kind: str, shape: type[_Shape]) -> list[_Shape]:
        """All documents of a kind, by key."""
        return [shape.model_validate_json(body) for body in self.journal.load(f"google.{kind}")]

    def remove(self, kind: str, key: str) -> None:
        """Forget a document."""
        self.journal.remove(f"google.{kind}", key)


async def read_json(request: Request) -> dict[str, Any]:
    """The body as an object; refuses anything else."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "Invalid JSON payload received.")
    return body


def _start_of(token: str) -> int:
    if not token:
        return 0
    number = token.removeprefix("from-")
    if not number.isdecimal():
        raise Refused(400, "Invalid page token.")
    return int(number)
