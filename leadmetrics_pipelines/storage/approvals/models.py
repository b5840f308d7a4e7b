"""Approvals and the record of decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Approval(IdRow, TenantRow, Base):
    """One human gate, bound to one version of one subject by the seal of what is seen."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index(
            "uq_approvals_open_subject", "subject_kind", "subject_id", unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_approvals_inbox", "tenant_id", "opened_at", "id", postgresql_where=text("status = 'open'")),
        Index(None, "subject_id"),
    )  # fmt: skip

    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int]
    seal: Mapped[str]
    status: Mapped[str]
    title: Mapped[str]
    # Why it is here: asked by whom, or what changed since it was approved.
    asked_by: Mapped[str]
    cause: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_by_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None]
    undo_until: Mapped[datetime | None]


class DecisionRow(IdRow, TenantRow, Base):
    """Who, when, from what to what, on which seal, why, by which route. Append-only: the app may not change it."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "tenant_id", "subject_id", "at"), Index(None, "approval_id"))

    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int]
    seal: Mapped[str]
    event: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    route: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
