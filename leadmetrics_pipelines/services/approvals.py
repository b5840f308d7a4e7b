"""Deciding: approve, reject, ask for changes, many at once, and undo. The same rules by every route.

First decision wins. A decision is bound to the seal of what the person saw. Nobody is the only approver of their own
work. Rejecting needs a reason. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import (
    APPROVAL,
    OUTCOME,
    ApprovalStatus,
    Decision,
    DecisionEvent,
    SubjectKind,
    check_four_eyes,
    check_reason,
)
from leadmetrics_pipelines.domain.contents import AnyContent
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, LeadmetricsError, NotAllowed, NotFound
from leadmetrics_pipelines.kit.storable import is_storable
from leadmetrics_pipelines.services.effects import EFFECTS, TooLateToUndo
from leadmetrics_pipelines.services.gates import find_open, open_late_gate, record
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.requests import RequestBrief, edit_request
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import Comment, ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant

LONGEST_COMMENT = 10_000


class AlreadyDecided(Conflict):
    """Somebody was first; the message names who and when."""


class SealMismatch(Conflict):
    """It is no longer what the person saw."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer in a bulk decision. `seal` is the seal of what was shown."""

    approval_id: UUID
    decision: Decision
    seal: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerResult:
    """What became of one answer."""

    approval_id: UUID
    ok: bool
    error_code: str | None
    message: str


@dataclass(frozen=True, kw_only=True)
class DecisionReport:
    """A decision that was taken. `undo_until`: UTC."""

    approval_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    status: ApprovalStatus
    undo_until: datetime
    title: str


def decide(
    work: UnitOfWork, approval_id: UUID, decision: Decision, *, seal: str, reason: str = "",
    edit: AnyContent | RequestBrief | None = None,
) -> DecisionReport:  # fmt: skip
    """Answer an open approval.

    With `edit`, the change and its approval are one act, recorded as both. Raises AlreadyDecided, SealMismatch,
    NotAllowed (rights, four eyes) or InvalidInput (reason, edit); in every case nothing is changed.
    """
    reason = _check_decider(work, decision, reason)
    return _answer(work, _lock(work, approval_id), decision, seal=seal, reason=reason, edit=edit)


def _check_decider(work: UnitOfWork, decision: Decision, reason: str) -> str:
    """The reason, tidied. Raises NotAllowed, InvalidInput."""
    work.actor.require(Permission.DECIDE)
    if work.actor.kind is not ActorKind.USER or work.actor.user_id is None:
        msg = "Only people decide. An agent or a program can propose."
        raise NotAllowed(msg)
    return check_reason(decision, reason)


def _answer(
    work: UnitOfWork, approval: Approval, decision: Decision, *, seal: str, reason: str,
    edit: AnyContent | RequestBrief | None = None,
) -> DecisionReport:  # fmt: skip
    """Answer an approval that is locked."""
    _require_open(approval)
    if approval.seal != seal:
        msg = "This changed since you opened it, so nothing was decided. Look at the present version, then decide."
        raise SealMismatch(msg)
    if decision is Decision.APPROVE:
        _require_four_eyes(work, approval, edits_now=edit is not None)
    elif edit is not None:
        msg = "An edit goes with an approval only. Save the edit, or send the work back without one."
        raise InvalidInput(msg, field="decision")
    shown = approval.id
    if edit is not None:
        approval = _apply_edit(work, approval, edit)
    return _settle(work, approval, decision, reason, edited=approval.id != shown)


def decide_many(work: UnitOfWork, answers: Sequence[Answer]) -> tuple[AnswerResult, ...]:
    """Answer several approvals; each stands or falls alone. Results come in the order of the answers."""
    if len({answer.approval_id for answer in answers}) != len(answers):
        msg = "The same item is in the list twice."
        raise InvalidInput(msg, field="answers")
    # All locks at once and in one order: a list of topics shares its activities, so that taking them item by item would
    # let two people wait for each other.
    approval_ids = [answer.approval_id for answer in answers]
    # Named, because a session forgets rows that nobody refers to, and would read each of them again.
    held = (*_lock_subjects(work, approval_ids), work.session.get(Tenant, work.tenant_id))
    locked = {approval.id: approval for approval in _lock_approvals(work, approval_ids)}
    results = {
        a.approval_id: _answer_one(work, a, locked.get(a.approval_id))
        for a in sorted(answers, key=lambda a: a.approval_id)
    }
    del held
    return tuple(results[answer.approval_id] for answer in answers)


