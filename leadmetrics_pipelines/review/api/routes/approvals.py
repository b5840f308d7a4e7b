"""The inbox and decisions: approve, reject, ask for changes, many at once, undo."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, field_validator

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, Decision, SubjectKind
from leadmetrics_pipelines.domain.contents import AnyContent
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.api.authentication import Decider, Reader
from leadmetrics_pipelines.review.api.schemas import AnswerIn, AnyPostIn, ApprovalOut, In, Listed, Out, RequestIn
from leadmetrics_pipelines.services import approvals
from leadmetrics_pipelines.services.listings import read_approval
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.services.views import inbox
from leadmetrics_pipelines.services.views.keysets import Place

router = APIRouter(tags=["approvals"])
MOST_AT_ONCE = 200


class InboxItemOut(Out):
    """One item that waits for a decision."""

    approval_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    subject_version: int
    seal: str
    title: str
    asked_by: str
    cause: str
    channel_name: str | None
    deliverable_name: str | None
    month: str | None
    due_at: datetime | None
    opened_at: datetime

    @field_validator("month", mode="before")
    @classmethod
    def _month_text(cls, value: object) -> str | None:
        return None if value is None else str(value)


class InboxOut(Listed[InboxItemOut]):
    """Part of the inbox, oldest first. `waiting` stops counting at 99+."""

    waiting: str


class ApprovalDetailOut(ApprovalOut):
    """A gate and what it is about."""

    subject_id: UUID
    title: str


class DecisionIn(AnswerIn):
    """A decision, with an edit if both are to be one act. Give `post` or `request`, as the subject is."""

    post: AnyPostIn | None = None
    request: RequestIn | None = None

    def edit_value(self) -> AnyContent | RequestBrief | None:
        """The edit, as the use case takes it."""
        if self.post is not None and self.request is not None:
            raise InvalidInput(
                "An approval is about a post or about a request: give one of the two edits.", field="post"
            )
        if self.post is not None:
            return self.post.content_value()
        return None if self.request is None else self.request.brief_value()


class DecisionReportOut(Out):
    """A decision that was taken."""

    approval_id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    status: ApprovalStatus
    undo_until: datetime
    title: str


class BulkAnswerIn(AnswerIn):
    """One decision of many."""

    approval_id: UUID


class BulkIn(In):
    """Many decisions. Each stands or falls alone."""

    answers: list[BulkAnswerIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class AnswerResultOut(Out):
    """What became of one decision."""

    approval_id: UUID
    ok: bool
    error_code: str | None
    message: str


@router.get("/inbox", summary="What waits for a decision")
def list_inbox(
    caller: Reader, kind: SubjectKind | None = None, channel_id: UUID | None = None,
    month: Annotated[str | None, Query(description="YYYY-MM", examples=["2026-11"])] = None,
    asked_by: str | None = None, after: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = inbox.PAGE,
) -> InboxOut:  # fmt: skip
    """Open approvals, oldest first."""
    wanted = inbox.InboxFilter(
        kind=kind, channel_id=channel_id, month=Month.parse(month) if month else None, asked_by=asked_by
    )
    with caller.work() as work:
        page = inbox.list_inbox(work, wanted, after=Place.parse(after) if after else None, limit=limit)
        waiting = inbox.count_inbox(work, wanted)
    return InboxOut(
        items=[InboxItemOut.model_validate(row) for row in page.rows],
        next=str(page.more_after) if page.more_after else None, waiting=waiting.text or "0",
    )  # fmt: skip


@router.get("/approvals/{approval_id}", summary="One approval")
def get_approval(caller: Reader, approval_id: UUID) -> ApprovalDetailOut:
    """An approval, open or decided. What it is about is at `/posts/{subject_id}` or `/requests/{subject_id}`."""
    with caller.work() as work:
        return ApprovalDetailOut.model_validate(read_approval(work, approval_id))


@router.post("/approvals/{approval_id}/decision", summary="Decide")
def decide(caller: Decider, approval_id: UUID, body: DecisionIn) -> DecisionReportOut:
    """Answer an open approval. The first decision wins; a second one is a 409 that names who decided and when.

    `seal` must be the seal of what was looked at: when it changed meanwhile, nothing is decided (409 `SealMismatch`).
    Who wrote or last edited it cannot approve it where the tenant keeps four eyes. With an edit, saving and approving
    are one act and are recorded as both.
    """
    with caller.work() as work:
        report = approvals.decide(
            work, approval_id, body.decision, seal=body.seal, reason=body.reason, edit=body.edit_value()
        )
    return DecisionReportOut.model_validate(report)


@router.post("/approvals/decisions", summary="Decide many")
def decide_many(caller: Decider, body: BulkIn) -> list[AnswerResultOut]:
    """Answer up to 200 approvals. The status is 200 even if some were refused: look at `ok` of each."""
    answers = [
        approvals.Answer(
            approval_id=answer.approval_id, decision=Decision(answer.decision), seal=answer.seal, reason=answer.reason
        )
        for answer in body.answers
    ]
    with caller.work() as work:
        results = approvals.decide_many(work, answers)
    return [AnswerResultOut.model_validate(result) for result in results]


@router.post("/approvals/{approval_id}/undo", summary="Undo one's own decision")
def undo(caller: Decider, approval_id: UUID) -> ApprovalDetailOut:
    """Take a decision back within its undo time (`undo_until`), as long as nothing was dispatched."""
    with caller.work() as work:
        approvals.undo(work, approval_id)
        return ApprovalDetailOut.model_validate(read_approval(work, approval_id))
