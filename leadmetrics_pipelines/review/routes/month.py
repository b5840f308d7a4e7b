"""The month's board."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.review.place import PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Crumb, clockwork, fragment, page
from leadmetrics_pipelines.review.presenters.month import present_board
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.views.month_board import read_month_board

router = APIRouter()


@router.get("/month")
def show_month(place: PlaceOf, month: str = "", seen: str = "") -> Response:
    """A month; as a fragment 204 while it is as the page shows it."""
    wanted = Month.parse(month) if month else Month.of(place.runtime.clock.now())
    with place.work(frame=True) as work:
        board = present_board(place, read_month_board(work, wanted), clockwork(place))
        watch = f"{place.base}/month?month={wanted}"
        if place.wants_fragment:
            if board["stamp"] == seen:
                return Response(status_code=204)
            return respond("fragments/board.html", fragment(place, board=board, watch_href=watch))
        context = page(
            place, wanted.title, "month", [Crumb("Month"), Crumb(wanted.title)], board=board, watch_href=watch
        )
    return respond("pages/month.html", context)
