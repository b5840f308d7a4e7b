"""An activity: its life cycle and sessions, and the three ways out when it is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.activity import present_activity
from leadmetrics_pipelines.review.presenters.content_forms import empty_post, post_fields, read_post_form
from leadmetrics_pipelines.review.presenters.forms import Field, general_error, with_error
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, clockwork, page
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.review.routes.typed_post import TypedPost
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.outcomes import complete_by_hand
from leadmetrics_pipelines.services.publishing import retry_publication
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.services.views.activity_page import read_activity_page
from leadmetrics_pipelines.services.work import cancel_activity, get_activity, retry_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork

router = APIRouter()
Text = Annotated[str, Form()]


@router.get("/activities/{activity_id}")
def show_activity(place: PlaceOf, activity_id: UUID) -> Response:
    """The activity with its sessions."""
    with place.work(frame=True) as work:
        activity = present_activity(place, read_activity_page(work, activity_id), clockwork(place))
        crumbs = [Crumb("Month", f"{place.base}/month"), Crumb(activity["name"])]
        context = page(place, activity["name"], "month", crumbs, activity=activity)
    return respond("pages/activity.html", context)


@router.post("/activities/{activity_id}/retry")
def send_retry(place: PlaceOf, activity_id: UUID) -> Response:
    """First way out: try again."""
    with place.work() as work:
        name = retry_activity(work, activity_id).name
    return go(place, f"{place.base}/activities/{activity_id}", Toast(text=f"Tried again: {name}", icon="retry"))


@router.post("/activities/{activity_id}/cancel")
def send_cancel(place: PlaceOf, activity_id: UUID, reason: Text = "") -> Response:
    """Last way out: nobody does it this month."""
    with place.work() as work:
        name = cancel_activity(work, activity_id, reason).name
    return go(place, f"{place.base}/activities/{activity_id}", Toast(text=f"Cancelled: {name}"))


@router.post("/posts/{post_id}/retry")
def send_publish_retry(place: PlaceOf, post_id: UUID) -> Response:
    """A refused post goes out again, once its cause is mended."""
    with place.work() as work:
        title = retry_publication(work, post_id).title
    return go(
        place, f"{place.base}/posts/{post_id}", Toast(text=f"It goes out with the next pass: {title}", icon="retry")
    )


@router.get("/activities/{activity_id}/by-hand")
def show_by_hand(place: PlaceOf, activity_id: UUID) -> Response:
    """The form for a result by hand."""
    place.actor.require(Permission.UNBLOCK)
    return _form(place, activity_id, None, None)


@router.post("/activities/{activity_id}/by-hand")
def send_by_hand(
    place: PlaceOf, activity_id: UUID, post: Annotated[TypedPost, Depends()], topics: Text = ""
) -> Response:
    """Second way out: a person gives the result."""
    typed = post.values | {"topics": topics}
    try:
        with place.work(frame=True) as work:
            zone = place.frame.time_zone if place.frame else "UTC"
            if get_activity(work, activity_id).step_key == pipelines.PLAN:
                name = complete_by_hand(work, activity_id, _read_topics(topics)).name
            else:
                name = complete_by_hand(work, activity_id, read_post_form({**typed, "zone": zone})).name
    except InvalidInput as error:
        return _form(place, activity_id, typed, error)
    return go(place, f"{place.base}/activities/{activity_id}", Toast(text=f"Taken over by hand: {name}"))


def _form(place: Place, activity_id: UUID, typed: Mapping[str, str] | None, error: InvalidInput | None) -> Response:
    with place.work(frame=True) as work:
        activity = get_activity(work, activity_id)
        zone = place.frame.time_zone if place.frame else "UTC"
        typed = typed or empty_post(_kind(work, activity)) | {"topics": ""}
        fields = _fields(activity.step_key, {**typed, "zone": zone})
        path = f"{place.base}/activities/{activity_id}"
        crumbs = [Crumb("Month", f"{place.base}/month"), Crumb(activity.name, path), Crumb("Result by hand")]
        context = page(
            place,
            "Result by hand",
            "month",
            crumbs,
            fields=with_error(fields, error),
            path=path,
            name=activity.name,
            kind=typed["kind"],
            problem=general_error(fields, error),
        )
    return respond("pages/by_hand.html", context, status=422 if error else 200)


def _kind(work: UnitOfWork, activity: Activity) -> ContentKind:
    """What a result of this work is."""
    return ContentKind(work.session.get_one(Post, activity.post_id).kind) if activity.post_id else ContentKind.BLOG


def _fields(step_key: str, typed: Mapping[str, str]) -> tuple[Field, ...]:
    if step_key == pipelines.PLAN:
        return (
            Field(
                name="topics",
                label="Topics",
                kind="textarea",
                rows=12,
                wide=True,
                value=typed["topics"],
                required=True,
                hint="One a line: title | target keyword | brief. The last two may be left out.",
            ),
        )
    return tuple(field for field in post_fields(typed) if field.name not in ("image", "image_alt"))


def _read_topics(text: str) -> list[RequestBrief]:
    briefs = []
    for line in text.splitlines():
        title, keyword, brief, *_ = [*(part.strip() for part in line.split("|")), "", "", ""]
        if title:
            briefs.append(RequestBrief(title=title, target_keyword=keyword, brief=brief))
    if not briefs:
        msg = "Write at least one topic, one a line."
        raise InvalidInput(msg, field="topics")
    return briefs
