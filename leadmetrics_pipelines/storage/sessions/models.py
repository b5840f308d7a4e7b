"""Sessions: one execution each, with its transcript and its model calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Session(IdRow, TenantRow, Base):
    """One execution of an activity by an agent."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "activity_id", "started_at"), Index(None, "tenant_id", "started_at"))

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activities.id"))
    agent_role: Mapped[str]
    fence: Mapped[int]
    status: Mapped[str]
    error: Mapped[str | None]
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    # Micro-USD; empty when a model's price is not known.
    cost_microusd: Mapped[int | None] = mapped_column(BigInteger)
    run_id: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SessionEvent(IdRow, TenantRow, Base):
    """One line of a transcript. Append-only."""

    __tablename__ = "session_events"
    __table_args__ = (UniqueConstraint("session_id", "position"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    position: Mapped[int]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class ModelCallRow(IdRow, TenantRow, Base):
    """One call of a language model: what it cost and how it ended. Append-only."""

    __tablename__ = "model_calls"
    __table_args__ = (Index(None, "session_id"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id"))
    model: Mapped[str]
    stop_reason: Mapped[str]
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cost_microusd: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[str | None]
    milliseconds: Mapped[int]
    at: Mapped[datetime]
