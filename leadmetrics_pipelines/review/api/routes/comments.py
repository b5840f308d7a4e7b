"""Comments on requests and posts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.review.api.authentication import Commenter, Reader
from leadmetrics_pipelines.review.api.schemas import CommentOut, In
from leadmetrics_pipelines.services.approvals import add_comment
from leadmetrics_pipelines.services.views.item_parts import read_comments

router = APIRouter(prefix="/comments", tags=["comments"])


class CommentIn(In):
    """A remark."""

    subject_kind: Literal["request", "post"]
    subject_id: UUID
    body: str = Field(examples=["The second paragraph repeats the first."])


@router.get("", summary="Comments on a request or post")
def list_comments(caller: Reader, subject_id: UUID) -> list[CommentOut]:
    """Remarks, oldest first."""
    with caller.work() as work:
        return [CommentOut.model_validate(row) for row in read_comments(work, [subject_id])]


@router.post("", status_code=HTTPStatus.CREATED, summary="Comment")
def comment(caller: Commenter, body: CommentIn) -> CommentOut:
    """Remark on a request or a post. Comments are never changed or deleted."""
    with caller.work() as work:
        row = add_comment(work, SubjectKind(body.subject_kind), body.subject_id, body.body)
        return CommentOut(at=row.created_at, author_name=row.author_name, author_kind=row.author_kind, body=row.body)