def _answer_one(work: UnitOfWork, answer: Answer, approval: Approval | None) -> AnswerResult:
    try:
        with work.session.begin_nested():
            reason = _check_decider(work, answer.decision, answer.reason)
            report = _answer(work, _require_found(approval), answer.decision, seal=answer.seal, reason=reason)
    except LeadmetricsError as error:
        return AnswerResult(approval_id=answer.approval_id, ok=False, error_code=error.code, message=str(error))
    return AnswerResult(
        approval_id=answer.approval_id, ok=True, error_code=None, message=f"{report.status}: {report.title}"
    )


def undo(work: UnitOfWork, approval_id: UUID) -> None:
    """Take one's own decision back within the undo time, as long as nothing was dispatched.

    Raises NotAllowed (somebody else's decision) or TooLateToUndo. The decision stays in the record.
    """
    work.actor.require(Permission.DECIDE)
    approval = _lock(work, approval_id)
    if approval.decided_by_user_id is None or approval.status not in OUTCOME.values():
        msg = "There is nothing to undo: this is not decided, or was closed since."
        raise Conflict(msg)
    if approval.decided_by_user_id != work.actor.user_id:
        msg = f"Only {approval.decided_by}, who decided this, can undo it."
        raise NotAllowed(msg)
    if approval.undo_until is None or work.now >= approval.undo_until:
        msg = "It is too late to undo: the work has gone on."
        raise TooLateToUndo(msg)
    if find_open(work, SubjectKind(approval.subject_kind), approval.subject_id) is not None:
        msg = "It is too late to undo: a newer version is waiting for approval."
        raise TooLateToUndo(msg)
    EFFECTS[SubjectKind(approval.subject_kind)].undo(work, approval)
    before = approval.status
    approval.status = APPROVAL.check(ApprovalStatus(before), ApprovalStatus.OPEN)
    approval.decided_at = approval.decided_by = approval.decided_by_user_id = None
    approval.reason = approval.undo_until = None
    record(work, approval, DecisionEvent.UNDONE, before, "Undone by the one who decided")


def add_comment(work: UnitOfWork, subject_kind: SubjectKind, subject_id: UUID, body: str) -> Comment:
    """Remark on a request or a post. Raises NotFound, InvalidInput."""
    work.actor.require(Permission.COMMENT)
    body = body.strip()
    if not body or len(body) > LONGEST_COMMENT or not is_storable(body):
        msg = f"A comment is plain text of 1 to {LONGEST_COMMENT} characters."
        raise InvalidInput(msg, field="body")
    row_type = ContentRequest if subject_kind is SubjectKind.REQUEST else Post
    if work.session.get(row_type, subject_id) is None:
        msg = f"There is no such {subject_kind} in this tenant."
        raise NotFound(msg)
    comment = Comment(
        tenant_id=work.tenant_id, subject_kind=subject_kind, subject_id=subject_id, author_kind=work.actor.kind,
        author_name=work.actor.name, body=body, created_at=work.now,
    )  # fmt: skip
    work.session.add(comment)
    work.session.flush()
    work.audit("comment.added", subject_kind=subject_kind, subject_id=subject_id)
    return comment


def open_late_release(work: UnitOfWork, post_id: UUID) -> Approval:
    """A post missed its window: ask people whether it may still go out. Repeatable."""
    post = get_post(work, post_id, lock=True)
    return open_late_gate(work, post, "Its time passed before it could go out. Release it late, or let it go?")


def _lock(work: UnitOfWork, approval_id: UUID) -> Approval:
    """The approval, locked and read afresh, after what it is about (the order of locks: `post_rows.get_post`)."""
    _lock_subjects(work, [approval_id])
    found = _lock_approvals(work, [approval_id])
    return _require_found(found[0] if found else None)


def _require_found(approval: Approval | None) -> Approval:
    if approval is None:
        msg = "There is no such approval in this tenant."
        raise NotFound(msg)
    return approval


