"""People: users, their roles in tenants, and signing in to the review app. API tokens are in `tokens.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain.people import PERMISSIONS, Actor, ActorKind, Permission, Role
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.ids import new_secret
from leadmetrics_pipelines.kit.passwords import hash_password, needs_rehash, verify_password
from leadmetrics_pipelines.services.sign_in_throttle import check_attempts, forget_failures, record_failure
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.people.models import Membership, SignIn, User
from leadmetrics_pipelines.storage.tenants.models import Tenant

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 120
TENANT_ROLES = (Role.OPERATOR, Role.REVIEWER, Role.TENANT_ADMIN)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user, as far as others may know."""

    id: UUID
    email: str
    name: str
    is_platform_admin: bool
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person in a tenant."""

    person: Person
    role: Role
    since: datetime


@dataclass(frozen=True, kw_only=True)
class MembershipOf:
    """A tenant that a person may enter, and as what."""

    tenant_id: UUID
    slug: str
    name: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class SignInGranted:
    """A new sign-in. `secret` goes into the cookie and is not stored; `csrf_secret` signs this sign-in's forms."""

    secret: str
    csrf_secret: str
    user_id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignInRefused:
    """E-mail and password do not fit. Which of the two is never said."""

    message: str = "E-mail and password do not fit. Check both and try again."


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who is behind a sign-in's secret."""

    user: Person
    memberships: tuple[MembershipOf, ...]
    csrf_secret: str
    expires_at: datetime


# --- users ------------------------------------------------------------------------------------------------------------


def add_user(work: UnitOfWork, *, email: str, name: str, password: str, platform_admin: bool = False) -> User:
    """Add a person, without any role yet. Raises InvalidInput, and Conflict for a known e-mail.

    Only the platform adds people: whoever sets a first password could sign in as that person wherever a role follows.
    """
    work.actor.require(Permission.MANAGE_PLATFORM)
    user = User(
        email=check_email(email), name=_check_name(name), password_hash=hash_password(password),
        platform_role=Role.PLATFORM_ADMIN.value if platform_admin else None, created_at=work.now,
    )  # fmt: skip
    try:
        with work.session.begin_nested():
            work.session.add(user)
            work.session.flush()
    except IntegrityError as error:
        raise Conflict(f"{user.email} has an account already. Grant it a role instead.") from error
    detail = {"email": user.email, "platform_role": user.platform_role}
    work.audit("user.added", subject_kind="user", subject_id=user.id, to_state="active", detail=detail)
    return user


def find_user(work: UnitOfWork, email: str) -> Person:
    """The person of that e-mail, or NotFound."""
    row = work.session.execute(_people().where(User.email == normalise_email(email))).one_or_none()
    if row is None:
        raise NotFound(f"Nobody here has the e-mail {email}. `leadmetrics users list` shows everybody.")
    return _person(row)


def list_users(work: UnitOfWork) -> tuple[Person, ...]:
    """Everybody this work can see, by e-mail."""
    return tuple(_person(row) for row in work.session.execute(_people().order_by(User.email)))


def set_password(work: UnitOfWork, user_id: UUID, password: str) -> None:
    """Set a person's password and end all their sign-ins."""
    work.actor.require(Permission.MANAGE_PLATFORM)
    user = _get_user(work, user_id)
    user.password_hash = hash_password(password)
    _end_sign_ins(work, user_id)
    work.audit("user.password_set", subject_kind="user", subject_id=user_id)


def set_active(work: UnitOfWork, user_id: UUID, *, active: bool) -> None:
    """Shut a person out, at once and everywhere, or let them in again. What they did stays."""
    work.actor.require(Permission.MANAGE_PLATFORM)
    user = _get_user(work, user_id)
    states = {True: "active", False: "inactive"}
    if user.is_active == active:
        return
    user.is_active = active
    if not active:
        _end_sign_ins(work, user_id)
    work.audit(
        "user.resumed" if active else "user.shut_out", subject_kind="user", subject_id=user_id,
        from_state=states[not active], to_state=states[active],
    )  # fmt: skip


# --- roles ------------------------------------------------------------------------------------------------------------


def grant_role(work: UnitOfWork, user_id: UUID, tenant_id: UUID, role: Role) -> None:
    """Give a person this role in the tenant, in place of the one they had.

    A tenant's admin calls it in the tenant's own work, the platform in work that crosses tenants.
    """
    work.actor.require(Permission.MANAGE_PEOPLE)
    if role not in TENANT_ROLES:
        msg = f"'{role}' is not a role in a tenant. Choose one of: {', '.join(TENANT_ROLES)}."
        raise InvalidInput(msg, field="role")
    row = work.session.get(Membership, (tenant_id, user_id))
    before = row.role if row else None
    if row is None:
        _add_membership(work, Membership(tenant_id=tenant_id, user_id=user_id, role=role.value, created_at=work.now))
    else:
        row.role = role.value
    if before != role:
        work.audit(
            "user.role_granted", subject_kind="user", subject_id=user_id, from_state=before, to_state=role.value,
            tenant_id=tenant_id,
        )  # fmt: skip


def revoke_role(work: UnitOfWork, user_id: UUID, tenant_id: UUID) -> None:
    """Take a person out of the tenant; their tokens there stop working. Raises NotFound when they are not in it."""
    work.actor.require(Permission.MANAGE_PEOPLE)
    row = work.session.get(Membership, (tenant_id, user_id))
    if row is None:
        raise NotFound("This person has no role in this tenant.")
    work.session.delete(row)
    work.audit("user.role_revoked", subject_kind="user", subject_id=user_id, from_state=row.role, tenant_id=tenant_id)


