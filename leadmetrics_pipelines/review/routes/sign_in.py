"""Signing in and out, and the page of all clients."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.errors import RateLimited
from leadmetrics_pipelines.review.place import READING, ROUTE, SIGN_IN_COOKIE, VisitOf
from leadmetrics_pipelines.review.presenters.frame import bare_page, monogram, tenant_links
from leadmetrics_pipelines.review.security import check_csrf_token, make_csrf_token
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.people import SignInGranted, sign_in, sign_out
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.views.today import read_clients
from leadmetrics_pipelines.storage.database import all_tenants

router = APIRouter()
# Before anybody is signed in, the form's token is bound to a secret in a cookie of its own.
GATE_COOKIE = "lm_gate"
_GATE_MINUTES = 60


@router.get("/sign-in")
def show_sign_in(request: Request, back: str = "/") -> Response:
    """The form."""
    return _form(request, back=back)


@router.post("/sign-in")
def send_sign_in(
    request: Request, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/", csrf: Annotated[str | None, Form()] = None,
) -> Response:  # fmt: skip
    """Sign in, or say why not."""
    check_csrf_token(request.cookies.get(GATE_COOKIE, ""), csrf)
    runtime: Runtime = request.app.state.runtime
    address = request.client.host if request.client else "unknown"
    hours = runtime.settings.sign_in_hours
    try:
        with runtime.unit_of_work(tenant=all_tenants, actor=system_actor("review app", ROUTE)) as work:
            answer = sign_in(work, email=email, password=password, address=address, hours=hours)
    except RateLimited as error:
        return _form(request, back=back, email=email, problem=str(error), status=429, retry_after=error.retry_after)
    if not isinstance(answer, SignInGranted):
        return _form(request, back=back, email=email, problem=answer.message, status=401)
    response = RedirectResponse(safe_address(back), status_code=303)
    response.set_cookie(
        SIGN_IN_COOKIE, answer.secret, max_age=int(hours * 3600), httponly=True, samesite="lax",
        secure=runtime.settings.secure_cookies,
    )  # fmt: skip
    response.delete_cookie(GATE_COOKIE)
    return response


@router.post("/sign-out")
def send_sign_out(visit: VisitOf) -> Response:
    """End this browser's sign-in."""
    with visit.runtime.unit_of_work(tenant=all_tenants, actor=system_actor("review app", ROUTE)) as work:
        sign_out(work, visit.request.cookies.get(SIGN_IN_COOKIE, ""))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(SIGN_IN_COOKIE)
    return response


@router.get("/")
def show_home(visit: VisitOf) -> Response:
    """Straight to the only client, or all of them at a glance."""
    if len(visit.memberships) == 1:
        return RedirectResponse(f"/t/{visit.memberships[0].slug}/today", status_code=303)
    actor = system_actor("review app", ROUTE)
    with visit.runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
        lines = read_clients(work, [m.tenant_id for m in visit.memberships])
    clients = [
        {
            "href": f"/t/{line.slug}/today", "inbox": f"/t/{line.slug}/inbox", "name": line.name,
            "monogram": monogram(line.name), "waiting": line.waiting.text, "completed": line.completed,
            "target": line.target,
        }
        for line in lines
    ]  # fmt: skip
    context = bare_page(
        visit.request, "All clients", clients=clients, csrf_token=visit.csrf_token, person=visit.signed_in.user,
        tenants=tenant_links(visit),
    )  # fmt: skip
    return respond("pages/clients.html", context)


def safe_address(address: str) -> str:
    """An address inside this app; anything else becomes the home page."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if inside and not parts.netloc and not parts.scheme else "/"


def _form(
    request: Request, *, back: str, email: str = "", problem: str = "", status: int = 200,
    retry_after: float | None = None,
) -> Response:  # fmt: skip
    secret = request.cookies.get(GATE_COOKIE) or secrets.token_urlsafe(24)
    context = bare_page(
        request, "Sign in", back=safe_address(back), email=email, problem=problem, csrf_token=make_csrf_token(secret)
    )
    response = respond("pages/sign_in.html", context, status=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(int(retry_after) + 1)
    if request.method in READING or GATE_COOKIE not in request.cookies:
        settings = request.app.state.runtime.settings
        response.set_cookie(
            GATE_COOKIE, secret, max_age=_GATE_MINUTES * 60, httponly=True, samesite="strict",
            secure=settings.secure_cookies,
        )  # fmt: skip
    return response
