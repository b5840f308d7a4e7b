"""What a person saw on the platform, where the publisher could not find out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.review.place import PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Toast
from leadmetrics_pipelines.review.routes.answers import go
from leadmetrics_pipelines.services.settling import settle_as_absent, settle_as_live

router = APIRouter()
Text = Annotated[str, Form()]


@router.post("/posts/{post_id}/settle")
def send_settle(place: PlaceOf, post_id: UUID, outcome: Text = "", url: Text = "") -> Response:
    """It is live at `url`, it is sent once more, or it is let be."""
    with place.work() as work:
        if outcome == "live":
            title = settle_as_live(work, post_id, url).title
            said = "It counts as published"
        else:
            title = settle_as_absent(work, post_id, send_again=outcome == "send_again").title
            said = "It is sent once more" if outcome == "send_again" else "It is let be"
    return go(place, f"{place.base}/posts/{post_id}", Toast(text=f"{said}: {title}"))
