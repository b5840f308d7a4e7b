"""The ledger of outside writes: each step of a publication, with its event and its audit row, by the domain's table.

Only rows change here. What a step means for the post and its activities is in `outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PUBLICATION, PublicationState
from leadmetrics_pipelines.errors import Conflict, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.contents import PostVersion
from leadmetrics_pipelines.services.release import ReleaseCase
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication, PublicationEvent

_S = PublicationState
# What of a post a row is about: the post itself, or its first comment.
POST, COMMENT = "post", "comment"
# How a step begins that is no failed try: the platform is at work, or a quota is used up.
WAITS = "Waits: "


class Overtaken(Conflict):
    """Somebody else has taken the publication up; this worker leaves it alone."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One post on its way: the ledger row as it was when we took it up."""

    publication_id: UUID
    post_id: UUID
    title: str
    slug: str
    seal: str
    attempt: int
    sent_at: datetime | None
    # Remote ids of what was placed for this seal.
    handles: Mapping[str, str] = field(default_factory=dict)
    # The words, where they were read with the whole batch.
    version: PostVersion | None = None


def move_publication(
    work: UnitOfWork, row: Publication, target: PublicationState, detail: str, *, code: str | None = None
) -> None:
    """Move a ledger row. `code` and `detail` are kept as its error when the target is not a success."""
    current = PublicationState(row.state)
    row.state = PUBLICATION.check(current, target)
    row.error_code, row.error = (code, detail) if code else (None, None)
    if target is not _S.SENDING:
        row.worker = row.lease_until = None
    if target in (_S.CONFIRMED, _S.REFUSED):
        row.settled_at, row.retry_at = work.now, None
    record_step(work, row, current, detail)


def record_step(work: UnitOfWork, row: Publication, before: PublicationState | None, detail: str) -> None:
    """Write the event and the audit row of a step."""
    work.session.add(
        PublicationEvent(
            tenant_id=row.tenant_id, publication_id=row.id, from_state=before, to_state=row.state, attempt=row.attempt,
            detail=detail, at=work.now,
        )
    )  # fmt: skip
    work.audit(
        "publication.moved", subject_kind="post", subject_id=row.post_id, from_state=before, to_state=row.state,
        reason=detail, tenant_id=row.tenant_id,
        detail={"publication": str(row.id), "attempt": row.attempt, "seal": row.seal, "error_code": row.error_code},
    )  # fmt: skip


def intend(work: UnitOfWork, cases: Sequence[ReleaseCase], *, run_id: str | None, worker: str = "") -> list[Parcel]:
    """Write down what is going to be sent, before anything is: one row per post, `intended`. Repeatable.

    `worker`: who has taken it up; what it places afterwards is kept only while nobody else has.
    """
    ids = [case.post_id for case in cases]
    posts = {post.id: post for post in work.session.scalars(select(Post).where(Post.id.in_(ids)))}
    query = select(Publication).where(Publication.post_id.in_(ids), Publication.part == POST).with_for_update()
    rows = {(row.post_id, row.channel_id): row for row in work.session.scalars(query)}
    taken: list[Publication] = []
    for case in cases:
        post = posts[case.post_id]
        row = rows.get((case.post_id, post.channel_id)) if post.channel_id else None
        taken.append(_renew(work, row, case, post) if row else _begin(work, case, post))
        taken[-1].run_id, taken[-1].worker = run_id, worker or None
    work.session.flush()
    return [parcel_of(row, posts[row.post_id].title) for row in taken]


