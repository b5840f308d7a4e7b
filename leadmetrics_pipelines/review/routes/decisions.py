"""Deciding: one item, many at once, and undo. Every route here is a POST with a form of ours."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, Response

from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.errors import Conflict, InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Toast, fragment
from leadmetrics_pipelines.review.presenters.inbox import inbox_href, parse_filter
from leadmetrics_pipelines.review.presenters.words import Tone, plural
from leadmetrics_pipelines.review.routes.answers import announce, go, toast_html
from leadmetrics_pipelines.review.routes.inbox import pulse_html
from leadmetrics_pipelines.review.routes.item_context import BACK_TO_INBOX, item_context, page_context, read_subject
from leadmetrics_pipelines.review.routes.sign_in import safe_address
from leadmetrics_pipelines.review.templating import render_text
from leadmetrics_pipelines.services.approvals import (
    Answer,
    AnswerResult,
    DecisionReport,
    decide,
    decide_many,
    undo,
)
from leadmetrics_pipelines.services.views.inbox import InboxFilter, InboxRow, count_inbox, find_next
from leadmetrics_pipelines.services.views.item import read_subject_of
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import UnitOfWork

router = APIRouter()
MOST_AT_ONCE = 500
_DONE = {
    Decision.APPROVE: ("Approved", Tone.GOOD, "done"),
    Decision.REJECT: ("Rejected", Tone.ATTENTION, "cross"),
    Decision.REQUEST_CHANGES: ("Sent back with your notes", Tone.ATTENTION, "undo"),
}


@router.post("/approvals/{approval_id}/decision")
def send_decision(
    place: PlaceOf, approval_id: UUID, decision: Annotated[str, Form()] = "", seal: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "", filter: Annotated[str, Form()] = "",  # noqa: A002 - the form's word
) -> Response:  # fmt: skip
    """Decide on one item and open the next."""
    wanted = filter_of(filter)
    with place.work(frame=True) as work:
        approval = work.session.get(Approval, approval_id)
        after = ListPlace(approval.opened_at, approval.id) if approval else None
        report = decide(work, approval_id, parse_decision(decision), seal=seal, reason=reason)
        return answer_decision(place, work, report, parse_decision(decision), back=back, wanted=wanted, after=after)


def answer_decision(
    place: Place, work: UnitOfWork, report: DecisionReport, decision: Decision, *, back: str, wanted: InboxFilter,
    after: ListPlace | None,
) -> Response:  # fmt: skip
    """What follows a decision: the next item, a toast that can undo, and the row gone from the list."""
    word, tone, icon = _DONE[decision]
    undo_ms = max(0, int((report.undo_until - work.now).total_seconds() * 1000))
    path = item_path(place, report.subject_kind, report.subject_id)
    in_inbox = back == BACK_TO_INBOX
    toast = Toast(
        text=f"{word}: {report.title}", tone=tone, icon=icon, stay_ms=max(undo_ms, 4000),
        undo_action=f"{place.base}/approvals/{report.approval_id}/undo" if undo_ms else "",
        back=inbox_href(place.base, wanted, item=str(report.approval_id)) if in_inbox else path,
    )  # fmt: skip
    following = find_next(work, wanted, after) if in_inbox and after else None
    address = inbox_href(place.base, wanted, item=str(following.approval_id) if following else "")
    if not place.wants_fragment:
        return go(place, address if in_inbox else path, toast)
    body = _next_html(place, work, following, wanted) if in_inbox else _item_html(place, work, report)
    pulse = pulse_html(place.base, count_inbox(work, InboxFilter()), beside=True)
    html = body + toast_html(place, toast) + pulse
    headers = announce(decided=str(report.approval_id), say=f"{word}: {report.title}")
    if in_inbox:
        headers["HX-Push-Url"] = address
    return HTMLResponse(html, headers=headers)


@router.post("/approvals/{approval_id}/undo")
def send_undo(place: PlaceOf, approval_id: UUID, back: Annotated[str, Form()] = "") -> Response:
    """Take one's own decision back."""
    with place.work() as work:
        undo(work, approval_id)
        kind, subject_id = read_subject_of(work, approval_id)
    toast = Toast(text="Undone. It waits for a decision again.", icon="undo")
    return go(place, safe_address(back) if back else item_path(place, kind, subject_id), toast)


