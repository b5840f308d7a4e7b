"""Stored pictures at a public address, for platforms that fetch them themselves (Instagram, Google, TikTok).

The address holds the SHA-256 of the bytes: nobody guesses it, and whoever knows it has the picture already or was given
the address by the publisher.
"""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.content.models import ImageFile

router = APIRouter()
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ACTOR = system_actor("public media", "page")
_FOR_A_DAY = "public, max-age=86400, immutable"


@router.get("/media/{tenant_id}/{digest}")
def show_media(request: Request, tenant_id: UUID, digest: str) -> Response:
    """The bytes, or 404."""
    runtime: Runtime = request.app.state.runtime
    if _DIGEST.fullmatch(digest) is None:
        return Response(status_code=404)
    with runtime.unit_of_work(tenant=tenant_id, actor=_ACTOR) as work:
        image = work.session.get(ImageFile, (tenant_id, digest))
    if image is None:
        return Response(status_code=404)
    return Response(
        image.data,
        media_type=image.media_type,
        headers={"Cache-Control": _FOR_A_DAY, "Cross-Origin-Resource-Policy": "cross-origin"},
    )