def _begin(work: UnitOfWork, case: ReleaseCase, post: Post) -> Publication:
    row = Publication(
        id=new_id(), tenant_id=case.tenant_id, post_id=case.post_id, channel_id=case.channel_id,
        approval_id=case.approval_id, seal=case.facts.approval_seal, slug=post.slug, state=_S.INTENDED, attempt=0,
        looks=0, intended_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    record_step(work, row, None, "Approved and due")
    return row


def _renew(work: UnitOfWork, row: Publication, case: ReleaseCase, post: Post) -> Publication:
    """An earlier row: after a back-off as it is; for a version approved since, with that version's seal."""
    if row.state == _S.REFUSED:
        move_publication(work, row, _S.INTENDED, "Another version was approved")
        row.intended_at, row.settled_at = work.now, None
    if row.seal != case.facts.approval_seal:
        # What was placed belongs to the version that it was placed for.
        row.handles = {}
    row.approval_id, row.seal, row.slug = case.approval_id or row.approval_id, case.facts.approval_seal or "", post.slug
    row.retry_at = None
    return row


def parcel_of(row: Publication, title: str) -> Parcel:
    """What the publisher carries of a ledger row."""
    return Parcel(
        publication_id=row.id, post_id=row.post_id, title=title, slug=row.slug, seal=row.seal, attempt=row.attempt,
        sent_at=row.sent_at, handles=dict(row.handles or {}),
    )  # fmt: skip


def keep_handles(work: UnitOfWork, parcel: Parcel, handles: Mapping[str, str], *, worker: str) -> None:
    """Write down what was placed, before anything else is. Commit before the next call.

    Raises Overtaken when the row is no longer this worker's: then the other one's handles stand.
    """
    kept = (
        update(Publication)
        .where(
            Publication.id == parcel.publication_id, Publication.state == _S.INTENDED,
            Publication.attempt == parcel.attempt, Publication.seal == parcel.seal, Publication.worker == worker,
        )
        .values(handles=dict(handles))
        .returning(Publication.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    # One statement: it stands between two calls of the platform.
    if work.session.execute(kept).first() is None:
        msg = "Somebody else took the publication up while something was placed for it."
        raise Overtaken(msg)


def begin_sending(work: UnitOfWork, parcel: Parcel, *, worker: str, lease: timedelta) -> int:
    """Write down that the call is being made now; the number of the attempt. Commit before calling.

    The post is locked, so that an edit either comes first (Conflict here) or is refused afterwards.
    """
    post, row, _request = lock_rows(work, parcel)
    ours = (_S.INTENDED, parcel.attempt, parcel.seal)
    if (row.state, row.attempt, row.seal) != ours or row.worker not in (None, worker):
        msg = f"Somebody else took the publication up: it is {row.state}, attempt {row.attempt}."
        raise Overtaken(msg)
    if post.status not in (PostStatus.APPROVED, PostStatus.SCHEDULED):
        msg = f"The post became {post.status} in the meantime."
        raise Overtaken(msg)
    row.attempt += 1
    row.worker, row.lease_until, row.sent_at, row.retry_at = worker, work.now + lease, work.now, None
    move_publication(work, row, _S.SENDING, f"Attempt {row.attempt}")
    return row.attempt


def lock_rows(work: UnitOfWork, parcel: Parcel) -> tuple[Post, Publication, ContentRequest]:
    """Post and ledger row, locked and read afresh, in one statement. Raises NotFound.

    The request comes along unlocked: who holds on to it spares the next look at it a statement of its own.
    """
    found = work.session.execute(
        select(Post, Publication, ContentRequest)
        .join(Publication, Publication.post_id == Post.id)
        .join(ContentRequest, ContentRequest.id == Post.request_id)
        .where(Publication.id == parcel.publication_id)
        .with_for_update(of=(Post, Publication))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        msg = "There is no such publication in this tenant."
        raise NotFound(msg)
    return found[0], found[1], found[2]


def lock_publication(work: UnitOfWork, publication_id: UUID) -> Publication:
    """The ledger row, locked and read afresh. Raises NotFound."""
    row = work.session.get(Publication, publication_id, with_for_update=True, populate_existing=True)
    if row is None:
        msg = "There is no such publication in this tenant."
        raise NotFound(msg)
    return row


def give_up_lapsed(work: UnitOfWork, *, channel_id: UUID | None = None) -> int:
    """Publications whose worker has given no sign past its lease become `unconfirmed`. Nothing is sent again.

    `channel_id`: only this channel's; by default all that the unit of work may see. Returns how many.
    """
    query = select(Publication).where(Publication.state == _S.SENDING, Publication.lease_until <= work.now)
    if channel_id is not None:
        query = query.where(Publication.channel_id == channel_id)
    rows = work.session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        worker = row.worker
        move_publication(
            work, row, _S.UNCONFIRMED, f"The worker {worker} gave no sign before its lease ended", code="WorkerLost"
        )
    return len(rows)


def count_failed_tries(work: UnitOfWork, row: Publication) -> int:
    """How often this publication went back to `intended` since it was intended for this version."""
    query = select(func.count()).where(
        PublicationEvent.publication_id == row.id,
        PublicationEvent.to_state == _S.INTENDED,
        PublicationEvent.from_state.in_((_S.INTENDED, _S.SENDING, _S.UNCONFIRMED)),
        PublicationEvent.at >= row.intended_at,
        ~PublicationEvent.detail.startswith(WAITS),
    )
    return work.session.scalar(query) or 0
