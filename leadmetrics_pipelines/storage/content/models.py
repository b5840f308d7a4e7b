"""Requests, posts (blog posts, social posts, newsletters), images and comments."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class ContentRequest(IdRow, TenantRow, Base):
    """The brief of one piece of content (BlogRequest, SocialMediaRequest, newsletter). Without a period it is ad hoc.

    Ad hoc requests count against no deliverable. Earlier versions of the brief are in the document store under
    `request/<id>`.
    """

    __tablename__ = "content_requests"
    __table_args__ = (
        Index(None, "tenant_id", "status"),
        Index(None, "period_id"),
        CheckConstraint("period_id IS NOT NULL OR is_ad_hoc", "origin"),
    )

    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    # blog, social, newsletter
    kind: Mapped[str] = mapped_column(default="blog", server_default="blog")
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    # Of a social request: every channel it becomes a post for, `channel_id` among them.
    channel_ids: Mapped[list[UUID]] = mapped_column(default=list, server_default="{}")
    is_ad_hoc: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str]
    target_keyword: Mapped[str]
    search_intent: Mapped[str]
    audience: Mapped[str]
    brief: Mapped[str]
    priority: Mapped[str] = mapped_column(default="normal")
    publish_at: Mapped[datetime | None]
    status: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    # Who wrote the present version: a user's id, or the role of an agent. Four eyes look at these.
    author_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    editor_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    author_name: Mapped[str]
    run_id: Mapped[str | None]
    created_at: Mapped[datetime]
    status_since: Mapped[datetime]


class Post(IdRow, TenantRow, Base):
    """A content entity: BlogPost, SocialPost (one per target channel) or newsletter, by `kind`.

    The words of each version are in the document store under `post/<id>`. `slug` is empty unless it is a blog post.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("request_id", "channel_id", postgresql_nulls_not_distinct=True),
        # One slug per site: WordPress would silently make `slug-2` of the second.
        Index("uq_posts_channel_id_slug", "channel_id", "slug", unique=True, postgresql_where=text("slug <> ''")),
        # The same words twice on one channel within weeks is mostly a mistake (reference/lessons 16).
        Index(None, "channel_id", "content_hash"),
        Index("ix_posts_due", "tenant_id", "publish_at", postgresql_where=text("status IN ('approved', 'scheduled')")),
        Index(None, "tenant_id", "status"),
        Index(None, "period_id"),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey("content_requests.id"))
    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    # blog, social, newsletter
    kind: Mapped[str] = mapped_column(default="blog", server_default="blog")
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    title: Mapped[str]
    slug: Mapped[str]
    status: Mapped[str]
    # Version of the words in the document store, 0 while nothing is written.
    version: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str | None]
    publish_at: Mapped[datetime | None]
    # The slot as people set it: wall time without a zone, and the zone it is meant in; `publish_at` follows from them.
    publish_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    publish_zone: Mapped[str | None]
    # SHA-256 over text, link and pictures of the present version.
    content_hash: Mapped[str | None]
    # Set when a person lets a missed post out late.
    late_allowed_at: Mapped[datetime | None]
    author_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    editor_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    author_name: Mapped[str]
    published_url: Mapped[str | None]
    published_at: Mapped[datetime | None]
    remote_id: Mapped[str | None]
    # What the platform changed in what we sent, in words.
    differences: Mapped[list[str]] = mapped_column(default=list)
    # What the daily watch saw on the platform: live, edited, deleted, rejected.
    live_state: Mapped[str | None]
    live_detail: Mapped[str | None]
    live_checked_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    run_id: Mapped[str | None]
    created_at: Mapped[datetime]
    status_since: Mapped[datetime]


class ImageFile(TenantRow, Base):
    """The bytes of an image, stored once per tenant under their SHA-256."""

    __tablename__ = "image_files"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    data: Mapped[bytes]
    created_at: Mapped[datetime]


class Comment(IdRow, TenantRow, Base):
    """A remark on a request or a post. Append-only."""

    __tablename__ = "comments"
    __table_args__ = (Index(None, "tenant_id", "subject_id", "created_at"),)

    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    author_kind: Mapped[str]
    author_name: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]


class ChannelSlot(IdRow, TenantRow, Base):
    """A weekly time at which a channel publishes: local wall time in the tenant's time zone."""

    __tablename__ = "channel_slots"
    __table_args__ = (
        UniqueConstraint("channel_id", "weekday", "local_time"),
        CheckConstraint("weekday BETWEEN 0 AND 6", "weekday"),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    # 0 is Monday.
    weekday: Mapped[int]
    local_time: Mapped[time]
    created_at: Mapped[datetime]
