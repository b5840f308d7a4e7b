"""Finding posts by id, and addresses (slugs) that are free on their site."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, text

from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.text import SLUG_LENGTH
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork

# For rows that change and keep their ids: whoever inserts a row that refers to them need not wait.
ROW_LOCK = {"key_share": True}


def get_post(work: UnitOfWork, post_id: UUID, *, lock: bool = False) -> Post:
    """The post's row. Raises NotFound.

    Locks are taken in one order everywhere: posts, requests, approvals, activities, periods.
    """
    post = work.session.get(Post, post_id, with_for_update=ROW_LOCK if lock else None, populate_existing=lock)
    if post is None:
        msg = "There is no such post in this tenant."
        raise NotFound(msg)
    return post


def hold_slugs(work: UnitOfWork, channel_id: UUID | None) -> None:
    """Choose addresses on this site one transaction after the other, so that two never choose the same."""
    work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"slugs/{channel_id}"}
    )


def free_slug(work: UnitOfWork, channel_id: UUID | None, slug: str, post_id: UUID) -> str:
    """The slug, or the slug with the first number that makes it the only one on its site."""
    hold_slugs(work, channel_id)
    stem = slug[: SLUG_LENGTH - 5]
    taken = set(
        work.session.scalars(
            select(Post.slug).where(
                Post.channel_id == channel_id, func.starts_with(Post.slug, stem), Post.id != post_id
            )
        )
    )
    return next(
        candidate for n in range(1, len(taken) + 3) if (candidate := slug if n == 1 else f"{stem}-{n}") not in taken
    )


def check_instant(at: datetime | None) -> datetime | None:
    """The instant in UTC and whole seconds, as sites take it; InvalidInput when it does not say in which zone it is."""
    if at is None:
        return None
    if at.tzinfo is None:
        msg = "Give the time with its zone, for example 2026-11-20T09:00:00+01:00."
        raise InvalidInput(msg, field="publish_at")
    return at.astimezone(UTC).replace(microsecond=0)
