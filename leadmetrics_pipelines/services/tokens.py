"""API tokens: made, listed, revoked, and turned into an actor. A token lives in one tenant.

A person's token acts as that person, with the permissions of their role *and* the token's scopes, judged anew at each
call. An agent's token can propose, never decide, whatever its scopes say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.people import AGENT_SCOPES, Actor, ActorKind, Permission, Role
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed, NotFound, PermanentError
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.ids import new_secret
from leadmetrics_pipelines.services.people import Person, actor_for
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.people.models import ApiToken, Membership, User
from leadmetrics_pipelines.storage.tenants.models import Tenant

PREFIX = "lmp_"
LONGEST_NAME = 80
LONGEST_DAYS = 3650
# Noting every call would write a row per read; a minute is fine enough for "is this token still in use?".
_USE_NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(PermanentError):
    """The token is unknown, over or revoked, or its owner has no role here any more."""


@dataclass(frozen=True, kw_only=True)
class ResolvedToken:
    """Who is behind a token, and in which tenant."""

    token_id: UUID
    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    actor: Actor
    role: Role | None
    email: str | None
    expires_at: datetime | None


def create_token(
    work: UnitOfWork, *, kind: Literal["user", "agent"], name: str, scopes: Sequence[str],
    user_id: UUID | None = None, days: int | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Make a token that lasts `days` (None: until revoked). The secret is shown this once; only its hash is kept.

    A user's token is made by that user alone, and only with permissions they have: a token made for somebody else
    would be a way to decide with another person's name. An agent's needs the permission `people`.
    """
    permissions = check_scopes(scopes)
    if kind == "user":
        _check_owner(work.actor, user_id, permissions)
    else:
        work.actor.require(Permission.MANAGE_PEOPLE)
        _check_agent(user_id, permissions)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"A token's name has 1 to {LONGEST_NAME} characters: say what it is for.", field="name")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"A token lasts 1 to {LONGEST_DAYS} days.", field="days")
    secret = PREFIX + new_secret()
    token = ApiToken(
        tenant_id=work.tenant_id, kind=kind, name=name, user_id=user_id, secret_hash=_hash(secret),
        scopes=sorted(permissions), created_at=work.now, expires_at=work.now + timedelta(days=days) if days else None,
    )  # fmt: skip
    work.session.add(token)
    work.session.flush()
    work.audit(
        "token.created", subject_kind="token", subject_id=token.id, to_state="valid",
        detail={"kind": kind, "name": name, "scopes": token.scopes},
    )  # fmt: skip
    return token, secret


def revoke_token(work: UnitOfWork, token_id: UUID) -> ApiToken:
    """End a token: one's own, or with the permission `people` anybody's in the tenant. Ending it twice is no error."""
    token = work.session.scalar(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.tenant_id == work.tenant_id).with_for_update()
    )
    if token is None:
        raise NotFound("There is no such token in this tenant.")
    if work.actor.user_id is None or token.user_id != work.actor.user_id:
        work.actor.require(Permission.MANAGE_PEOPLE)
    if token.revoked_at is None:
        token.revoked_at = work.now
        work.audit(
            "token.revoked", subject_kind="token", subject_id=token.id, from_state="valid", to_state="revoked",
            detail={"name": token.name},
        )  # fmt: skip
    return token


def list_tokens(work: UnitOfWork) -> tuple[ApiToken, ...]:
    """The tenant's tokens, newest first; without the permission `people` only one's own."""
    query = select(ApiToken).where(ApiToken.tenant_id == work.tenant_id).order_by(ApiToken.id.desc())
    if not work.actor.may(Permission.MANAGE_PEOPLE):
        if work.actor.user_id is None:
            raise NotAllowed(f"{work.actor.name} may not see tokens: it needs the permission 'people'.")
        query = query.where(ApiToken.user_id == work.actor.user_id)
    return tuple(work.session.scalars(query))


