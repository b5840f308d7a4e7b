"""The control API: faults, calls seen, sites and what was posted on them. For people and tests, not for the product."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import CallSeen, FaultBook, NewRule, Party, Rule
from leadmetrics_pipelines.sandbox.views import PostView, view_post
from leadmetrics_pipelines.sandbox.wordpress.models import Role
from leadmetrics_pipelines.sandbox.wordpress.store import Site, Sites, give_password, make_user

_SITE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Calls(BaseModel):
    """Totals by party since the last clearing, and the last calls, oldest first."""

    totals: dict[str, dict[str, int]]
    calls: list[CallSeen]


class SiteChanges(BaseModel):
    """Any of a site's settings (`wordpress.models.SiteSettings`); what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    description: str | None = None
    time_zone: str | None = None
    pretty_permalinks: bool | None = None
    application_passwords: bool | None = None
    strict_sign_in: bool | None = None
    strips_authorization: bool | None = None
    display_errors: bool | None = None
    drops_scripts: bool | None = None
    insert_seconds: float | None = None
    upload_max_bytes: int | None = None
    post_max_bytes: int | None = None


class NewUser(BaseModel):
    """Somebody new on a site."""

    role: Role
    password: str


def build_router(
    book: FaultBook, sites: Sites, memory: ModelMemory, clock: Clock, *, forget_others: Callable[[], None]
) -> APIRouter:
    """The routes `/faults`, `/sites` and `/reset`."""
    routes = APIRouter(tags=["control"])
    routes.include_router(_fault_routes(book))
    routes.include_router(_site_routes(sites, clock))
    routes.include_router(_user_routes(sites, clock))

    @routes.post("/reset")
    async def reset() -> dict[str, str]:
        """Forget posts, calls and faults; only the default site is left, empty."""
        book.clear()
        book.forget_calls()
        memory.forget()
        forget_others()
        sites.forget(clock.now())
        return {"status": "empty"}

    return routes


def _fault_routes(book: FaultBook) -> APIRouter:
    routes = APIRouter(prefix="/faults")

    @routes.post("", status_code=201)
    async def add(rule: NewRule) -> Rule:
        """Put a misbehaviour in force."""
        return book.add(rule)

    @routes.get("")
    async def rules() -> list[Rule]:
        """What is in force."""
        return book.rules()

    @routes.delete("")
    async def clear(party: Party | None = None) -> dict[str, int]:
        """Behave again."""
        return {"cleared": book.clear(party=party)}

    @routes.get("/calls")
    async def calls(party: Party | None = None, last: Annotated[int, Query(ge=1)] = 2000) -> Calls:
        """The calls that came in."""
        return Calls(totals=book.totals(), calls=book.calls(party)[-last:])

    @routes.delete("/calls")
    async def forget_calls() -> dict[str, str]:
        """Start counting calls anew."""
        book.forget_calls()
        return {"status": "forgotten"}

    @routes.delete("/{rule_id}")
    async def end(rule_id: int) -> dict[str, int]:
        """End one rule."""
        if not book.clear(rule_id=rule_id):
            raise HTTPException(404, f"No fault {rule_id} is in force.")
        return {"cleared": 1}

    return routes


def _site_routes(sites: Sites, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/sites")

    @routes.get("")
    async def names() -> list[str]:
        """Every site's name."""
        return [site.name for site in sites.all()]

    @routes.put("/{name}")
    async def make(name: str, changes: SiteChanges | None = None) -> dict[str, object]:
        """Make a WordPress site, or change how one is set up."""
        if not _SITE_NAME.fullmatch(name):
            raise HTTPException(422, "A site's name is made of small letters, digits and hyphens.")
        site = sites.make(name, clock.now())
        if changes is not None:
            site.keep_settings(site.settings.model_copy(update=changes.model_dump(exclude_none=True)))
        return {"name": name, **site.settings.model_dump()}

    @routes.get("/{name}/posts")
    async def posts(name: str, request: Request) -> list[PostView]:
        """Everything on a site, in every status, oldest first."""
        site = _existing(sites, name)
        url = f"{request.base_url}wordpress/{name}"
        return [view_post(site, url, post) for post in sorted(site.posts.values(), key=lambda post: post.id)]

    return routes


def _user_routes(sites: Sites, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/sites/{name}/users")

    @routes.put("/{login}")
    async def user(name: str, login: str, wanted: NewUser) -> dict[str, object]:
        """Add a user, or change a user's role and give one more password."""
        site = _existing(sites, name)
        known = next((user for user in site.users.values() if user.login == login), None)
        person = known or make_user(site, login=login, role=wanted.role, now=clock.now())
        person = site.keep_user(person.model_copy(update={"role": wanted.role}))
        give_password(site, person, name="by hand", password=wanted.password, now=clock.now())
        return {"id": person.id, "login": login, "role": wanted.role}

    @routes.delete("/{login}/passwords")
    async def revoke(name: str, login: str) -> dict[str, int]:
        """Revoke all application passwords of a user."""
        site = _existing(sites, name)
        for person in list(site.users.values()):
            if person.login == login:
                site.keep_user(person.model_copy(update={"passwords": ()}))
                return {"revoked": len(person.passwords)}
        raise HTTPException(404, f"No user {login} on {name}.")

    return routes


def _existing(sites: Sites, name: str) -> Site:
    site = sites.get(name)
    if site is None:
        raise HTTPException(404, f"No site {name}. PUT /sites/{name} makes it.")
    return site
