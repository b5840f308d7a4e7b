"""What was read of channels: daily figures, monthly snapshots, health scores; and the goals that scores serve."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class ChannelFigure(TenantRow, Base):
    """One figure of one channel and day (the platform's own time zone). Upserted: platforms restate."""

    __tablename__ = "channel_figures"
    __table_args__ = (Index(None, "tenant_id", "day"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id", ondelete="RESTRICT"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True, default="")
    value: Mapped[float]
    read_at: Mapped[datetime]


class ChannelSnapshot(IdRow, TenantRow, Base):
    """The facts of a channel for one month, as last read. Each fact: value or null, source, why it is unknown."""

    __tablename__ = "channel_snapshots"
    __table_args__ = (UniqueConstraint("channel_id", "month"), Index(None, "tenant_id", "month"))

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    month: Mapped[date]
    facts: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    # Why nothing could be read, in words; the facts are those of before then.
    problem: Mapped[str | None]
    run_id: Mapped[str | None]
    taken_at: Mapped[datetime]


class ChannelScore(IdRow, TenantRow, Base):
    """The health of a channel in one month: 0 to 100, of what is known."""

    __tablename__ = "channel_scores"
    __table_args__ = (
        UniqueConstraint("channel_id", "month"),
        Index(None, "tenant_id", "month"),
        CheckConstraint("total IS NULL OR total BETWEEN 0 AND 100", "total"),
        CheckConstraint("known BETWEEN 0 AND 1", "known"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    month: Mapped[date]
    # None: nothing is known.
    total: Mapped[float | None]
    # The share of the weights whose dimension is known, 0 to 1.
    known: Mapped[float]
    # [{"key", "score" or null, "weight", "facts": [...], "unknown_since", "explanation"}]
    dimensions: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    formula: Mapped[str]
    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("channel_snapshots.id"))
    run_id: Mapped[str | None]
    computed_at: Mapped[datetime]


class Goal(IdRow, TenantRow, Base):
    """A measurable outcome with a target and a date, e.g. "Improve LinkedIn score from 68 to 80 in 3 months"."""

    __tablename__ = "goals"
    __table_args__ = (Index(None, "tenant_id", "status"),)

    kind: Mapped[str]
    name: Mapped[str]
    metric: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    start_value: Mapped[float | None]
    current_value: Mapped[float | None]
    target_value: Mapped[float]
    starts_on: Mapped[date]
    target_date: Mapped[date]
    # on_track, at_risk, achieved, missed, closed
    status: Mapped[str]
    created_at: Mapped[datetime]
    status_since: Mapped[datetime]