def resolve_token(work: UnitOfWork, secret: str) -> ResolvedToken:
    """Who acts with this secret. Needs work that crosses tenants, for the tenant is not known yet.

    Raises TokenRefused.
    """
    row = work.session.execute(
        select(ApiToken, Tenant, User, Membership.role)
        .join(Tenant, Tenant.id == ApiToken.tenant_id)
        .outerjoin(User, User.id == ApiToken.user_id)
        .outerjoin(Membership, (Membership.user_id == User.id) & (Membership.tenant_id == ApiToken.tenant_id))
        .where(ApiToken.secret_hash == _hash(secret))
    ).one_or_none()
    if row is None:
        raise TokenRefused("This token is not known. Make one with `leadmetrics tokens create`.")
    token, tenant = row.ApiToken, row.Tenant
    _check_valid(work, token, tenant)
    role = None if token.kind == "agent" else _role_of(row.User, row.role)
    if token.last_used_at is None or token.last_used_at < work.now - _USE_NOTED_EVERY:
        token.last_used_at = work.now
    return ResolvedToken(
        token_id=token.id, tenant_id=tenant.id, tenant_slug=tenant.slug, tenant_name=tenant.name,
        actor=_actor(token, row.User, role), role=role, email=row.User.email if row.User else None,
        expires_at=token.expires_at,
    )  # fmt: skip


def check_scopes(scopes: Sequence[str]) -> frozenset[Permission]:
    """The permissions of these scopes, or InvalidInput naming the scope there is not."""
    known = {permission.value: permission for permission in Permission}
    for scope in scopes:
        if scope not in known:
            raise InvalidInput(f"There is no scope '{scope}'. Scopes: {', '.join(known)}.", field="scopes")
    if not scopes:
        raise InvalidInput(f"Name at least one scope. Scopes: {', '.join(known)}.", field="scopes")
    return frozenset(known[scope] for scope in scopes)


def _check_owner(actor: Actor, user_id: UUID | None, permissions: frozenset[Permission]) -> None:
    if user_id is None or actor.user_id != user_id:
        raise NotAllowed("A person's token acts with that person's name, so only they can make it. Sign in as them.")
    if beyond := permissions - actor.permissions:
        raise NotAllowed(f"You cannot give a token what you may not do yourself: {', '.join(sorted(beyond))}.")


def _check_agent(user_id: UUID | None, permissions: frozenset[Permission]) -> None:
    if user_id is not None:
        raise InvalidInput("An agent's token belongs to no person.", field="user_id")
    if beyond := permissions - AGENT_SCOPES:
        msg = (
            f"An agent can propose, never decide: no agent's token has {', '.join(sorted(beyond))}."
            f" It can have {', '.join(sorted(AGENT_SCOPES))}."
        )
        raise InvalidInput(msg, field="scopes")


def _check_valid(work: UnitOfWork, token: ApiToken, tenant: Tenant) -> None:
    if token.revoked_at is not None:
        raise TokenRefused(f"The token '{token.name}' was revoked. Make a new one.")
    if token.expires_at is not None and token.expires_at <= work.now:
        raise TokenRefused(f"The token '{token.name}' ended on {token.expires_at:%Y-%m-%d}. Make a new one.")
    if not tenant.is_active:
        raise TokenRefused(f"The tenant {tenant.name} is paused.")


def _role_of(user: User | None, role: str | None) -> Role:
    if user is not None and user.is_active:
        if user.platform_role is not None:
            return Role.PLATFORM_ADMIN
        if role is not None:
            return Role(role)
    raise TokenRefused("The owner of this token has no role in this tenant any more.")


def _actor(token: ApiToken, user: User | None, role: Role | None) -> Actor:
    scopes = frozenset(Permission(scope) for scope in token.scopes)
    if user is None or role is None:
        return Actor(
            kind=ActorKind.AGENT, id=str(token.id), name=token.name, permissions=scopes & AGENT_SCOPES, route="api"
        )
    person = Person(id=user.id, email=user.email, name=user.name, is_platform_admin=user.platform_role is not None)
    actor = actor_for(person, role, "api")
    return dataclasses.replace(actor, permissions=actor.permissions & scopes)


def _hash(secret: str) -> str:
    return sha256_bytes(secret.encode())
