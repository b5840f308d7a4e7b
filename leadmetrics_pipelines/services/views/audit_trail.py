"""The audit log as people read it: newest first, by filter, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_, union_all

from leadmetrics_pipelines.services.views.keysets import Place
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork

PAGE = 50
_TITLED = ("request", "post", "late_post")
MOST_OF_ONE = 200


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What to show; None shows all. `action` is the start of an action's name, e.g. `approval.`."""

    subject_kind: str | None = None
    action: str | None = None
    actor: str | None = None


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One change. `at` is UTC."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_name: str
    route: str
    action: str
    subject_kind: str
    subject_id: str
    subject_title: str
    from_state: str | None
    to_state: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Some lines, and the place to go on from when there are more."""

    lines: tuple[AuditLine, ...]
    more_after: Place | None


def list_audit(work: UnitOfWork, wanted: AuditFilter, *, after: Place | None = None, limit: int = PAGE) -> AuditPage:
    """The next lines, newest first."""
    query = (
        select(AuditRow).where(AuditRow.tenant_id == work.tenant_id).order_by(AuditRow.at.desc(), AuditRow.id.desc())
    )
    if wanted.subject_kind is not None:
        query = query.where(AuditRow.subject_kind == wanted.subject_kind)
    if wanted.action is not None:
        query = query.where(func.starts_with(AuditRow.action, wanted.action))
    if wanted.actor is not None:
        query = query.where(AuditRow.actor_name == wanted.actor)
    if after is not None:
        query = query.where(tuple_(AuditRow.at, AuditRow.id) < tuple_(after.at, after.id))
    rows = work.session.scalars(query.limit(limit + 1)).all()
    titles = _read_titles(work, rows)
    lines = tuple(_read(row, titles) for row in rows[:limit])
    more = len(rows) > limit
    return AuditPage(lines=lines, more_after=Place(lines[-1].at, lines[-1].id) if more else None)


def read_trail_of(work: UnitOfWork, subject_id: str) -> tuple[AuditLine, ...]:
    """All that happened to one thing, newest first."""
    rows = work.session.scalars(
        select(AuditRow)
        .where(AuditRow.tenant_id == work.tenant_id, AuditRow.subject_id == subject_id)
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(MOST_OF_ONE)
    )
    return tuple(_read(row, {}) for row in rows)


def _read_titles(work: UnitOfWork, rows: Sequence[AuditRow]) -> Mapping[str, str]:
    """The present titles of the requests and posts in these rows."""
    ids = {UUID(row.subject_id) for row in rows if row.subject_kind in _TITLED}
    if not ids:
        return {}
    both = union_all(
        select(ContentRequest.id, ContentRequest.title).where(ContentRequest.id.in_(ids)),
        select(Post.id, Post.title).where(Post.id.in_(ids)),
    )
    return {str(row.id): row.title for row in work.session.execute(both)}


def _read(row: AuditRow, titles: Mapping[str, str]) -> AuditLine:
    title = titles.get(row.subject_id) or row.detail.get("title") or row.detail.get("name") or ""
    return AuditLine(
        id=row.id, at=row.at, actor_kind=row.actor_kind, actor_name=row.actor_name, route=row.route, action=row.action,
        subject_kind=row.subject_kind, subject_id=row.subject_id, subject_title=str(title), from_state=row.from_state,
        to_state=row.to_state, reason=row.reason,
    )  # fmt: skip
