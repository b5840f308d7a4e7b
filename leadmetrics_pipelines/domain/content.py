"""Requests and content entities: what a brief and a post may go through (mission 1, "Requests", "Content Entities")."""

from __future__ import annotations

from enum import StrEnum

from leadmetrics_pipelines.domain.states import StateMachine, table


class ContentKind(StrEnum):
    """What a request asks for, and what a post is."""

    BLOG = "blog"
    SOCIAL = "social"
    NEWSLETTER = "newsletter"


class RequestStatus(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CLOSED = "closed"


class PostStatus(StrEnum):
    """Where a post stands."""

    DRAFT = "draft"
    WRITING = "writing"
    REVIEW = "review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    PUBLISH_FAILED = "publish_failed"


class SearchIntent(StrEnum):
    """What a searcher wants."""

    INFORMATIONAL = "informational"
    COMMERCIAL = "commercial"
    TRANSACTIONAL = "transactional"
    NAVIGATIONAL = "navigational"


class Priority(StrEnum):
    """How urgent a request is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


_R = RequestStatus
_P = PostStatus

REQUEST = StateMachine(
    "request",
    table({
        _R.DRAFT: {_R.PENDING_APPROVAL, _R.CLOSED},
        _R.PENDING_APPROVAL: {_R.APPROVED, _R.REJECTED, _R.CLOSED},
        # Back to pending_approval: the approval was undone before anything was dispatched.
        _R.APPROVED: {_R.IN_PROGRESS, _R.PENDING_APPROVAL, _R.CLOSED},
        _R.IN_PROGRESS: {_R.COMPLETED, _R.CLOSED},
        _R.COMPLETED: set(),
        # Revised (draft), closed, or the rejection was undone.
        _R.REJECTED: {_R.DRAFT, _R.CLOSED, _R.PENDING_APPROVAL},
        _R.CLOSED: set(),
    }),
)  # fmt: skip

POST = StateMachine(
    "post",
    table({
        _P.DRAFT: {_P.WRITING},
        _P.WRITING: {_P.REVIEW, _P.DRAFT},
        _P.REVIEW: {_P.APPROVED, _P.WRITING},
        # Back to review: undone, edited, or a byte changed between the approval and the call.
        _P.APPROVED: {_P.SCHEDULED, _P.PUBLISHED, _P.PUBLISH_FAILED, _P.REVIEW},
        _P.SCHEDULED: {_P.PUBLISHED, _P.PUBLISH_FAILED, _P.REVIEW, _P.APPROVED},
        # Published is immutable here: editing what is live is another operation with its own approval (lessons 8).
        _P.PUBLISHED: set(),
        _P.PUBLISH_FAILED: {_P.APPROVED, _P.REVIEW, _P.PUBLISHED},
    }),
)  # fmt: skip
