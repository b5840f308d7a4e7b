"""Today, and search."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import clockwork, fragment, page
from leadmetrics_pipelines.review.presenters.inbox import present_rows
from leadmetrics_pipelines.review.presenters.month import present_stuck
from leadmetrics_pipelines.review.presenters.words import (
    HEALTH_BADGES,
    KIND_ICON,
    KIND_WORDS,
    POST_BADGES,
    REQUEST_BADGES,
)
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.views.content_list import ContentRow, find_content
from leadmetrics_pipelines.services.views.inbox import InboxFilter, InboxPage
from leadmetrics_pipelines.services.views.today import Progress, Today, read_today

router = APIRouter()
SHORTEST_SEARCH = 2


@router.get("/today")
def show_today(place: PlaceOf) -> Response:
    """What waits, what is stuck, how far the month is."""
    with place.work(frame=True) as work:
        today = read_today(work)
        clock = clockwork(place)
        page_of = InboxPage(rows=today.oldest, more_after=None)
        context = page(
            place, "Today", "today", month=today.month, greeting=f"{clock.now:%A, %d %B}",
            rows=present_rows(place.base, page_of, InboxFilter(), clock),
            waiting=[
                {
                    "label": KIND_WORDS[kind], "count": count.text, "icon": KIND_ICON[kind],
                    "href": f"{place.base}/inbox?kind={kind}",
                }
                for kind, count in today.waiting
            ],
            stuck=[present_stuck(place, stuck, clock) for stuck in today.stuck],
            progress=[_progress(place, line, today) for line in today.progress],
            live=[
                {"title": p.title, "url": p.url, "when": clock.ago(p.at), "href": f"{place.base}/posts/{p.id}"}
                for p in today.live
            ],
            steps=_first_steps(place, today),
        )  # fmt: skip
    return respond("pages/today.html", context)


@router.get("/search")
def search(place: PlaceOf, q: str = "") -> Response:
    """Pages, requests and posts for the palette."""
    text = q.strip()
    found: tuple[ContentRow, ...] = ()
    with place.work(frame=True) as work:
        if len(text) >= SHORTEST_SEARCH:
            found = find_content(work, text)
        links = page(place, "Search", "")["frame"]["nav"]
    pages = [link for link in links if text.casefold() in link.label.casefold()]
    hits = [{"icon": link.icon, "label": link.label, "note": "Page", "href": link.href} for link in pages]
    if place.may(Permission.PROPOSE) and text.casefold() in "raise a request":
        hits.append(
            {"icon": "plus", "label": "Raise a request", "note": "Action", "href": f"{place.base}/requests/new"}
        )
    hits += [_hit(place, row) for row in found]
    return respond("fragments/hits.html", fragment(place, hits=hits, q=text))


def _hit(place: Place, row: ContentRow) -> dict[str, str]:
    if row.post_id and row.post_status:
        return {
            "icon": "content", "label": row.title, "note": POST_BADGES[row.post_status].label,
            "href": f"{place.base}/posts/{row.post_id}",
        }  # fmt: skip
    return {
        "icon": "request", "label": row.title, "note": REQUEST_BADGES[row.request_status].label,
        "href": f"{place.base}/requests/{row.request_id}",
    }  # fmt: skip


def _progress(place: Place, line: Progress, today: Today) -> dict[str, object]:
    return {
        "name": line.name, "completed": line.completed, "target": line.target, "badge": HEALTH_BADGES[line.health],
        "href": f"{place.base}/month?month={today.month}",
        "sentence": f"{line.name}: {line.completed}/{line.target} completed this month",
    }  # fmt: skip


def _first_steps(place: Place, today: Today) -> list[dict[str, object]]:
    """The way from an empty client to a running month; empty once a month is planned."""
    if today.has_month:
        return []
    base = place.base
    steps = [
        ("Connect a WordPress site", "Approved posts are published there.", today.has_channel, f"{base}/channels",
         "Connect a site", Permission.MANAGE_CHANNELS),
        ("Promise a deliverable", "For example ten blog posts a month to that site.", today.has_deliverable,
         f"{base}/settings#deliverables", "Add a deliverable", Permission.MANAGE_DELIVERABLES),
        ("The month starts by itself", "Within a minute the agents research topics; they then wait here for approval.",
         today.has_month, f"{base}/month", "See the month", Permission.READ),
    ]  # fmt: skip
    now = next((n for n, step in enumerate(steps) if not step[2]), len(steps))
    return [
        {
            "title": title, "text": text, "state": "done" if done else "now" if n == now else "",
            "href": href if n == now and place.may(permission) else "", "action": action,
        }
        for n, (title, text, done, href, action, permission) in enumerate(steps)
    ]  # fmt: skip
