"""Raising an ad-hoc request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.forms import (
    general_error,
    read_request_form,
    request_fields,
    typed_request,
    with_error,
)
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, page
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.requests import RequestBrief, raise_request
from leadmetrics_pipelines.services.targets import publishing_channels

router = APIRouter()
Text = Annotated[str, Form()]


@router.get("/requests/new")
def show_new_request(place: PlaceOf) -> Response:
    """The form."""
    place.actor.require(Permission.PROPOSE)
    return _form(place, typed_request(RequestBrief(title=""), "UTC"), None)


@router.post("/requests/new")
def send_new_request(
    place: PlaceOf, kind: Text = "blog", title: Text = "", target_keyword: Text = "", search_intent: Text = "",
    audience: Text = "", brief: Text = "", priority: Text = "", publish_at: Text = "",
    channel_ids: Annotated[list[str] | None, Form()] = None,
) -> Response:  # fmt: skip
    """Raise it, and put it to approval."""
    typed = {
        "kind": kind, "title": title, "target_keyword": target_keyword, "search_intent": search_intent,
        "audience": audience, "brief": brief, "priority": priority, "channel_ids": " ".join(channel_ids or ()),
        "publish_at": publish_at,
    }  # fmt: skip
    try:
        with place.work(frame=True) as work:
            zone = place.frame.time_zone if place.frame else "UTC"
            request = raise_request(work, read_request_form({**typed, "zone": zone}))
            address, name = f"{place.base}/requests/{request.id}", request.title
    except InvalidInput as error:
        return _form(place, typed, error)
    return go(place, address, Toast(text=f"Raised: {name}. It waits for approval."))


def _form(place: Place, typed: Mapping[str, str], error: InvalidInput | None) -> Response:
    with place.work(frame=True) as work:
        zone = place.frame.time_zone if place.frame else "UTC"
        fields = request_fields({**typed, "zone": zone}, publishing_channels(work), choose_kind=True)
        crumbs = [Crumb("Content", f"{place.base}/content"), Crumb("New request")]
        context = page(
            place,
            "Raise a request",
            "content",
            crumbs,
            fields=with_error(fields, error),
            problem=general_error(fields, error),
        )
    return respond("pages/new_request.html", context, status=422 if error else 200)
