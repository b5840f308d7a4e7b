"""Everything that is being made or was made: requests with their posts, newest first; and search by title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, tuple_

from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.services.views.keysets import Place
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod

PAGE = 50
MOST_FOUND = 8


class ContentStage(StrEnum):
    """How far a piece of content is, in the words of the filter."""

    BRIEF = "brief"
    WRITING = "writing"
    REVIEW = "review"
    APPROVED = "approved"
    LIVE = "live"
    TROUBLE = "trouble"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class ContentFilter:
    """What to show; None shows all."""

    stage: ContentStage | None = None
    month: Month | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContentRow:
    """One post and its request, or a request without any yet. Instants are UTC."""

    request_id: UUID
    kind: ContentKind
    request_status: RequestStatus
    title: str
    created_at: datetime
    is_ad_hoc: bool
    month: Month | None
    channel_name: str | None
    author_name: str
    post_id: UUID | None
    post_status: PostStatus | None
    status_since: datetime
    published_url: str | None
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class ContentPage:
    """Some rows, and the place to go on from when there are more."""

    rows: tuple[ContentRow, ...]
    more_after: Place | None


_STAGES = {
    ContentStage.BRIEF: ContentRequest.status.in_(
        (RequestStatus.DRAFT, RequestStatus.PENDING_APPROVAL, RequestStatus.REJECTED)
    ),
    ContentStage.WRITING: Post.status.in_((PostStatus.DRAFT, PostStatus.WRITING)),
    ContentStage.REVIEW: Post.status == PostStatus.REVIEW,
    ContentStage.APPROVED: Post.status.in_((PostStatus.APPROVED, PostStatus.SCHEDULED)),
    ContentStage.LIVE: Post.status == PostStatus.PUBLISHED,
    ContentStage.TROUBLE: Post.status == PostStatus.PUBLISH_FAILED,
    ContentStage.CLOSED: ContentRequest.status == RequestStatus.CLOSED,
}


# A row is a post, or a request that has none yet.
_ROW_ID = func.coalesce(Post.id, ContentRequest.id)


def list_content(
    work: UnitOfWork, wanted: ContentFilter, *, after: Place | None = None, limit: int = PAGE
) -> ContentPage:
    """The next rows, newest first."""
    query = _rows(work)
    if wanted.stage is not None:
        stage = _STAGES[wanted.stage]
        live = ContentRequest.status != RequestStatus.CLOSED
        query = query.where(stage if wanted.stage is ContentStage.CLOSED else and_(stage, live))
    if wanted.month is not None:
        query = query.where(DeliverablePeriod.month == wanted.month.first_day)
    if wanted.text:
        query = query.where(_has(wanted.text))
    if after is not None:
        query = query.where(tuple_(ContentRequest.created_at, _ROW_ID) < tuple_(after.at, after.id))
    rows = [_read(row) for row in work.session.execute(query.limit(limit + 1))]
    more, rows = len(rows) > limit, rows[:limit]
    place = Place(rows[-1].created_at, rows[-1].post_id or rows[-1].request_id) if more else None
    return ContentPage(rows=tuple(rows), more_after=place)


def find_content(work: UnitOfWork, text: str, *, limit: int = MOST_FOUND) -> tuple[ContentRow, ...]:
    """The newest requests and posts whose title has this text."""
    return list_content(work, ContentFilter(text=text), limit=limit).rows


def _has(text: str) -> Any:  # noqa: ANN401 - a SQL condition
    return or_(ContentRequest.title.icontains(text, autoescape=True), Post.title.icontains(text, autoescape=True))


def _rows(work: UnitOfWork) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ContentRequest, Post.id.label("post_id"), Post.status.label("post_status"),
            Post.title.label("post_title"), Post.status_since.label("post_since"), Post.published_url,
            Post.problem, Post.author_name.label("post_author"), DeliverablePeriod.month,
            Channel.name.label("channel_name"),
        )
        .outerjoin(Post, Post.request_id == ContentRequest.id)
        .outerjoin(DeliverablePeriod, DeliverablePeriod.id == ContentRequest.period_id)
        .outerjoin(Channel, Channel.id == func.coalesce(Post.channel_id, ContentRequest.channel_id))
        .where(ContentRequest.tenant_id == work.tenant_id)
        .order_by(ContentRequest.created_at.desc(), _ROW_ID.desc())
    )  # fmt: skip


def _read(row: Row[*tuple[Any, ...]]) -> ContentRow:
    request: ContentRequest = row.ContentRequest
    return ContentRow(
        request_id=request.id, kind=ContentKind(request.kind), request_status=RequestStatus(request.status),
        title=row.post_title or request.title,
        created_at=request.created_at, is_ad_hoc=request.is_ad_hoc, month=Month(row.month) if row.month else None,
        channel_name=row.channel_name, author_name=row.post_author or request.author_name, post_id=row.post_id,
        post_status=PostStatus(row.post_status) if row.post_status else None,
        status_since=row.post_since or request.status_since, published_url=row.published_url, problem=row.problem,
    )  # fmt: skip
