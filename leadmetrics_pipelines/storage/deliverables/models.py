"""Deliverables and their months."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Deliverable(IdRow, TenantRow, Base):
    """A monthly promise, e.g. ten blog posts to one channel."""

    __tablename__ = "deliverables"
    __table_args__ = (
        CheckConstraint("monthly_quantity BETWEEN 1 AND 500", "monthly_quantity"),
        Index(None, "tenant_id", "is_active"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    monthly_quantity: Mapped[int]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    # Of social posts: every channel they go to, `channel_id` among them.
    channel_ids: Mapped[list[UUID]] = mapped_column(default=list, server_default="{}")
    goal: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class DeliverablePeriod(IdRow, TenantRow, Base):
    """One deliverable in one month. `completed_count` is recounted from the posts, never incremented blindly."""

    __tablename__ = "deliverable_periods"
    __table_args__ = (
        UniqueConstraint("deliverable_id", "month"),
        Index(None, "tenant_id", "month"),
        CheckConstraint("extract(day from month) = 1", "month"),
    )

    deliverable_id: Mapped[UUID] = mapped_column(ForeignKey("deliverables.id"))
    month: Mapped[date]
    status: Mapped[str]
    target_quantity: Mapped[int]
    completed_count: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    # The Dagster run that made it, for the link.
    run_id: Mapped[str | None]
    created_at: Mapped[datetime]
