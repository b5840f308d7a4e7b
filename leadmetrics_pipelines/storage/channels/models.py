"""Channels and holds: where content goes, and the switches that stop it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Channel(IdRow, TenantRow, Base):
    """One outside account of a tenant. Credentials are encrypted (`kit/encryption.py`)."""

    __tablename__ = "channels"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "base_url", "account_id"),
        Index(None, "tenant_id", "id"),
        Index(
            "ix_channels_renewal", "renew_at",
            postgresql_where=text("status = 'connected' AND renew_at IS NOT NULL"),
        ),
    )  # fmt: skip

    platform: Mapped[str]
    name: Mapped[str]
    base_url: Mapped[str]
    status: Mapped[str]
    # The platform's id of the page, account, location, property or list; empty where the address says it all.
    account_id: Mapped[str] = mapped_column(default="", server_default="")
    credentials: Mapped[bytes | None]
    # Grows with each change of the credentials: a renewal that started from older ones is dropped.
    credentials_version: Mapped[int] = mapped_column(default=0, server_default="0")
    # The scopes the person granted; None: the platform does not say.
    scopes: Mapped[list[str] | None]
    # When the access token and the refresh token end (UTC); None: they do not end by themselves, or nobody says.
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    # When to renew, ahead of the end and with jitter; None: nothing to renew.
    renew_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    # What the platform said about the account: user name, site name.
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status_reason: Mapped[str | None]
    max_per_hour: Mapped[int | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ConnectAttempt(IdRow, TenantRow, Base):
    """One person's way through a platform's consent, from the click on Connect to the choice of an account.

    The state that comes back is compared by its SHA-256 and works once. What the platform handed out stays encrypted
    here until an account is chosen, and is forgotten then.
    """

    __tablename__ = "connect_attempts"
    __table_args__ = (UniqueConstraint("state_hash"), Index(None, "tenant_id", "created_at"))

    platform: Mapped[str]
    state_hash: Mapped[str]
    # PKCE verifier before the return, the grant and its accounts after it; encrypted.
    secrets: Mapped[bytes | None]
    redirect_uri: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    # The channel that is connected anew; empty for a new one.
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    # begun, choosing, done, failed
    status: Mapped[str]
    # What may be chosen, without secrets.
    choices: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    scopes: Mapped[list[str] | None]
    problem: Mapped[str | None]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


class HoldRow(IdRow, Base):
    """A kill switch. On while `released_at` is empty; kept for ever. `tenant_id` is empty for the scope `all`."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint(
            "(scope = 'all' AND tenant_id IS NULL AND channel_id IS NULL)"
            " OR (scope = 'tenant' AND tenant_id IS NOT NULL AND channel_id IS NULL)"
            " OR (scope = 'channel' AND tenant_id IS NOT NULL AND channel_id IS NOT NULL)",
            "scope",
        ),
        Index(
            "uq_holds_on", "scope", text("coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')"),
            text("coalesce(channel_id, '00000000-0000-0000-0000-000000000000')"),
            unique=True, postgresql_where=text("released_at IS NULL"),
        ),
    )  # fmt: skip

    scope: Mapped[str]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
