"""Errors as people meet them: a friendly page, or for htmx a toast that leaves everything typed in place."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from leadmetrics_pipelines.errors import (
    Conflict,
    InvalidInput,
    LeadmetricsError,
    NotAllowed,
    NotFound,
    PassingError,
    RateLimited,
)
from leadmetrics_pipelines.review.place import SignInNeeded
from leadmetrics_pipelines.review.presenters.frame import Toast, bare_page
from leadmetrics_pipelines.review.presenters.words import Tone
from leadmetrics_pipelines.review.templating import respond

API_PREFIX = "/api/"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """An error for a person: what it is, why, and what to do."""

    status: int
    title: str
    text: str


_TITLES = {
    404: "There is nothing here",
    403: "This is not for you to do",
    409: "Somebody or something was first",
    422: "Something does not fit yet",
    429: "A little too fast",
    503: "Something we need does not answer",
    500: "Something broke on our side",
}
_BROKEN = "It was noted with the time and the address of this page. Nothing half-done was kept; try again."


def describe(error: LeadmetricsError) -> Problem:
    """The problem an error of ours is."""
    statuses = (
        (NotFound, 404),
        (NotAllowed, 403),
        (Conflict, 409),
        (InvalidInput, 422),
        (RateLimited, 429),
        (PassingError, 503),
    )
    status = next((code for family, code in statuses if isinstance(error, family)), 422)
    return Problem(status, _TITLES[status], str(error))


def answer(request: Request, problem: Problem) -> Response:
    """The page, or the toast."""
    if "hx-request" in request.headers:
        tone = Tone.BLOCKED if problem.status != 409 else Tone.ATTENTION  # noqa: PLR2004 - the status's own number
        toast = Toast(text=problem.text, tone=tone, icon="warn", role="alert", stay_ms=12000)
        headers = {"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"}
        return respond("fragments/toast.html", {"toast": toast}, status=problem.status, headers=headers)
    context = bare_page(request, problem.title, problem=problem, home="/")
    return respond("pages/problem.html", context, status=problem.status)


def install_page_errors(app: FastAPI) -> None:
    """Answer every error of a page. Those of the API are its own business."""

    def on_ours(request: Request, error: Exception) -> Response:
        if not isinstance(error, LeadmetricsError):
            raise error
        return answer(request, describe(error))

    def on_sign_in(request: Request, error: Exception) -> Response:
        back = error.back if isinstance(error, SignInNeeded) else "/"
        address = f"/sign-in?back={quote(back, safe='')}"
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=303)

    def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = {
            404: "The address may be mistyped, or what was here has moved.",
            405: "This address takes no such request.",
        }
        return answer(
            request, Problem(status, _TITLES.get(status, _TITLES[404]), text.get(status, "Go back and try again."))
        )

    def on_unreadable(request: Request, error: Exception) -> Response:
        # Only ids and numbers are typed in routes, so an address that cannot be read names nothing we have.
        in_path = isinstance(error, RequestValidationError) and all(e["loc"][0] != "body" for e in error.errors())
        status, text = (
            (404, "The address may be mistyped.") if in_path else (422, "A field holds something unexpected.")
        )
        return answer(request, Problem(status, _TITLES[status], text))

    def on_database(request: Request, error: Exception) -> Response:
        _log.error("database away", path=request.url.path, exc_info=error)
        return answer(
            request, Problem(503, _TITLES[503], "The database does not answer. Nothing was changed; try again.")
        )

    def on_anything(request: Request, error: Exception) -> Response:
        _log.error("page failed", path=request.url.path, exc_info=error)
        return answer(request, Problem(500, _TITLES[500], _BROKEN))

    app.add_exception_handler(SignInNeeded, on_sign_in)
    app.add_exception_handler(LeadmetricsError, on_ours)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_unreadable)
    app.add_exception_handler(OperationalError, on_database)
    app.add_exception_handler(Exception, on_anything)
