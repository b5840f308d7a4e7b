"""The public sites: each published item on its page, as readers see it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import gateway_of
from leadmetrics_pipelines.sandbox.webflow.models import COLLECTIONS, SITES, Collection

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin

_PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{image}{body}</html>"
_STORE = "https://s3.amazonaws.com"


def build_router(twin: WebflowTwin) -> APIRouter:
    """One route for each site."""
    routes = APIRouter()
    for site in SITES:
        collections = {collection.slug: collection for collection in COLLECTIONS if collection.site_id == site.id}
        _add_site(routes, twin, f"/{site.short_name}.webflow.io", collections)
    return routes


def _add_site(routes: APIRouter, twin: WebflowTwin, path: str, collections: dict[str, Collection]) -> None:
    @routes.get(f"{path}/{{collection}}/{{slug}}")
    async def show(request: Request, collection: str, slug: str) -> Response:
        items = twin.items(collections[collection].id) if collection in collections else []
        data = next((item.live for item in items if item.live and item.live.get("slug") == slug), None)
        if data is None:
            return HTMLResponse("<h1>Page Not Found</h1>", status_code=404)
        pictures = [value for value in data.values() if isinstance(value, dict)]
        images = [
            f'<img src="{html.escape(str(one["url"]))}" alt="{html.escape(str(one.get("alt") or ""))}">'
            for one in pictures
        ]
        text = "".join(value for value in data.values() if isinstance(value, str) and "<" in value)
        page = _PAGE.format(title=html.escape(str(data["name"])), image="".join(images), body=text)
        return HTMLResponse(page.replace(_STORE, f"{gateway_of(request)}/{_STORE.removeprefix('https://')}"))
