"""People and programs: users, their roles in tenants, sign-ins, API tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class User(IdRow, Base):
    """A person. `platform_role` reaches all tenants; other roles come from memberships."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("platform_role IS NULL OR platform_role = 'platform_admin'", "platform_role"),)

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    platform_role: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Membership(TenantRow, Base):
    """A person's role in one tenant."""

    __tablename__ = "memberships"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class SignIn(Base):
    """One browser's sign-in to the review app. The cookie's secret is stored as a hash only."""

    __tablename__ = "sign_ins"

    secret_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_secret: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInAttempt(IdRow, Base):
    """A failed attempt to sign in, for throttling. `subject` is a hash of the e-mail or the address."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "subject", "at"),)

    subject: Mapped[str]
    at: Mapped[datetime]


class ApiToken(IdRow, TenantRow, Base):
    """A bearer token of the JSON API: a person's (acts as that person) or an agent's (proposes, never decides)."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("(kind = 'user') = (user_id IS NOT NULL)", "owner"),
        CheckConstraint("kind IN ('user', 'agent')", "kind"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    secret_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
