"""Pictures: announced to api.webflow.com, brought to the store as a form, shown from there (platform_apis.md 9.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from leadmetrics_pipelines.sandbox.webflow.models import STORE
from leadmetrics_pipelines.sandbox.webflow.problems import Refused
from leadmetrics_pipelines.sandbox.webflow.rest import BASE, Route, enter, give, read_json

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin

_PATH = f"/{STORE.removeprefix('https://')}"
_MOST = 4 * 1024 * 1024
_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{0}</Code></Error>'


def build_router(twin: WebflowTwin) -> APIRouter:
    """The announcement and the store."""
    routes = APIRouter()
    api = APIRouter(route_class=Route, prefix=BASE)

    @api.post("/sites/{site_id}/assets")
    async def announce(request: Request, site_id: str) -> Response:
        enter(twin, request, "assets:write")
        given = await read_json(request)
        if not given.get("fileName") or not given.get("fileHash"):
            raise Refused(400, param="fileName", description="Value is required")
        asset = twin.announce(twin.site(site_id), str(given["fileName"]), str(given["fileHash"]))
        details = {"key": asset.id, "acl": "public-read", "Policy": "sandbox", "success_action_status": "201"}
        body = {"id": asset.id, "uploadUrl": STORE, "uploadDetails": details}
        return give({**body, "hostedUrl": asset.address, "assetUrl": asset.address}, 202)

    routes.include_router(api)

    @routes.post(_PATH)
    async def take(request: Request) -> Response:
        if "authorization" in request.headers:
            return _refuse("InvalidArgument")
        async with request.form() as form:
            key, file = str(form.get("key", "")), form.get("file")
            asset = twin.asset(key)
            if asset is None or not isinstance(file, UploadFile):
                return _refuse("AccessDenied", 403)
            data, media_type = await file.read(), file.content_type
        if len(data) > _MOST:
            return _refuse("EntityTooLarge")
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != asset.md5:
            return _refuse("BadDigest")
        arrived = {"size": len(data), "media_type": media_type or "application/octet-stream"}
        twin.keep_asset(asset.model_copy(update=arrived), data)
        return Response("<PostResponse/>", status_code=201, media_type="application/xml")

    @routes.get(f"{_PATH}/{{site_id}}/{{file}}")
    async def show(site_id: str, file: str) -> Response:  # noqa: ARG001  part of the address
        asset = twin.asset(file.partition("_")[0])
        data = twin.asset_data(asset.id) if asset else None
        if asset is None or data is None:
            return _refuse("NoSuchKey", 404)
        return Response(data, media_type=asset.media_type)

    return routes


def _refuse(code: str, status: int = 400) -> Response:
    return Response(_ERROR.format(code), status_code=status, media_type="application/xml")
