"""First comments: written under a post once it is out, each with a ledger row of its own.

The same rules as for the post: written down before the call, one call, and after an answer that was lost a look by the
comment's own text before anything else. A comment that cannot be written leaves its post as it is; a person is told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.contents import SocialContent
from leadmetrics_pipelines.domain.pipelines import HumanRole
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import LeadmetricsError, OutcomeUnknown, PassingError, RateLimited
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.platforms.publishing import Commenter, LivePost, Look
from leadmetrics_pipelines.services.alerts import PersonTask, Severity, raise_alert
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.poster.ledger import (
    COMMENT,
    count_failed_tries,
    lock_publication,
    move_publication,
    record_step,
)
from leadmetrics_pipelines.services.poster.lock import PosterLock
from leadmetrics_pipelines.services.poster.outcomes import BACK_OFF, LONGEST_PAUSE, LOOK_AGAIN
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

_S = PublicationState
_OPEN = (_S.INTENDED, _S.SENDING, _S.UNCONFIRMED)


@dataclass(frozen=True, kw_only=True)
class OpenComment:
    """A first comment that is not settled. `text`: as it was approved; `remote_id`: of the post it belongs under."""

    publication_id: UUID
    state: PublicationState
    attempt: int
    text: str
    remote_id: str


def intend_comment(work: UnitOfWork, post: Post, row: Publication) -> None:
    """The post is out: its first comment is intended, with the post's own approval and seal. Repeatable."""
    content = read_post(work, post.id).content
    if not isinstance(content, SocialContent) or not content.first_comment or post.seal != row.seal:
        return
    query = select(Publication.id).where(Publication.post_id == post.id, Publication.part == COMMENT)
    if work.session.scalar(query) is not None:
        return
    comment = Publication(
        id=new_id(), tenant_id=row.tenant_id, post_id=row.post_id, channel_id=row.channel_id, part=COMMENT,
        approval_id=row.approval_id, seal=row.seal, slug="", state=_S.INTENDED, attempt=0, looks=0, handles={},
        intended_at=work.now, run_id=row.run_id,
    )  # fmt: skip
    work.session.add(comment)
    record_step(work, comment, None, "The post is out")


def is_due(now: datetime) -> ColumnElement[bool]:
    """Comments that a pass can do something about now."""
    waits = or_(Publication.retry_at.is_(None), Publication.retry_at <= now)
    lapsed = or_(Publication.state != _S.SENDING, Publication.lease_until <= now)
    return and_(Publication.part == COMMENT, Publication.state.in_(_OPEN), waits, lapsed)


