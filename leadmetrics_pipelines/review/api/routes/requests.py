"""Requests: the briefs of posts of every kind."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.review.api.authentication import Editor, Proposer, Reader, Unblocker
from leadmetrics_pipelines.review.api.schemas import (
    ApprovalOut,
    BriefOut,
    CheckOut,
    CommentOut,
    DecisionOut,
    Listed,
    Out,
    ReasonIn,
    RequestIn,
    VersionOut,
)
from leadmetrics_pipelines.services import listings, requests
from leadmetrics_pipelines.services.views.item import read_request_item

router = APIRouter(prefix="/requests", tags=["requests"])


class RequestOut(BriefOut):
    """A request as it stands."""

    id: UUID
    status: RequestStatus
    version: int
    period_id: UUID | None
    is_ad_hoc: bool
    author_name: str
    created_at: datetime
    status_since: datetime


class PostLineOut(Out):
    """One post of a request; a social request has one per channel."""

    id: UUID
    title: str
    status: PostStatus
    channel_name: str | None
    platform: str | None
    published_url: str | None


class RequestDetailOut(Out):
    """A request with all that helps to decide about it. `approvals`: the open one first, then the newest."""

    id: UUID
    status: RequestStatus
    version: int
    is_ad_hoc: bool
    author_name: str
    status_since: datetime
    brief: BriefOut
    seal: str
    post_id: UUID | None
    post_status: PostStatus | None
    posts: list[PostLineOut]
    approvals: list[ApprovalOut]
    decisions: list[DecisionOut]
    comments: list[CommentOut]
    checks: list[CheckOut]
    versions: list[VersionOut]


class RaiseIn(RequestIn):
    """A new request."""

    submit: bool = Field(default=True, description="Put it to approval at once; false keeps it as a draft.")


class EditIn(RequestIn):
    """A changed brief: the whole of it, not only what changed."""

    seen_version: int = Field(ge=0, le=2**31 - 1, description="The version that was edited; 409 when there is a newer.")


@router.get("", summary="List requests")
def list_requests(
    caller: Reader, status: RequestStatus | None = None, period_id: UUID | None = None, after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = listings.PAGE,
) -> Listed[RequestOut]:  # fmt: skip
    """Requests, newest first."""
    with caller.work() as work:
        found = listings.list_requests(work, status=status, period_id=period_id, after=after, limit=limit)
    return Listed[RequestOut].model_validate(found)


@router.get("/{request_id}", summary="One request")
def get_request(caller: Reader, request_id: UUID) -> RequestDetailOut:
    """The brief, its approvals, decisions, comments, checks and versions."""
    with caller.work() as work:
        return RequestDetailOut.model_validate(read_request_item(work, request_id))


@router.post("", status_code=HTTPStatus.CREATED, summary="Raise a request")
def raise_request(caller: Proposer, body: RaiseIn) -> RequestOut:
    """Propose a post of any kind beside the month's plan. It waits for approval and counts for no deliverable."""
    with caller.work() as work:
        return RequestOut.model_validate(requests.raise_request(work, body.brief_value(), submit=body.submit))


@router.put("/{request_id}", summary="Edit a request")
def edit_request(caller: Editor, request_id: UUID, body: EditIn) -> RequestOut:
    """Save a new version of the brief; the approval that was open is superseded by one for this version."""
    with caller.work() as work:
        row = requests.edit_request(work, request_id, body.brief_value(), seen_version=body.seen_version)
        return RequestOut.model_validate(row)


@router.post("/{request_id}/close", summary="Close a request")
def close_request(caller: Unblocker, request_id: UUID, body: ReasonIn) -> RequestOut:
    """Give it up for good: open approvals and activities are cancelled, nothing of it is published."""
    with caller.work() as work:
        return RequestOut.model_validate(requests.close_request(work, request_id, body.reason))