@router.post("/inbox/bulk")
def send_bulk(
    place: PlaceOf, pick: Annotated[list[str] | None, Form()] = None, decision: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "", filter: Annotated[str, Form()] = "",  # noqa: A002 - the form's word
) -> Response:  # fmt: skip
    """Decide on many items; each stands or falls alone, and each is answered."""
    wanted = filter_of(filter)
    answers = _parse_answers(pick or [], parse_decision(decision), reason)
    with place.work(frame=True) as work:
        titles = {a.approval_id: _title(work, a.approval_id) for a in answers}
        results = decide_many(work, answers)
        count = count_inbox(work, InboxFilter())
    good = sum(result.ok for result in results)
    word = _DONE[parse_decision(decision)][0]
    context = fragment(
        place, results=[_present_result(result, titles) for result in results], good=good,
        bad=len(results) - good, word=word, inbox_href=inbox_href(place.base, wanted),
    )  # fmt: skip
    if not place.wants_fragment:
        tone = Tone.GOOD if good == len(results) else Tone.ATTENTION
        return go(
            place,
            inbox_href(place.base, wanted),
            Toast(text=f"{word}: {good} of {plural(len(results), 'item')}", tone=tone),
        )
    pulse = pulse_html(place.base, count, beside=True)
    gone = [str(result.approval_id) for result in results if result.ok]
    headers = announce(removed=gone, say=f"{word}: {good} of {len(results)}")
    return HTMLResponse(render_text("fragments/bulk_results.html", context) + pulse, headers=headers)


def parse_decision(text: str) -> Decision:
    """The decision a button stands for. Raises InvalidInput."""
    try:
        return Decision(text)
    except ValueError:
        msg = "Choose approve, reject or request changes. Nothing was decided."
        raise InvalidInput(msg, field="decision") from None


def filter_of(query: str) -> InboxFilter:
    """The inbox filter that a form carries along."""
    parts = {key: values[0] for key, values in parse_qs(query).items()}
    return parse_filter(*(parts.get(key, "") for key in ("kind", "channel", "month", "asked_by")))


def item_path(place: Place, kind: SubjectKind, subject_id: UUID) -> str:
    """The page of a request or a post."""
    return f"{place.base}/{'requests' if kind is SubjectKind.REQUEST else 'posts'}/{subject_id}"


def _next_html(place: Place, work: UnitOfWork, following: InboxRow | None, wanted: InboxFilter) -> str:
    if following is None:
        return render_text("fragments/nothing_open.html", fragment(place, rows=()))
    return render_text(
        "fragments/item.html", fragment(place, **item_context(place, work, following.approval_id, wanted))
    )


def _item_html(place: Place, work: UnitOfWork, report: DecisionReport) -> str:
    item = read_subject(work, report.subject_kind, report.subject_id)
    return render_text("fragments/item.html", fragment(place, **page_context(place, item)))


def _parse_answers(picks: list[str], decision: Decision, reason: str) -> list[Answer]:
    if not picks:
        msg = "Select at least one item."
        raise InvalidInput(msg)
    if len(picks) > MOST_AT_ONCE:
        msg = f"At most {MOST_AT_ONCE} items are decided at once; {len(picks)} were selected."
        raise InvalidInput(msg)
    try:
        pairs = [(UUID(identity), seal) for identity, _, seal in (pick.partition(":") for pick in picks)]
    except ValueError:
        msg = "The selection cannot be read. Reload the inbox and select again."
        raise InvalidInput(msg) from None
    return [Answer(approval_id=identity, decision=decision, seal=seal, reason=reason) for identity, seal in pairs]


def _title(work: UnitOfWork, approval_id: UUID) -> str:
    row = work.session.get(Approval, approval_id)
    return row.title if row else "An item that is not here"


def _present_result(result: AnswerResult, titles: dict[UUID, str]) -> dict[str, object]:
    conflict = result.error_code in (Conflict.__name__, "AlreadyDecided", "SealMismatch")
    return {
        "ok": result.ok, "title": titles[result.approval_id],
        "tone": Tone.GOOD if result.ok else Tone.ATTENTION if conflict else Tone.BLOCKED,
        "icon": "check" if result.ok else "warn", "message": "" if result.ok else result.message,
    }  # fmt: skip
