"""LinkedIn's pictures: registered, uploaded in one shot, processed, then usable (reference platform_apis.md 2.4)."""

from __future__ import annotations

import struct
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of, gateway_of
from leadmetrics_pipelines.sandbox.linkedin.models import Picture
from leadmetrics_pipelines.sandbox.linkedin.rest import (
    POSTING_ROLES,
    Refused,
    answer_empty,
    answer_json,
    check_encoded,
    illegal,
    let_in,
    read_object,
)
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.refusing import RefusingRoute

_IMAGES = "/api.linkedin.com/rest/images"
_UPLOADS = "www.linkedin.com/dms-uploads/sandbox"
_SHOWN = "www.linkedin.com/dms-image"
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_UPLOAD_HOURS = 24
_MOST_PIXELS = 36_152_320


def build_router(pages: Pages) -> APIRouter:
    """`/rest/images`, the place to upload to, and the pictures themselves."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.post(_IMAGES)
    async def begin(request: Request) -> Response:
        caller = let_in(request, pages)
        caller.need_scope("w_organization_social", "ImagesExternal.ACTION-initializeUpload")
        if request.query_params.get("action") != "initializeUpload":
            raise illegal("Unknown action")
        owner = (await read_object(request)).get("initializeUploadRequest", {}).get("owner")
        caller.need_page(owner, "ImagesExternal.ACTION-initializeUpload", roles=POSTING_ROLES)
        ends_at = pages.clock.now() + timedelta(hours=_UPLOAD_HOURS)
        number = pages.next_id()
        picture = Picture(urn=f"urn:li:image:C4E10AQ{number}", owner=str(owner), ends_at=ends_at)
        pages.keep_picture(picture)
        value = {
            "uploadUrlExpiresAt": int(ends_at.timestamp() * 1000), "image": picture.urn,
            "uploadUrl": f"https://{_UPLOADS}/C4E10AQ{number}/uploaded-image/0?ca=vector&sync=0",
        }  # fmt: skip
        return answer_json({"value": value})

    @routes.put(f"/{_UPLOADS}/{{name}}/uploaded-image/0")
    async def upload(name: str, request: Request) -> Response:
        picture = pages.picture(f"urn:li:image:{name}")
        if pages.consents.live(bearer_of(request)) is None or picture is None or pages.clock.now() > picture.ends_at:
            return answer_empty(401)
        data = await request.body()
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")
        fits = bool(kind) and not (kind == "image/png" and _pixels_of_png(data) >= _MOST_PIXELS)
        failed = not fits or pages.set_up.processing_fails
        polls = pages.set_up.processing_polls
        status = "PROCESSING" if polls else "PROCESSING_FAILED" if failed else "AVAILABLE"
        changed = {"status": status, "polls_left": polls, "media_type": kind if fits else "", "size": len(data)}
        pages.keep_picture(picture.model_copy(update=changed), data)
        return answer_empty(201)

    @routes.get(_IMAGES + "/{urn}")
    async def look(urn: str, request: Request) -> Response:
        let_in(request, pages)
        check_encoded(request)
        picture = pages.picture(urn)
        if picture is None:
            raise Refused(404, f"Could not find entity {urn}", code="NOT_FOUND")
        picture = _process(pages, picture)
        body = {"owner": picture.owner, "id": picture.urn, "status": picture.status}
        if picture.status == "AVAILABLE":
            body["downloadUrl"] = picture_address(request, picture.urn)
        return answer_json(body)

    @routes.get(f"/{_SHOWN}/{{urn}}")
    async def show(urn: str) -> Response:
        picture, data = pages.picture(urn), pages.picture_data(urn)
        if picture is None or data is None:
            return Response("No such picture", status_code=404)
        return Response(data, media_type=picture.media_type)

    return routes


def picture_address(request: Request, urn: str) -> str:
    """Where anybody sees a picture."""
    return f"{gateway_of(request)}/{_SHOWN}/{urn}"


def _process(pages: Pages, picture: Picture) -> Picture:
    """One look further on: the picture as it will be seen next time is stored, the one of now returned."""
    if picture.status != "PROCESSING":
        return picture
    left = picture.polls_left - 1
    failed = not picture.media_type or pages.set_up.processing_fails
    after = "PROCESSING" if left > 0 else "PROCESSING_FAILED" if failed else "AVAILABLE"
    pages.keep_picture(picture.model_copy(update={"polls_left": left, "status": after}))
    return picture


def _pixels_of_png(data: bytes) -> int:
    width, height = struct.unpack(">II", data[16:24])
    return int(width * height)
