"""The ledger of outside writes, and the publisher's heartbeat."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class Publication(IdRow, TenantRow, Base):
    """One post's way out, one row per post and channel. Its id is the marker in the body on the platform."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("post_id", "channel_id", "part"),
        Index(None, "channel_id", "sent_at"),
        Index(
            "ix_publications_open", "tenant_id", "channel_id",
            postgresql_where=text("state IN ('intended', 'sending', 'unconfirmed')"),
        ),
    )  # fmt: skip

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    # What of the post: `post`, or `comment` for its first comment, which is a write of its own.
    part: Mapped[str] = mapped_column(default="post", server_default="post")
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    seal: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    # How often the site was looked at for an outcome that was not known.
    looks: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    # Remote ids of what was placed for the version under `seal`; another version starts without any.
    handles: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    remote_id: Mapped[str | None]
    remote_url: Mapped[str | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    run_id: Mapped[str | None]
    intended_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class PublicationEvent(IdRow, TenantRow, Base):
    """Each step of a publication, in order. Append-only."""

    __tablename__ = "publication_events"
    __table_args__ = (Index(None, "publication_id", "at"),)

    publication_id: Mapped[UUID] = mapped_column(ForeignKey("publications.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    attempt: Mapped[int]
    detail: Mapped[str]
    at: Mapped[datetime]


class Heartbeat(Base):
    """When a part of the platform last ran, so that pages can say when it stands still."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
