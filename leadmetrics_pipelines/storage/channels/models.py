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
    __table_args__ = (UniqueConstraint("tenant_id", "platform", "base_url"), Index(None, "tenant_id", "id"))

    platform: Mapped[str]
    name: Mapped[str]
    base_url: Mapped[str]
    status: Mapped[str]
    credentials: Mapped[bytes | None]
    # What the platform said about the account: user name, site name.
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status_reason: Mapped[str | None]
    max_per_hour: Mapped[int | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


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
