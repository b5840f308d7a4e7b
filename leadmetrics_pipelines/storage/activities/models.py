"""Activities: the units of work, with the lease and fence of whoever works on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Activity(IdRow, TenantRow, Base):
    """A work item for an agent or a person.

    `fence` grows by one with each claim; an answer that carries an older fence comes from a worker that was given up
    and is refused. `ready_at` is the earliest instant of a claim (the undo time of the decision that caused it).
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("assignee IN ('agent', 'human')", "assignee"),
        # One live activity per step and unit: what makes spawning repeatable.
        Index(
            "uq_activities_live_period_step", "period_id", "step_key", unique=True,
            postgresql_where=text("request_id IS NULL AND status NOT IN ('cancelled', 'skipped')"),
        ),
        Index(
            "uq_activities_live_unit_step", "request_id", "post_id", "step_key", unique=True,
            postgresql_where=text("request_id IS NOT NULL AND status NOT IN ('cancelled', 'skipped')"),
            postgresql_nulls_not_distinct=True,
        ),
        # One live activity about one thing that needs a person (a channel to reconnect, a low score): `dedupe_key`.
        Index(
            "uq_activities_live_concern", "tenant_id", "dedupe_key", unique=True,
            postgresql_where=text("dedupe_key IS NOT NULL AND status NOT IN ('completed', 'cancelled', 'skipped')"),
        ),
        Index(
            "ix_activities_agent_work", "agent_role", "ready_at",
            postgresql_where=text("assignee = 'agent' AND status IN ('assigned', 'rejected', 'in_progress')"),
        ),
        Index(None, "tenant_id", "period_id"),
    )  # fmt: skip

    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("content_requests.id"))
    # The post of a unit step; a social request has one per channel.
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    # What it is about outside any pipeline, e.g. a channel.
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    dedupe_key: Mapped[str | None]
    # What a person has to do, in words; empty where the step says it all.
    instructions: Mapped[str] = mapped_column(default="", server_default="")
    due_at: Mapped[datetime | None]
    step_key: Mapped[str]
    name: Mapped[str]
    assignee: Mapped[str]
    agent_role: Mapped[str | None]
    human_role: Mapped[str | None]
    status: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    ready_at: Mapped[datetime]
    # Reviewers' notes that the next attempt must take up: [{"by", "decision", "text", "request_id"?}].
    notes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    problem: Mapped[str | None]
    run_id: Mapped[str | None]
    created_at: Mapped[datetime]
    status_since: Mapped[datetime]
    completed_at: Mapped[datetime | None]
