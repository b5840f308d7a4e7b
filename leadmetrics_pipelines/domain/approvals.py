"""Approvals: what may be decided, by whom, and what exactly was seen (reference/lessons 19 to 29).

One approval row per human gate, whatever it is about. The rules here are pure; `services/approvals.py` applies them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from leadmetrics_pipelines.domain.states import StateMachine, table
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed
from leadmetrics_pipelines.kit.digests import sha256_json
from leadmetrics_pipelines.kit.storable import is_storable


class SubjectKind(StrEnum):
    """What an approval is about."""

    REQUEST = "request"
    POST = "post"
    LATE_POST = "late_post"


class Decision(StrEnum):
    """What a person can answer."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request_changes"


class ApprovalStatus(StrEnum):
    """Where an approval stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class DecisionEvent(StrEnum):
    """Every kind of row in the record of decisions."""

    OPENED = "opened"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    EDITED_AND_APPROVED = "edited_and_approved"
    UNDONE = "undone"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


_S = ApprovalStatus

APPROVAL = StateMachine(
    "approval",
    table({
        _S.OPEN: {_S.APPROVED, _S.REJECTED, _S.CHANGES_REQUESTED, _S.SUPERSEDED, _S.CANCELLED},
        # Open again by undo; superseded when a byte changed before the call.
        _S.APPROVED: {_S.OPEN, _S.SUPERSEDED, _S.CANCELLED},
        _S.REJECTED: {_S.OPEN},
        _S.CHANGES_REQUESTED: {_S.OPEN},
        _S.SUPERSEDED: set(),
        _S.CANCELLED: set(),
    }),
)  # fmt: skip

OUTCOME = {
    Decision.APPROVE: _S.APPROVED,
    Decision.REJECT: _S.REJECTED,
    Decision.REQUEST_CHANGES: _S.CHANGES_REQUESTED,
}
SHORTEST_REASON = 3
LONGEST_REASON = 10_000


@dataclass(frozen=True, kw_only=True)
class SeenPost:
    """Exactly what a reviewer saw of a blog post, and exactly what goes out."""

    channel_id: UUID
    title: str
    slug: str
    excerpt: str
    body_html: str
    image_digest: str | None
    image_alt: str
    publish_at: datetime | None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def seal(self) -> str:
        """SHA-256 over all of it: one changed byte gives another seal."""
        # What a post does not have is not in it, so that seals from before there were terms still stand.
        terms = {"categories": self.categories, "tags": self.tags} if self.categories or self.tags else {}
        return sha256_json({
            "kind": "post", "channel": str(self.channel_id), "title": self.title, "slug": self.slug,
            "excerpt": self.excerpt, "body": self.body_html, "image": self.image_digest, "alt": self.image_alt,
            "publish_at": _instant(self.publish_at),
        } | terms)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SeenSocialPost:
    """Exactly what a reviewer saw of a social post. `images`: SHA-256 and description of each, in order."""

    channel_id: UUID
    text: str
    link: str | None
    images: tuple[tuple[str, str], ...]
    first_comment: str
    publish_at: datetime | None

    def seal(self) -> str:
        """SHA-256 over all of it."""
        return sha256_json({
            "kind": "social", "channel": str(self.channel_id), "text": self.text, "link": self.link,
            "images": self.images, "comment": self.first_comment, "publish_at": _instant(self.publish_at),
        })  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SeenNewsletter:
    """Exactly what a reviewer saw of a newsletter."""

    channel_id: UUID
    subject: str
    preview_text: str
    body_html: str
    from_name: str
    reply_to: str
    publish_at: datetime | None

    def seal(self) -> str:
        """SHA-256 over all of it."""
        return sha256_json({
            "kind": "newsletter", "channel": str(self.channel_id), "subject": self.subject,
            "preview": self.preview_text, "body": self.body_html, "from": self.from_name, "reply_to": self.reply_to,
            "publish_at": _instant(self.publish_at),
        })  # fmt: skip


AnySeen = SeenPost | SeenSocialPost | SeenNewsletter


@dataclass(frozen=True, kw_only=True)
class SeenRequest:
    """Exactly what a reviewer saw of a request."""

    channel_id: UUID | None
    title: str
    target_keyword: str
    search_intent: str
    audience: str
    brief: str
    publish_at: datetime | None
    channel_ids: tuple[UUID, ...] = ()

    def seal(self) -> str:
        """SHA-256 over all of it."""
        several = {"channels": [str(one) for one in self.channel_ids]} if self.channel_ids else {}
        return sha256_json({
            "kind": "request", "channel": str(self.channel_id) if self.channel_id else None, "title": self.title,
            "keyword": self.target_keyword, "intent": self.search_intent, "audience": self.audience,
            "brief": self.brief, "publish_at": _instant(self.publish_at),
        } | several)  # fmt: skip


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def check_reason(decision: Decision, reason: str) -> str:
    """The reason without surrounding space; rejecting and asking for changes need one."""
    reason = reason.strip()
    if len(reason) > LONGEST_REASON or not is_storable(reason):
        msg = f"A reason is plain text of at most {LONGEST_REASON} characters. Nothing was decided."
        raise InvalidInput(msg, field="reason")
    if decision is not Decision.APPROVE and len(reason) < SHORTEST_REASON:
        msg = "Say why: whoever does the work again reads your reason. Nothing was decided."
        raise InvalidInput(msg, field="reason")
    return reason


def check_four_eyes(
    *, enforced: bool, decider: UUID, hands: frozenset[UUID], edits_now: bool, edit_and_approve: bool
) -> None:
    """Refuse an approval by somebody whose own work it is.

    `hands` are the people who wrote or last edited the version on the table *before* this act; `edits_now` says the
    approver changes it in the same act, which a tenant allows by `edit_and_approve` (recorded as both).
    """
    if not enforced:
        return
    if decider in hands:
        msg = "You wrote or last edited this, so somebody else must approve it (four eyes). It stays in the inbox."
        raise NotAllowed(msg)
    if edits_now and not edit_and_approve:
        msg = "In this tenant an edit and its approval need two people. Save the edit; somebody else approves it."
        raise NotAllowed(msg)
