"""Whether a channel has said the same words lately: the facts behind a warning (reference/lessons 16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork

REMEMBERED = timedelta(days=90)
_COUNTED = (PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISHED)
_MOST = 3


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """Another post with the same words on the same channel. `at`: when it went out or is to go out (UTC)."""

    post_id: UUID
    title: str
    status: PostStatus
    at: datetime | None


def find_repetitions(work: UnitOfWork, post: Post) -> tuple[Repetition, ...]:
    """Posts that say the same as this one, approved or published within the last 90 days, newest first."""
    if post.content_hash is None or post.channel_id is None:
        return ()
    at = func.coalesce(Post.published_at, Post.publish_at)
    query = (
        select(Post.id, Post.title, Post.status, at.label("at"))
        .where(
            Post.tenant_id == post.tenant_id, Post.channel_id == post.channel_id,
            Post.content_hash == post.content_hash, Post.id != post.id, Post.status.in_(_COUNTED),
            func.coalesce(at, Post.status_since) > work.now - REMEMBERED,
        )
        .order_by(at.desc().nulls_first(), Post.id.desc())
        .limit(_MOST)
    )  # fmt: skip
    return tuple(
        Repetition(post_id=row.id, title=row.title, status=PostStatus(row.status), at=row.at)
        for row in work.session.execute(query)
    )
