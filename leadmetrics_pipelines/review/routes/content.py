"""Everything that is being made or was made."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import clockwork, fragment, page
from leadmetrics_pipelines.review.presenters.inbox import Chip
from leadmetrics_pipelines.review.presenters.words import POST_BADGES, REQUEST_BADGES, Clockwork
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.views.content_list import ContentFilter, ContentRow, ContentStage, list_content
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace

router = APIRouter()
_STAGE_WORDS = {
    ContentStage.BRIEF: "Briefs", ContentStage.WRITING: "Writing", ContentStage.REVIEW: "In review",
    ContentStage.APPROVED: "Approved", ContentStage.LIVE: "Live", ContentStage.TROUBLE: "Not published",
    ContentStage.CLOSED: "Closed",
}  # fmt: skip


@router.get("/content")
def show_content(place: PlaceOf, stage: str = "", month: str = "", q: str = "", after: str = "") -> Response:
    """The list; as a fragment its next rows."""
    wanted = _parse(stage, month, q)
    query = {key: value for key, value in (("stage", stage), ("month", month), ("q", q)) if value}
    with place.work(frame=True) as work:
        found = list_content(work, wanted, after=ListPlace.parse(after) if after else None)
        clock = clockwork(place)
        context: dict[str, Any] = {
            "rows": [_present(place, row, clock) for row in found.rows],
            "more_href": _href(place, {**query, "after": str(found.more_after)}) if found.more_after else "",
        }
        if place.wants_fragment:
            return respond("fragments/content_rows.html", fragment(place, **context))
        context |= {"chips": _chips(place, query), "q": q, "stage": stage, "month": month, "filtered": bool(query)}
        return respond("pages/content.html", page(place, "Content", "content", **context))


def _parse(stage: str, month: str, q: str) -> ContentFilter:
    try:
        return ContentFilter(
            stage=ContentStage(stage) if stage else None, month=Month.parse(month) if month else None,
            text=q.strip() or None,
        )  # fmt: skip
    except ValueError as error:
        msg = "This address asks for a stage there is not. Open the list and choose again."
        raise InvalidInput(msg) from error


def _chips(place: Place, query: dict[str, str]) -> list[Chip]:
    rest = {key: value for key, value in query.items() if key != "stage"}
    chips = [Chip("All", _href(place, rest), "stage" not in query)]
    return chips + [
        Chip(word, _href(place, {**rest, "stage": stage.value}), query.get("stage") == stage)
        for stage, word in _STAGE_WORDS.items()
    ]


def _href(place: Place, query: dict[str, str]) -> str:
    return f"{place.base}/content?{urlencode(query)}" if query else f"{place.base}/content"


def _present(place: Place, row: ContentRow, clock: Clockwork) -> dict[str, Any]:
    request_path = f"{place.base}/requests/{row.request_id}"
    return {
        "title": row.title, "href": f"{place.base}/posts/{row.post_id}" if row.post_id else request_path,
        "request_href": request_path, "request": REQUEST_BADGES[row.request_status],
        "post": POST_BADGES[row.post_status] if row.post_status else None,
        "month": row.month.title if row.month else "Ad hoc" if row.is_ad_hoc else "", "channel": row.channel_name or "",
        "author": row.author_name, "since": clock.ago(row.status_since), "url": row.published_url or "",
        "problem": row.problem or "",
    }  # fmt: skip
