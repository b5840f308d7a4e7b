"""Reads an item and prepares it for the templates, in the inbox or on a page of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.frame import clockwork
from leadmetrics_pipelines.review.presenters.inbox import filter_query, inbox_href
from leadmetrics_pipelines.review.presenters.item import Item, present_post, present_request
from leadmetrics_pipelines.review.presenters.words import APPROVAL_BADGES, KIND_WORD
from leadmetrics_pipelines.services.views.inbox import InboxFilter
from leadmetrics_pipelines.services.views.item import (
    RequestItem,
    read_post_item,
    read_request_item,
    read_subject_of,
)
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import UnitOfWork

BACK_TO_INBOX, BACK_TO_ITEM = "inbox", "item"


def read_subject(work: UnitOfWork, kind: SubjectKind, subject_id: UUID) -> Item:
    """The request or post. Raises NotFound."""
    return read_request_item(work, subject_id) if kind is SubjectKind.REQUEST else read_post_item(work, subject_id)


def item_context(place: Place, work: UnitOfWork, approval_id: UUID, wanted: InboxFilter) -> dict[str, Any]:
    """An item of the inbox, by its approval; or, when it does not wait any more, who was first."""
    try:
        kind, subject_id = read_subject_of(work, approval_id)
    except NotFound as error:
        return _gone(approval_id, "It is not here", str(error), "")
    approval = work.session.get_one(Approval, approval_id)
    if approval.status != ApprovalStatus.OPEN:
        word = KIND_WORD[kind].lower()
        path = f"{place.base}/{'requests' if kind is SubjectKind.REQUEST else 'posts'}/{subject_id}"
        return _gone(approval_id, f"This {word} does not wait any more", _who_was_first(place, approval), path)
    return shown(place, read_subject(work, kind, subject_id)) | {
        "in_inbox": True, "back_href": inbox_href(place.base, wanted), "back_mode": BACK_TO_INBOX,
        "mode_query": f"?{urlencode({'from': BACK_TO_INBOX, **filter_query(wanted)})}",
        "filter_query": urlencode(filter_query(wanted)), "watch_href": "",
    }  # fmt: skip


def page_context(place: Place, item: Item) -> dict[str, Any]:
    """An item on a page of its own; it keeps watching for changes."""
    context = shown(place, item)
    path, stamp = context["item"]["path"], context["item"]["stamp"]
    return context | {
        "in_inbox": False, "back_href": "", "back_mode": BACK_TO_ITEM, "mode_query": "", "filter_query": "",
        "watch_href": f"{path}/state?{urlencode({'seen': stamp})}",
    }  # fmt: skip


def shown(place: Place, item: Item) -> dict[str, Any]:
    """The item, and how it was decided if it was."""
    clock = clockwork(place)
    prepared = (
        present_request(place, item, clock) if isinstance(item, RequestItem) else present_post(place, item, clock)
    )
    return {"item": prepared, "decided": _decided(place, prepared), "problem_text": ""}


def _decided(place: Place, prepared: dict[str, Any]) -> dict[str, Any] | None:
    approval = prepared["approval"]
    if approval is None or approval.is_open or approval.decided_at is None:
        return None
    clock = clockwork(place)
    when = clock.at(approval.decided_at)
    mine = approval.decided_by_user_id == place.signed_in.user.id and place.may(Permission.DECIDE)
    undoable = mine and approval.undo_until is not None and clock.now < approval.undo_until
    reason = f": {approval.reason}" if approval.reason else ""
    return {
        "badge": APPROVAL_BADGES[approval.status],
        "sentence": f"by {approval.decided_by}, {when.text if when else ''}{reason}",
        "undo_action": f"{place.base}/approvals/{approval.id}/undo" if undoable else "",
    }


def _who_was_first(place: Place, approval: Approval) -> str:
    if approval.decided_at is None:
        return "A newer version waits in its place, or the request was closed."
    when = clockwork(place).at(approval.decided_at)
    word = APPROVAL_BADGES[ApprovalStatus(approval.status)].label.lower()
    return f"{approval.decided_by} was first: {word} on {when.text if when else ''}."


def _gone(approval_id: UUID, title: str, text: str, href: str) -> dict[str, Any]:
    return {
        "item": None, "decided": None, "problem_text": text, "gone_title": title, "gone_href": href,
        "gone_id": str(approval_id),
    }  # fmt: skip
