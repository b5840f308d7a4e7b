"""Tenants: register one, find one, change its rules and details. People and channels have their own modules."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.services.channels import add_website
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant

# A slug is a partition key in Dagster ("|" would split it) and part of addresses.
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])", re.ASCII)
PROFILE_TEXTS = ("industry", "audience", "tone", "location")
LONGEST_NAME = 120


def register_tenant(
    work: UnitOfWork, *, slug: str, name: str, website_url: str, time_zone: str = "UTC",
    profile: Mapping[str, Any] | None = None,
) -> Tenant:  # fmt: skip
    """Add a client. `profile` is what agents may say about it: industry, products (a list), audience, tone, location.

    Raises InvalidInput for a value that does not fit, Conflict when the slug is taken.
    """
    work.actor.require(Permission.MANAGE_PLATFORM)
    tenant = Tenant(
        slug=check_slug(slug), name=_check_name(name), website_url=check_website(website_url),
        time_zone=check_time_zone(time_zone), profile=check_profile(profile or {}), created_at=work.now,
    )  # fmt: skip
    try:
        with work.session.begin_nested():
            work.session.add(tenant)
            work.session.flush()
    except IntegrityError as error:
        msg = f"There is already a tenant '{slug}'. A slug never changes hands; choose another one."
        raise Conflict(msg) from error
    work.audit(
        "tenant.registered", subject_kind="tenant", subject_id=tenant.id, to_state="active",
        detail={"slug": tenant.slug}, tenant_id=tenant.id,
    )  # fmt: skip
    add_website(work, tenant.id, tenant.website_url)
    return tenant


def find_tenant(work: UnitOfWork, slug: str) -> Tenant:
    """The tenant of that slug; NotFound names the slugs that look like it."""
    tenant = work.session.scalar(select(Tenant).where(Tenant.slug == slug))
    if tenant is None:
        raise NotFound(f"There is no tenant '{slug}'.{_suggest(work, slug)}")
    return tenant


def list_tenants(work: UnitOfWork, *, include_inactive: bool = False) -> tuple[Tenant, ...]:
    """The tenants this work can see, by slug."""
    query = select(Tenant).order_by(Tenant.slug)
    if not include_inactive:
        query = query.where(Tenant.is_active)
    return tuple(work.session.scalars(query))


def change_rules(work: UnitOfWork, *, four_eyes: bool | None = None, edit_and_approve: bool | None = None) -> Tenant:
    """Set the tenant's rules of approval; None leaves a rule as it is.

    `four_eyes`: who wrote or last edited an item can't approve it.
    `edit_and_approve`: an approver may edit in the same act.
    """
    work.actor.require(Permission.MANAGE_PEOPLE)
    return _change(
        work, work.tenant_id, "tenant.rules_changed", {"four_eyes": four_eyes, "edit_and_approve": edit_and_approve}
    )


def change_details(
    work: UnitOfWork, tenant_id: UUID, *, name: str | None = None, website_url: str | None = None,
    time_zone: str | None = None, profile: Mapping[str, Any] | None = None,
) -> Tenant:  # fmt: skip
    """Change what is told about the client; None leaves a value as it is; `profile` is merged."""
    work.actor.require(Permission.MANAGE_PLATFORM)
    present = _get(work, tenant_id)
    wanted = {
        "name": None if name is None else _check_name(name),
        "website_url": None if website_url is None else check_website(website_url),
        "time_zone": None if time_zone is None else check_time_zone(time_zone),
        "profile": None if profile is None else check_profile({**present.profile, **profile}),
    }
    tenant = _change(work, tenant_id, "tenant.changed", wanted)
    add_website(work, tenant.id, tenant.website_url)
    return tenant


def set_active(work: UnitOfWork, tenant_id: UUID, *, active: bool) -> Tenant:
    """Take a client out of all work (nothing is deleted), or back in."""
    work.actor.require(Permission.MANAGE_PLATFORM)
    return _change(work, tenant_id, "tenant.resumed" if active else "tenant.paused", {"is_active": active})


def check_slug(slug: str) -> str:
    """The slug, or InvalidInput."""
    if not _SLUG.fullmatch(slug):
        msg = (
            f"'{slug}' cannot be a tenant's slug. It has 2 to 40 characters of a-z, 0-9 and '-',"
            " and neither starts nor ends with '-', for example acme or north-wind."
        )
        raise InvalidInput(msg, field="slug")
    return slug


def check_website(url: str) -> str:
    """The address without spaces around it, or InvalidInput."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", url)
        fits = fits and parts.username is None and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        msg = f"'{url}' is not a website's address. Write it in full, like https://www.example.com."
        raise InvalidInput(msg, field="website_url")
    return url


def check_time_zone(name: str) -> str:
    """The IANA name, or InvalidInput naming those that look like it."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        close = difflib.get_close_matches(name, available_timezones(), n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else " Use an IANA name, like Europe/Berlin."
        raise InvalidInput(f"There is no time zone '{name}'.{hint}", field="time_zone") from None


def check_profile(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with every key present, or InvalidInput naming the key that does not fit."""
    known = (*PROFILE_TEXTS, "products")
    for key, value in profile.items():
        if key not in known:
            raise InvalidInput(f"A profile has no '{key}'. It has: {', '.join(known)}.", field=f"profile.{key}")
        is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        if not (is_list if key == "products" else isinstance(value, str)):
            kind = "a list of names" if key == "products" else "text"
            raise InvalidInput(f"The profile's '{key}' must be {kind}.", field=f"profile.{key}")
    texts = {key: str(profile.get(key, "")).strip() for key in PROFILE_TEXTS}
    products = [item.strip() for item in profile.get("products", ()) if item.strip()]
    return {**texts, "products": products}


def _change(work: UnitOfWork, tenant_id: UUID, action: str, wanted: Mapping[str, object]) -> Tenant:
    tenant = _get(work, tenant_id)
    changes = {key: value for key, value in wanted.items() if value is not None and value != getattr(tenant, key)}
    if changes:
        before = {key: getattr(tenant, key) for key in changes}
        for key, value in changes.items():
            setattr(tenant, key, value)
        work.audit(
            action, subject_kind="tenant", subject_id=tenant.id, detail={"before": before, "after": changes},
            tenant_id=tenant.id,
        )  # fmt: skip
    return tenant


def _get(work: UnitOfWork, tenant_id: UUID) -> Tenant:
    tenant = work.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("There is no such tenant.")
    return tenant


def _check_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"A tenant's name has 1 to {LONGEST_NAME} characters.", field="name")
    return name


def _suggest(work: UnitOfWork, slug: str) -> str:
    slugs = list(work.session.scalars(select(Tenant.slug)))
    if close := difflib.get_close_matches(slug, slugs, n=3, cutoff=0.5):
        return f" Did you mean {' or '.join(close)}?"
    return " `leadmetrics tenants list` shows those there are." if slugs else " None is registered yet."
