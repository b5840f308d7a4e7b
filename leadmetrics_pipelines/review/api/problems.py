"""Errors of the JSON API as `application/problem+json` (RFC 9457), one table from error to status.

Every route of the API is a `ProblemRoute`, so nothing here depends on how the pages show their errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from leadmetrics_pipelines.errors import (
    Conflict,
    InvalidInput,
    LeadmetricsError,
    NotAllowed,
    NotFound,
    PassingError,
    RateLimited,
)
from leadmetrics_pipelines.services.tokens import TokenRefused

MEDIA_TYPE = "application/problem+json"
# An image may have 8 MB; the rest of a request is small.
LARGEST_REQUEST_BYTES = 12 * 1024 * 1024

# The first class that fits decides, so special errors stand above their families.
_STATUSES: tuple[tuple[type[LeadmetricsError], HTTPStatus], ...] = (
    (TokenRefused, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (RateLimited, HTTPStatus.TOO_MANY_REQUESTS),
    (PassingError, HTTPStatus.SERVICE_UNAVAILABLE),
    # Any other permanent error: what came in (a password for a site, say) cannot be used as it is.
    (LeadmetricsError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """One input that does not fit."""

    field: str = Field(description="Where it is, with dots: `post.title`.", examples=["monthly_quantity"])
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was not carried out. `detail` is fit to be shown to people; `code` is for programs."""

    type: str = Field(examples=["urn:leadmetrics:problem:AlreadyDecided"])
    title: str = Field(description="The status in words.", examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Rita Reviewer was first: approved on 2026-11-02 at 09:12:44 UTC."])
    code: str = Field(description="A stable name.", examples=["AlreadyDecided"])
    field: str | None = Field(default=None, description="The input that does not fit, where there is one.")
    errors: list[FieldProblem] | None = Field(default=None, description="All inputs that do not fit.")


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the problems a route may answer with."""
    return {
        int(status): {
            "description": status.phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


class RequestTooLarge(HTTPException):
    """The body is larger than any request needs to be."""

    def __init__(self) -> None:
        limit = LARGEST_REQUEST_BYTES // 1024**2
        super().__init__(413, f"The request is larger than {limit} MB. An image may have 8 MB, a text 1 MB.")


class ProblemRoute(APIRoute):
    """A route that answers every failure with a problem, and reads no more than it must."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_with_problems(request: Request) -> Response:
            try:
                return await handle(_limit_body(request))
            except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the caller gets an answer
                return describe(error)

        return handle_with_problems


def install_api_errors(app: FastAPI, prefix: str = "/api/") -> None:
    """Answer unknown addresses and methods under the prefix with a problem too; other addresses as before.

    Call it after the pages have installed their own handler.
    """
    pages = app.exception_handlers.get(HTTPException)

    async def handle(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(prefix) or pages is None:
            return describe(error)
        answer = pages(request, error)
        return answer if isinstance(answer, Response) else await answer

    app.add_exception_handler(HTTPException, handle)


def describe(error: Exception) -> Response:
    """The problem an error is."""
    if isinstance(error, LeadmetricsError):
        return _describe_ours(error)
    if isinstance(error, RequestValidationError):
        return _describe_validation(error)
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        return _problem(status, str(error.detail), type(error).__name__, headers=error.headers)
    if isinstance(error, OperationalError):
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "Postgres does not answer. Try again.", "DatabaseUnavailable")
    if isinstance(error, DataError | UnicodeError):
        detail = "A text holds a character that cannot be stored (NUL, or half of a surrogate pair). Take it out."
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, InvalidInput.__name__)
    mark = uuid4().hex[:8]
    _log.exception("The API failed.", mark=mark, exc_info=error)
    detail = f"Something broke on our side, and nothing was changed. The log has it under {mark}."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, "InternalError")


def _describe_ours(error: LeadmetricsError) -> Response:
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(math.ceil(error.retry_after or 60))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="leadmetrics"'
    field = error.field if isinstance(error, InvalidInput) else None
    return _problem(status, str(error), error.code, headers=headers, field=field)


def _describe_validation(error: RequestValidationError) -> Response:
    errors = [
        FieldProblem(field=".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]), detail=item["msg"])
        for item in error.errors()
    ]
    detail = " ".join(f"{problem.field}: {problem.detail}." for problem in errors[:5])
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, detail, InvalidInput.__name__, field=errors[0].field if errors else None,
        errors=errors,
    )  # fmt: skip


def _problem(
    status: HTTPStatus, detail: str, code: str, *, headers: Mapping[str, str] | None = None, field: str | None = None,
    errors: list[FieldProblem] | None = None,
) -> Response:  # fmt: skip
    problem = Problem(
        type=f"urn:leadmetrics:problem:{code}", title=status.phrase, status=status, detail=detail, code=code,
        field=field, errors=errors,
    )  # fmt: skip
    return JSONResponse(
        problem.model_dump(exclude_none=True), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def _limit_body(request: Request) -> Request:
    """The request, whose body raises RequestTooLarge past the limit, whatever its headers claim."""
    claimed = request.headers.get("content-length", "0")
    if claimed.isdecimal() and int(claimed) > LARGEST_REQUEST_BYTES:
        raise RequestTooLarge
    return Request(request.scope, _counting(request.receive))


def _counting(receive: Receive) -> Receive:
    seen = 0

    async def receive_counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_REQUEST_BYTES:
            raise RequestTooLarge
        return message

    return receive_counted