@dataclass(frozen=True, kw_only=True)
class Commenting:
    """The comments of one channel, by its only poster."""

    open_work: Callable[[], AbstractContextManager[UnitOfWork]]
    commenter: Commenter
    channel_id: UUID
    lock: PosterLock
    lease: timedelta
    settles_after: float

    def run(self) -> None:
        """Look for what is in doubt, then write what is due."""
        for comment in self._list(_S.UNCONFIRMED):
            self._look(comment)
        for comment in self._list(_S.INTENDED):
            self._write(comment)

    def _list(self, state: PublicationState) -> list[OpenComment]:
        with self.open_work() as work:
            query = (
                select(Publication, Post)
                .join(Post, Post.id == Publication.post_id)
                .where(
                    is_due(work.now), Publication.channel_id == self.channel_id, Publication.state == state,
                    Post.status == PostStatus.PUBLISHED, Post.seal == Publication.seal, Post.remote_id.is_not(None),
                )
                .order_by(Publication.intended_at, Publication.id)
            )  # fmt: skip
            found = [(row, post, read_post(work, post.id)) for row, post in work.session.execute(query)]
            return [
                OpenComment(
                    publication_id=row.id, state=state, attempt=row.attempt, text=version.content.first_comment,
                    remote_id=post.remote_id or "",
                )
                for row, post, version in found
                if isinstance(version.content, SocialContent) and version.seal == row.seal
            ]  # fmt: skip

    def _look(self, comment: OpenComment) -> None:
        try:
            seen: Look | LeadmetricsError = self.commenter.find_comment(comment.remote_id, comment.text)
        except LeadmetricsError as error:
            seen = error
        with self.open_work() as work:
            row = lock_publication(work, comment.publication_id)
            if row.state != _S.UNCONFIRMED:
                return
            if isinstance(seen, Look) and seen.ours is not None:
                _confirm(work, row, seen.ours)
                return
            row.looks += 1
            settled_from = (row.sent_at or row.intended_at) + timedelta(seconds=self.settles_after)
            if isinstance(seen, Look) and seen.is_certain and work.now >= settled_from:
                _try_later(work, row, OutcomeUnknown("Looked under the post: the comment is certainly not there"))
                row.retry_at = None
                return
            wait = work.now + timedelta(seconds=LOOK_AGAIN[min(row.looks, len(LOOK_AGAIN)) - 1])
            row.retry_at = max(wait, settled_from)

    def _write(self, comment: OpenComment) -> None:
        with self.open_work() as work:
            row = lock_publication(work, comment.publication_id)
            if row.state != _S.INTENDED or row.attempt != comment.attempt:
                return
            row.attempt += 1
            row.worker, row.lease_until, row.sent_at = self.lock.worker, work.now + self.lease, work.now
            row.retry_at = None
            move_publication(work, row, _S.SENDING, f"Attempt {row.attempt}")
            attempt, now = row.attempt, work.now
        objection = self.lock.find_objection(
            comment.publication_id, attempt=attempt, now=now, released=(PostStatus.PUBLISHED,)
        )
        if objection is not None:
            self._settle(comment, PassingError(objection))
            return
        try:
            made: LivePost | LeadmetricsError = self.commenter.comment(comment.remote_id, comment.text)
        except LeadmetricsError as error:
            made = error
        self._settle(comment, made)

    def _settle(self, comment: OpenComment, made: LivePost | LeadmetricsError) -> None:
        with self.open_work() as work:
            row = lock_publication(work, comment.publication_id)
            if row.state not in (_S.SENDING, _S.UNCONFIRMED):
                return
            if isinstance(made, LivePost):
                _confirm(work, row, made)
            elif isinstance(made, OutcomeUnknown):
                move_publication(work, row, _S.UNCONFIRMED, str(made), code=made.code)
                row.retry_at = work.now + timedelta(seconds=LOOK_AGAIN[0])
            elif isinstance(made, PassingError):
                _try_later(work, row, made)
            else:
                _refuse(work, row, str(made), made.code)


def _confirm(work: UnitOfWork, row: Publication, made: LivePost) -> None:
    row.remote_id, row.remote_url = made.remote_id, made.url
    move_publication(work, row, _S.CONFIRMED, "The first comment is under the post")


def _try_later(work: UnitOfWork, row: Publication, error: PassingError) -> None:
    tries = count_failed_tries(work, row)
    if tries >= len(BACK_OFF):
        _refuse(work, row, f"Given up after {tries + 1} tries. The last one: {error}", error.code)
        return
    asked = error.retry_after if isinstance(error, RateLimited) and error.retry_after is not None else 0.0
    move_publication(work, row, _S.INTENDED, str(error), code=error.code)
    row.retry_at = work.now + timedelta(seconds=min(max(BACK_OFF[tries], asked), LONGEST_PAUSE))


def _refuse(work: UnitOfWork, row: Publication, detail: str, code: str) -> None:
    """The post is out and stays; its comment is for a person now."""
    move_publication(work, row, _S.REFUSED, detail, code=code)
    post = work.session.get_one(Post, row.post_id)
    post.differences = [*post.differences, f"The first comment was not written: {detail}"]
    name = f"Write the first comment under '{post.title}'"
    raise_alert(
        work, kind="publication.comment", severity=Severity.ATTENTION, dedupe_key=f"post:{post.id}:comment",
        title=name, detail=detail, subject_kind="post", subject_id=post.id, channel_id=row.channel_id,
        task=PersonTask(
            step_key="write_comment", name=name, role=HumanRole.REVIEWER,
            instructions=f"The post is out, its first comment is not: {detail} Write it on the platform by hand.",
        ),
    )  # fmt: skip


def list_due_channels(work: UnitOfWork) -> list[UUID]:
    """The channels with a comment to write or to look for, of what the unit of work may see."""
    return list(work.session.scalars(select(Publication.channel_id).where(is_due(work.now)).distinct()))