def list_members(work: UnitOfWork) -> tuple[Member, ...]:
    """The people of this work's tenant, by name."""
    query = (
        _people()
        .add_columns(Membership.role, Membership.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == work.tenant_id)
        .order_by(User.name, User.email)
    )
    return tuple(
        Member(person=_person(row), role=Role(row.role), since=row.created_at) for row in work.session.execute(query)
    )


def actor_for(user: Person, role: Role, route: str) -> Actor:
    """The person acting in that role by that route, e.g. `page` or `api`."""
    return Actor(
        kind=ActorKind.USER,
        id=str(user.id),
        name=user.name,
        permissions=PERMISSIONS[role],
        route=route,
        user_id=user.id,
    )


# --- signing in -------------------------------------------------------------------------------------------------------


def sign_in(
    work: UnitOfWork, *, email: str, password: str, address: str, hours: float = 12
) -> SignInGranted | SignInRefused:
    """Check e-mail and password; `address` is the network address they came from.

    A refusal is an answer and not an error, so that the caller's transaction keeps the record of the failure.
    Raises RateLimited after too many failures, without looking at the password.
    """
    email = normalise_email(email)
    check_attempts(work, email=email, address=address)
    user = work.session.scalar(select(User).where(User.email == email))
    fits = verify_password(user.password_hash if user else None, password)
    if user is None or not fits or not user.is_active:
        record_failure(work, email=email, address=address)
        if user is not None:
            work.audit("user.sign_in_failed", subject_kind="user", subject_id=user.id)
        return SignInRefused()
    if needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    forget_failures(work, email=email)
    work.audit("user.signed_in", subject_kind="user", subject_id=user.id)
    return _open_sign_in(work, user.id, hours)


def resolve_sign_in(work: UnitOfWork, secret: str) -> SignedIn | None:
    """Who is behind the cookie's secret; None when it is unknown or over, or the person was shut out."""
    query = (
        _people()
        .add_columns(SignIn.csrf_secret, SignIn.expires_at)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.secret_hash == _hash(secret), SignIn.expires_at > work.now, User.is_active)
    )
    row = work.session.execute(query).one_or_none()
    if row is None:
        return None
    person = _person(row)
    return SignedIn(
        user=person, memberships=list_memberships(work, person), csrf_secret=row.csrf_secret, expires_at=row.expires_at
    )


def sign_out(work: UnitOfWork, secret: str) -> None:
    """End a sign-in. An unknown secret is no error: it is over already."""
    work.session.execute(delete(SignIn).where(SignIn.secret_hash == _hash(secret)))


def list_memberships(work: UnitOfWork, person: Person) -> tuple[MembershipOf, ...]:
    """The active tenants the person may enter, by name; all of them for a platform admin."""
    query = select(Tenant.id, Tenant.slug, Tenant.name, Membership.role).where(Tenant.is_active).order_by(Tenant.name)
    belongs = (Membership.tenant_id == Tenant.id) & (Membership.user_id == person.id)
    rows = work.session.execute(query.join(Membership, belongs, isouter=person.is_platform_admin))
    return tuple(
        MembershipOf(
            tenant_id=row.id, slug=row.slug, name=row.name,
            role=Role.PLATFORM_ADMIN if person.is_platform_admin else Role(row.role),
        )
        for row in rows
    )  # fmt: skip


# --- within -----------------------------------------------------------------------------------------------------------


def normalise_email(email: str) -> str:
    """The spelling under which an e-mail is kept and looked up."""
    return email.strip().lower()


def check_email(email: str) -> str:
    """The e-mail as it is kept, or InvalidInput."""
    email = normalise_email(email)
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise InvalidInput(f"'{email[:80]}' is not an e-mail address, like name@example.com.", field="email")
    return email


def _open_sign_in(work: UnitOfWork, user_id: UUID, hours: float) -> SignInGranted:
    work.session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at <= work.now))
    secret, csrf_secret = new_secret(), new_secret()
    expires_at = work.now + timedelta(hours=hours)
    work.session.add(
        SignIn(
            secret_hash=_hash(secret), user_id=user_id, csrf_secret=csrf_secret, created_at=work.now,
            expires_at=expires_at,
        )
    )  # fmt: skip
    return SignInGranted(secret=secret, csrf_secret=csrf_secret, user_id=user_id, expires_at=expires_at)


def _end_sign_ins(work: UnitOfWork, user_id: UUID) -> None:
    work.session.execute(delete(SignIn).where(SignIn.user_id == user_id))


def _add_membership(work: UnitOfWork, row: Membership) -> None:
    try:
        with work.session.begin_nested():
            work.session.add(row)
            work.session.flush()
    except IntegrityError as error:
        raise NotFound("There is no such person, or no such tenant.") from error


def _get_user(work: UnitOfWork, user_id: UUID) -> User:
    user = work.session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def _people() -> Select[UUID, str, str, str | None, bool]:
    # Columns, not rows: a tenant's work has no right to read password hashes.
    return select(User.id, User.email, User.name, User.platform_role, User.is_active)


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    return Person(
        id=row.id, email=row.email, name=row.name, is_platform_admin=row.platform_role is not None,
        is_active=row.is_active,
    )  # fmt: skip


def _check_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"A person's name has 1 to {LONGEST_NAME} characters.", field="name")
    return name


def _hash(secret: str) -> str:
    return sha256_bytes(secret.encode())
