"""The inbox: list, filters, more rows, newly arrived rows, and the item that is open."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Crumb, clockwork, fragment, page
from leadmetrics_pipelines.review.presenters.inbox import (
    filter_query,
    inbox_href,
    parse_filter,
    present_active_chips,
    present_choices,
    present_kind_chips,
    present_rows,
    tail_of,
)
from leadmetrics_pipelines.review.routes.item_context import item_context
from leadmetrics_pipelines.review.templating import render_text, respond
from leadmetrics_pipelines.services.views.counts import Count
from leadmetrics_pipelines.services.views.inbox import InboxFilter, InboxPage, count_inbox, list_choices, list_inbox
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

router = APIRouter()


@router.get("/inbox")
def show_inbox(
    place: PlaceOf, kind: str = "", channel: str = "", month: str = "", asked_by: str = "", item: UUID | None = None,
    after: str = "", since: str = "",
) -> Response:  # fmt: skip
    """The inbox; as fragments its open item, its next rows, or the rows that arrived since."""
    wanted = parse_filter(kind, channel, month, asked_by)
    if place.wants_fragment and item is not None:
        return _open_item(place, wanted, item)
    if place.wants_fragment and (after or since):
        return _more_rows(place, wanted, after=after, since=since)
    with place.work(frame=True) as work:
        rows = list_inbox(work, wanted)
        shown = count_inbox(work, wanted) if wanted.is_on else _whole(place)
        channel_name = _channel_name(work, wanted)
        opened = item_context(place, work, item, wanted) if item is not None else {"item": None, "problem_text": ""}
        base = place.base
        listed = fragment(place, **_rows_context(place, rows, wanted, None, current=item))
        context = page(
            place, "Inbox", "inbox", [Crumb("Inbox")], rows=listed["rows"],
            # Drawn on its own: each level of inheritance would hand on each of its thousand pieces.
            rows_html=Markup(render_text("fragments/inbox_rows.html", listed)),  # noqa: S704 - our own template
            item_id=item, shown=shown, kinds=present_kind_chips(base, wanted),
            active=present_active_chips(base, wanted, channel_name),
            more_on=any((wanted.channel_id, wanted.month, wanted.asked_by)),
            filters_href=f"{base}/inbox/filters?{urlencode(filter_query(wanted))}",
            filter_query=urlencode(filter_query(wanted)),
        ) | opened  # fmt: skip
    return respond("pages/inbox.html", context)


@router.get("/inbox/filters")
def show_filters(place: PlaceOf, kind: str = "", channel: str = "", month: str = "", asked_by: str = "") -> Response:
    """Every value worth filtering by; read only when somebody opens the menu."""
    wanted = parse_filter(kind, channel, month, asked_by)
    with place.work() as work:
        choices = list_choices(work)
    return respond("fragments/filters.html", fragment(place, groups=present_choices(place.base, wanted, choices)))


@router.get("/pulse")
def show_pulse(place: PlaceOf, seen: str = "") -> Response:
    """The count in the navigation; 204 while it is what the page shows already."""
    with place.work() as work:
        count = count_inbox(work, InboxFilter())
    if count.text == seen:
        return Response(status_code=204)
    return HTMLResponse(pulse_html(place.base, count))


def pulse_html(base: str, count: Count, *, beside: bool = False) -> str:
    """The part of the page that asks again, with the new count for app.js; `beside` other swapped parts."""
    seen = count.text.replace("+", "%2B")
    oob = ' hx-swap-oob="true"' if beside else ""
    return (
        f'<div hidden id="pulse" hx-get="{base}/pulse?seen={seen}" hx-trigger="every 3s" hx-swap="outerHTML"'
        f' data-waiting-now="{count.text}"{oob}></div>'
    )


def _open_item(place: Place, wanted: InboxFilter, item: UUID) -> Response:
    with place.work(frame=True) as work:
        context = fragment(place, **item_context(place, work, item, wanted))
    if context["item"] is None:
        return respond("fragments/gone.html", context)
    return respond("fragments/item.html", context)


def _more_rows(place: Place, wanted: InboxFilter, *, after: str, since: str) -> Response:
    start = ListPlace.parse(after or since) if (after or since) != "start" else None
    with place.work(frame=True) as work:
        rows = list_inbox(work, wanted, after=start)
        if since and not rows.rows:
            return Response(status_code=204)
        context = fragment(place, **_rows_context(place, rows, wanted, start, current=None))
    return respond("fragments/inbox_rows.html", context)


def _rows_context(
    place: Place, rows: InboxPage, wanted: InboxFilter, start: ListPlace | None, *, current: UUID | None
) -> dict[str, object]:
    base = place.base
    more = rows.more_after
    return {
        "rows": present_rows(base, rows, wanted, clockwork(place), current=current),
        "more_href": inbox_href(base, wanted, after=str(more)) if more else "",
        "newer_href": inbox_href(base, wanted, since=tail_of(rows, start) or "start"),
        "tail_text": "That is all. New items appear here." if rows.rows or start else "New items appear here.",
    }


def _whole(place: Place) -> Count:
    if place.frame is None:
        msg = "The frame is read with the unit of work."
        raise RuntimeError(msg)
    return place.frame.waiting


def _channel_name(work: UnitOfWork, wanted: InboxFilter) -> str:
    if wanted.channel_id is None:
        return ""
    channel = work.session.get(Channel, wanted.channel_id)
    if channel is None:
        msg = "There is no such channel here."
        raise NotFound(msg)
    return channel.name
