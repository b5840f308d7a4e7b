"""X's uploads: in one shot or in segments, processed, described (reference platform_apis.md 10.2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from leadmetrics_pipelines.sandbox.refusing import RefusingRoute
from leadmetrics_pipelines.sandbox.x.models import Media
from leadmetrics_pipelines.sandbox.x.rest import Gatekeeper, invalid
from leadmetrics_pipelines.sandbox.x.store import Account

_UPLOAD = "/api.x.com/2/media/upload"
_LIFE = 86400
_MEBIBYTE = 1024 * 1024
_MOST = {"tweet_image": 5 * _MEBIBYTE, "tweet_gif": 15 * _MEBIBYTE, "tweet_video": 512 * _MEBIBYTE}
_SEGMENT, _SEGMENTS, _ALT = 5 * _MEBIBYTE, 1000, 1000
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_ONE_SHOT, _PARTS = "POST /2/media/upload", "POST /2/media/upload/parts"


def build_router(account: Account) -> APIRouter:
    """`/2/media`."""
    routes = APIRouter(route_class=RefusingRoute)
    routes.include_router(_build_parts(account))

    @routes.post(_UPLOAD)
    async def one_shot(request: Request) -> Response:
        gate = Gatekeeper(request, account, _ONE_SHOT, "media.write")
        form, data = await _read_form(request)
        category = form.get("media_category", "")
        if category not in _MOST or len(data) > _MOST[category]:
            raise invalid("The media is of no known category, or too large", "media_category", category)
        kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")
        if not kind:
            raise invalid("The media type is unrecognized", "media")
        media = _begin(account, kind, category, len(data))
        return gate.answer({"data": _finish(account, media, data)})

    @routes.get(_UPLOAD)
    async def status(request: Request) -> Response:
        gate = Gatekeeper(request, account, _PARTS, "media.write")
        media = _existing(account, request.query_params.get("media_id", ""))
        if media.state == "in_progress":
            left = media.polls_left - 1
            after = "in_progress" if left > 0 else "failed" if account.set_up.processing_fails else "succeeded"
            account.keep_media(media.model_copy(update={"polls_left": left, "state": after}))
        return gate.answer({"data": _show(media)})

    @routes.post("/api.x.com/2/media/metadata")
    async def describe(request: Request) -> Response:
        gate = Gatekeeper(request, account, "POST /2/media/metadata", "media.write")
        asked = await _read_object(request)
        media = _existing(account, str(asked.get("id")))
        alt = str(asked.get("metadata", {}).get("alt_text", {}).get("text", ""))
        if not 0 < len(alt) <= _ALT:
            raise invalid("alt_text must have 1 to 1000 characters", "metadata.alt_text.text", alt)
        account.keep_media(media.model_copy(update={"alt": alt}))
        return gate.answer({"data": {"id": media.id, "associated_metadata": {"alt_text": {"text": alt}}}})

    return routes


def _build_parts(account: Account) -> APIRouter:
    """Uploads in segments."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.post(f"{_UPLOAD}/initialize")
    async def initialize(request: Request) -> Response:
        gate = Gatekeeper(request, account, _PARTS, "media.write")
        asked = await _read_object(request)
        category, total = str(asked.get("media_category")), int(asked.get("total_bytes") or 0)
        if not 0 < total <= _MOST.get(category, 0) or not asked.get("media_type"):
            raise invalid("media_category, media_type or total_bytes is invalid", "total_bytes", total)
        media = _begin(account, str(asked["media_type"]), category, total)
        account.keep_media(media, b"")
        return gate.answer({"data": _show(media)})

    @routes.post(f"{_UPLOAD}/{{number}}/append")
    async def append(number: str, request: Request) -> Response:
        gate = Gatekeeper(request, account, _PARTS, "media.write")
        media = _existing(account, number)
        form, data = await _read_form(request)
        index = int(form.get("segment_index", "-1"))
        if len(data) > _SEGMENT or not 0 <= index < _SEGMENTS or media.state != "uploading":
            raise invalid("The segment is too large or out of order", "segment_index", index)
        if index == len(media.segments):
            known = account.media_data(number) or b""
            sizes = {**media.segments, index: len(data)}
            account.keep_media(media.model_copy(update={"segments": sizes}), known + data)
        return gate.answer({"data": {"expires_at": int(media.ends_at.timestamp())}})

    @routes.post(f"{_UPLOAD}/{{number}}/finalize")
    async def finalize(number: str, request: Request) -> Response:
        gate = Gatekeeper(request, account, _PARTS, "media.write")
        media = _existing(account, number)
        if sum(media.segments.values()) != media.total:
            raise invalid("Segments do not add up to provided total file size.", "id", number)
        return gate.answer({"data": _finish(account, media, None)})

    return routes


def _begin(account: Account, kind: str, category: str, total: int) -> Media:
    ends_at = account.clock.now() + timedelta(seconds=_LIFE)
    return Media(id=account.next_id(), media_type=kind, category=category, total=total, ends_at=ends_at)


def _finish(account: Account, media: Media, data: bytes | None) -> dict[str, Any]:
    """All bytes are there: an image is ready, a GIF is processed first."""
    now = account.set_up
    is_slow = media.category != "tweet_image" and (now.processing_polls > 0 or now.processing_fails)
    state = "in_progress" if is_slow else "succeeded"
    done = media.model_copy(update={"state": state, "polls_left": max(1, now.processing_polls)})
    account.keep_media(done, data)
    return _show(done)


def _show(media: Media) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": media.id, "media_key": media.key, "size": media.total, "expires_after_secs": _LIFE
    }  # fmt: skip
    if media.category != "tweet_image" and media.state != "uploading":
        info: dict[str, Any] = {"state": media.state}
        if media.state == "in_progress":
            info |= {"check_after_secs": 5, "progress_percent": 30}
        body["processing_info"] = info
    return body


def _existing(account: Account, number: str) -> Media:
    media = account.media(number)
    if media is None:
        raise invalid("The media id is unknown or has expired", "media_id", number)
    return media


async def _read_form(request: Request) -> tuple[dict[str, str], bytes]:
    """The fields of a form, and the bytes of its file `media`."""
    async with request.form() as form:
        part = form.get("media")
        if not isinstance(part, UploadFile):
            raise invalid("media is required", "media")
        return {name: value for name, value in form.items() if isinstance(value, str)}, await part.read()


async def _read_object(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid("The request body is not valid JSON", "body")
    return found
