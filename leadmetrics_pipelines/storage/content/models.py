"""Requests, blog posts, images and comments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow, TenantRow


class BlogRequest(IdRow, TenantRow, Base):
    """The brief of one blog post. Without a period it is ad hoc and counts against no deliverable.

    Earlier versions of the brief are in the document store under `request/<id>`.
    """

    __tablename__ = "blog_requests"
    __table_args__ = (
        Index(None, "tenant_id", "status"),
        Index(None, "period_id"),
        CheckConstraint("period_id IS NOT NULL OR is_ad_hoc", "origin"),
    )

    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
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


class BlogPost(IdRow, TenantRow, Base):
    """The post itself. The words of each version are in the document store under `post/<id>`."""

    __tablename__ = "blog_posts"
    __table_args__ = (
        UniqueConstraint("request_id"),
        # One slug per site: WordPress would silently make `slug-2` of the second.
        UniqueConstraint("channel_id", "slug"),
        Index(None, "tenant_id", "status"),
        Index(None, "period_id"),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey("blog_requests.id"))
    period_id: Mapped[UUID | None] = mapped_column(ForeignKey("deliverable_periods.id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id"))
    title: Mapped[str]
    slug: Mapped[str]
    status: Mapped[str]
    # Version of the words in the document store, 0 while nothing is written.
    version: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str | None]
    publish_at: Mapped[datetime | None]
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
