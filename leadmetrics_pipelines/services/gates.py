"""Opening and closing the gates: approvals as rows, and the record of every decision.

What a decision *does* is in `effects.py`; who may decide, and the answer to it, is in `approvals.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import APPROVAL, ApprovalStatus, DecisionEvent, SeenRequest, SubjectKind
from leadmetrics_pipelines.storage.approvals.models import Approval, DecisionRow
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork


def seal_request(request: ContentRequest) -> str:
    """The seal of a request as it stands."""
    return SeenRequest(
        channel_id=request.channel_id, title=request.title, target_keyword=request.target_keyword,
        search_intent=request.search_intent, audience=request.audience, brief=request.brief,
        publish_at=request.publish_at, channel_ids=tuple(request.channel_ids),
    ).seal()  # fmt: skip


def open_request_gate(work: UnitOfWork, request: ContentRequest, cause: str) -> Approval:
    """Ask people about a request; an open question about an earlier version is superseded."""
    return _open(
        work, SubjectKind.REQUEST, request.id, request.version, seal_request(request), request.title, cause,
        channel_id=request.channel_id, period_id=request.period_id, due_at=request.publish_at,
    )  # fmt: skip


def open_post_gate(work: UnitOfWork, post: Post, cause: str) -> Approval:
    """Ask people about a version of a post; an open question about an earlier version is superseded."""
    return _open(
        work, SubjectKind.POST, post.id, post.version, post.seal or "", post.title, cause,
        channel_id=post.channel_id, period_id=post.period_id, due_at=post.publish_at,
    )  # fmt: skip


def open_late_gate(work: UnitOfWork, post: Post, cause: str) -> Approval:
    """Ask people whether a post whose time has passed may still go out. Repeatable."""
    already = find_open(work, SubjectKind.LATE_POST, post.id)
    return already or _open(
        work, SubjectKind.LATE_POST, post.id, post.version, post.seal or "", post.title, cause,
        channel_id=post.channel_id, period_id=post.period_id, due_at=post.publish_at,
    )  # fmt: skip


def find_open(work: UnitOfWork, kind: SubjectKind, subject_id: UUID) -> Approval | None:
    """The open approval of a subject, locked for change."""
    return work.session.scalar(
        select(Approval)
        .where(
            Approval.subject_kind == kind, Approval.subject_id == subject_id, Approval.status == ApprovalStatus.OPEN
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )  # fmt: skip


def find_standing(work: UnitOfWork, kind: SubjectKind, subject_id: UUID) -> Approval | None:
    """The approval that stands for a subject (the newest approved one), locked for change."""
    return work.session.scalar(
        select(Approval)
        .where(
            Approval.subject_kind == kind, Approval.subject_id == subject_id,
            Approval.status == ApprovalStatus.APPROVED,
        )
        .order_by(Approval.opened_at.desc(), Approval.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )  # fmt: skip


def close_gate(work: UnitOfWork, approval: Approval, target: ApprovalStatus, event: DecisionEvent, reason: str) -> None:
    """Supersede or cancel an approval without anybody deciding."""
    before = approval.status
    approval.status = APPROVAL.check(ApprovalStatus(before), target)
    record(work, approval, event, before, reason)
    work.session.flush()


def record(
    work: UnitOfWork, approval: Approval, event: DecisionEvent, before: str | None, reason: str,
    detail: dict[str, Any] | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """Write a row of the record of decisions, and its audit row."""
    work.session.add(
        DecisionRow(
            tenant_id=approval.tenant_id, approval_id=approval.id, subject_kind=approval.subject_kind,
            subject_id=approval.subject_id, subject_version=approval.subject_version, seal=approval.seal, event=event,
            from_status=before, to_status=approval.status, actor_kind=work.actor.kind, actor_id=work.actor.id,
            actor_name=work.actor.name, route=work.actor.route, reason=reason, detail=detail or {}, at=at or work.now,
        )
    )  # fmt: skip
    work.audit(
        f"approval.{event}", subject_kind=approval.subject_kind, subject_id=approval.subject_id, from_state=before,
        to_state=approval.status, reason=reason, tenant_id=approval.tenant_id,
        detail={"approval": str(approval.id), "seal": approval.seal, "version": approval.subject_version},
    )  # fmt: skip


def _open(
    work: UnitOfWork, kind: SubjectKind, subject_id: UUID, version: int, seal: str, title: str, cause: str, *,
    channel_id: UUID | None, period_id: UUID | None, due_at: datetime | None,
) -> Approval:  # fmt: skip
    earlier = find_open(work, kind, subject_id)
    if earlier is not None:
        close_gate(work, earlier, ApprovalStatus.SUPERSEDED, DecisionEvent.SUPERSEDED, f"Version {version}: {cause}")
    approval = Approval(
        tenant_id=work.tenant_id, subject_kind=kind, subject_id=subject_id, subject_version=version, seal=seal,
        status=ApprovalStatus.OPEN, title=title, asked_by=work.actor.name, cause=cause, channel_id=channel_id,
        period_id=period_id, due_at=due_at, opened_at=work.now,
    )  # fmt: skip
    work.session.add(approval)
    work.session.flush()
    record(work, approval, DecisionEvent.OPENED, None, cause)
    return approval
