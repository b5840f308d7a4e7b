"""Alerts: what a person should know now, kept after it is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Alert(IdRow, TenantRow, Base):
    """One standing concern. `dedupe_key` names it while it lasts; it ends by `resolved_at`, never by deletion."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("uq_alerts_open", "tenant_id", "dedupe_key", unique=True, postgresql_where=text("resolved_at IS NULL")),
        Index(None, "tenant_id", "opened_at"),
    )

    # channel_expired, channel_revoked, version_sunset, post_gone, ...
    kind: Mapped[str]
    # information, attention, blocked
    severity: Mapped[str]
    dedupe_key: Mapped[str]
    title: Mapped[str]
    # The cause and the next click, in words.
    detail: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    # The task that was opened for a person.
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activities.id"))
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
