"""Who asks, and where: the sign-in behind a request, the tenant in its address, and the unit of work that follows.

Every page route starts here. Another tenant's address answers exactly as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, Header, Request

from leadmetrics_pipelines.domain.people import Actor, Permission, Role, system_actor
from leadmetrics_pipelines.errors import LeadmetricsError, NotFound
from leadmetrics_pipelines.review.security import check_csrf_token, make_csrf_token
from leadmetrics_pipelines.services.people import MembershipOf, SignedIn, actor_for
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.views.frame import Frame, read_frame
from leadmetrics_pipelines.services.views.visitor import read_visitor
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

SIGN_IN_COOKIE = "lm_session"
THEME_COOKIE = "lm_theme"
RAIL_COOKIE = "lm_rail"
FLASH_COOKIE = "lm_flash"
ROUTE = "page"
READING = ("GET", "HEAD")


class SignInNeeded(LeadmetricsError):
    """Nobody is signed in. `back` is where to go on after signing in."""

    def __init__(self, back: str) -> None:
        super().__init__("Sign in to go on.")
        self.back = back


@dataclass
class Visit:
    """A request of somebody who is signed in."""

    runtime: Runtime
    request: Request
    signed_in: SignedIn

    @cached_property
    def csrf_token(self) -> str:
        """The token of the page that is being made."""
        return make_csrf_token(self.signed_in.csrf_secret)

    @property
    def wants_fragment(self) -> bool:
        """Whether htmx asked, and not to rebuild a page from its history."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    @property
    def memberships(self) -> tuple[MembershipOf, ...]:
        """The tenants this person may enter."""
        return self.signed_in.memberships


@dataclass
class Place(Visit):
    """A visit to one tenant. `frame` is read with the first unit of work."""

    membership: MembershipOf
    actor: Actor
    frame: Frame | None = None

    @property
    def base(self) -> str:
        """Where this tenant's addresses begin."""
        return f"/t/{self.membership.slug}"

    @property
    def role(self) -> Role:
        """The person's role here."""
        return self.membership.role

    def may(self, permission: Permission) -> bool:
        """Whether the person may do this here."""
        return self.actor.may(permission)

    @contextmanager
    def work(self, *, frame: bool = False) -> Iterator[UnitOfWork]:
        """The request's one unit of work in this tenant. `frame` also reads what surrounds a whole page."""
        with self.runtime.unit_of_work(tenant=self.membership.tenant_id, actor=self.actor) as work:
            if frame:
                self.frame = read_frame(work)
            yield work


def visit(
    request: Request,
    csrf: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> Visit:
    """Who asks. Raises SignInNeeded; for anything but reading also FormRefused when the form is not one of ours."""
    runtime: Runtime = request.app.state.runtime
    signed_in = _resolve(runtime, request.cookies.get(SIGN_IN_COOKIE))
    if signed_in is None:
        raise SignInNeeded(_address(request))
    if request.method not in READING:
        check_csrf_token(signed_in.csrf_secret, x_csrf_token or csrf)
    return Visit(runtime=runtime, request=request, signed_in=signed_in)


def enter(
    slug: str,
    request: Request,
    csrf: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> Place:
    """The tenant in the address. Raises NotFound for a tenant the person has no role in, as for one there is not."""
    # Called, not depended upon: each dependency is another trip through the thread pool.
    visitor = visit(request, csrf, x_csrf_token)
    membership = next((m for m in visitor.memberships if m.slug == slug), None)
    if membership is None:
        msg = "There is no such page, or it belongs to a client you do not work for."
        raise NotFound(msg)
    actor = actor_for(visitor.signed_in.user, membership.role, ROUTE)
    return Place(
        runtime=visitor.runtime,
        request=visitor.request,
        signed_in=visitor.signed_in,
        membership=membership,
        actor=actor,
    )


VisitOf = Annotated[Visit, Depends(visit)]
PlaceOf = Annotated[Place, Depends(enter)]


def _resolve(runtime: Runtime, secret: str | None) -> SignedIn | None:
    if not secret:
        return None
    with runtime.unit_of_work(tenant=all_tenants, actor=system_actor("review app", ROUTE)) as work:
        return read_visitor(work, secret)


def _address(request: Request) -> str:
    # Only pages are worth coming back to: not fragments, and not forms (a POST cannot be repeated by a link).
    if request.method != "GET" or "hx-request" in request.headers:
        return "/"
    path = request.url.path
    return f"{path}?{request.url.query}" if request.url.query else quote(path)
