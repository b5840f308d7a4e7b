"""The audit log: every change of state, for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow


class AuditRow(IdRow, Base):
    """One change: who, when, by which route, on what, from what to what, why. Append-only.

    `tenant_id` is empty for what concerns the platform as a whole; such rows no tenant sees.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "tenant_id", "at", "id"),
        Index(None, "tenant_id", "subject_id"),
    )

    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    route: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