def _lock_subjects(work: UnitOfWork, approval_ids: Sequence[UUID]) -> list[Post | ContentRequest]:
    subjects = select(Approval.subject_id).where(Approval.id.in_(approval_ids))
    locked: list[Post | ContentRequest] = []
    for row_type in (Post, ContentRequest):
        locked += work.session.scalars(
            select(row_type).where(row_type.id.in_(subjects)).order_by(row_type.id)
            .with_for_update(key_share=True).execution_options(populate_existing=True)
        )  # fmt: skip
    return locked


def _lock_approvals(work: UnitOfWork, approval_ids: Sequence[UUID]) -> Sequence[Approval]:
    query = select(Approval).where(Approval.id.in_(approval_ids)).order_by(Approval.id)
    return work.session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).all()  # fmt: skip


def _require_open(approval: Approval) -> None:
    if approval.status == ApprovalStatus.OPEN:
        return
    if approval.status == ApprovalStatus.CANCELLED:
        msg = "This was closed, so there is nothing to decide any more."
        raise AlreadyDecided(msg)
    if approval.status in OUTCOME.values():
        words = approval.status.replace("_", " ")
        msg = f"{approval.decided_by} was first: {words} on {approval.decided_at:%Y-%m-%d at %H:%M:%S} UTC."
        raise AlreadyDecided(msg)
    msg = "A newer version is waiting for approval in its place. Open that one."
    raise AlreadyDecided(msg)


def _require_four_eyes(work: UnitOfWork, approval: Approval, *, edits_now: bool) -> None:
    if approval.subject_kind == SubjectKind.LATE_POST or work.actor.user_id is None:
        return
    subject = _subject_row(work, approval)
    tenant = work.session.get_one(Tenant, approval.tenant_id)
    hands = frozenset(user for user in (subject.author_user_id, subject.editor_user_id) if user is not None)
    check_four_eyes(
        enforced=tenant.four_eyes, decider=work.actor.user_id, hands=hands, edits_now=edits_now,
        edit_and_approve=tenant.edit_and_approve,
    )  # fmt: skip


def _subject_row(work: UnitOfWork, approval: Approval) -> ContentRequest | Post:
    if approval.subject_kind == SubjectKind.REQUEST:
        return work.session.get_one(ContentRequest, approval.subject_id)
    return work.session.get_one(Post, approval.subject_id)


def _apply_edit(work: UnitOfWork, approval: Approval, edit: AnyContent | RequestBrief) -> Approval:
    if not isinstance(edit, RequestBrief) and approval.subject_kind == SubjectKind.POST:
        edit_post(work, approval.subject_id, edit, seen_version=approval.subject_version)
    elif isinstance(edit, RequestBrief) and approval.subject_kind == SubjectKind.REQUEST:
        edit_request(work, approval.subject_id, edit, seen_version=approval.subject_version)
    else:
        msg = "This edit does not fit what is being approved."
        raise InvalidInput(msg, field="edit")
    newer = find_open(work, SubjectKind(approval.subject_kind), approval.subject_id)
    return newer or approval


def _settle(work: UnitOfWork, approval: Approval, decision: Decision, reason: str, *, edited: bool) -> DecisionReport:
    before, outcome = approval.status, OUTCOME[decision]
    approval.status = APPROVAL.check(ApprovalStatus(before), outcome)
    approval.decided_at, approval.decided_by = work.now, work.actor.name
    approval.decided_by_user_id = work.actor.user_id
    approval.reason = reason
    undo_until = work.now + work.undo_time
    approval.undo_until = undo_until
    event = DecisionEvent.EDITED_AND_APPROVED if edited else DecisionEvent(outcome)
    record(work, approval, event, before, reason)
    effect = EFFECTS[SubjectKind(approval.subject_kind)]
    (effect.approve if decision is Decision.APPROVE else effect.send_back)(work, approval, undo_until)
    work.session.flush()
    return DecisionReport(
        approval_id=approval.id, subject_kind=SubjectKind(approval.subject_kind), subject_id=approval.subject_id,
        status=outcome, undo_until=undo_until, title=approval.title,
    )  # fmt: skip
