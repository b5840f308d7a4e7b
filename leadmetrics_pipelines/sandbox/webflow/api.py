"""Sites, collections and items of api.webflow.com/v2 (platform_apis.md 9.2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.webflow.models import COLLECTIONS, SITES, Collection, Item, Site
from leadmetrics_pipelines.sandbox.webflow.problems import Refused
from leadmetrics_pipelines.sandbox.webflow.rest import BASE, Route, enter, give, read_json

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin

_MOST = 100


def build_router(twin: WebflowTwin) -> APIRouter:
    """Routes with whole paths."""
    routes = APIRouter(prefix=BASE)
    for part in (_sites(twin), _reading(twin), _writing(twin)):
        routes.include_router(part)
    return routes


def _sites(twin: WebflowTwin) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.get("/token/introspect")
    async def introspect(request: Request) -> Response:
        token = enter(twin, request, None)
        return give({"authorization": {"id": token.family, "scope": ",".join(token.scopes), "rateLimit": 60}})

    @routes.get("/sites")
    async def sites(request: Request) -> Response:
        enter(twin, request, "sites:read")
        return give({"sites": [_view_site(site) for site in SITES]})

    @routes.get("/sites/{site_id}")
    async def site(request: Request, site_id: str) -> Response:
        enter(twin, request, "sites:read")
        return give(_view_site(twin.site(site_id)))

    @routes.get("/sites/{site_id}/collections")
    async def collections(request: Request, site_id: str) -> Response:
        enter(twin, request, "cms:read")
        found = [collection for collection in COLLECTIONS if collection.site_id == twin.site(site_id).id]
        return give({"collections": [_view_collection(collection, whole=False) for collection in found]})

    @routes.get("/collections/{collection_id}")
    async def collection(request: Request, collection_id: str) -> Response:
        enter(twin, request, "cms:read")
        return give(_view_collection(twin.collection(collection_id), whole=True))

    return routes


def _reading(twin: WebflowTwin) -> APIRouter:
    routes = APIRouter(route_class=Route, prefix="/collections/{collection_id}/items")

    @routes.get("")
    async def find(
        request: Request, collection_id: str, slug: str = "", name: str = "", limit: int = _MOST, offset: int = 0
    ) -> Response:
        enter(twin, request, "cms:read")
        found = [
            item for item in twin.items(twin.collection(collection_id).id)
            if twin.is_listed(item) and slug in {"", item.data.get("slug")} and name in {"", item.data.get("name")}
        ]  # fmt: skip
        shown = [view_item(item) for item in found[offset : offset + min(limit, _MOST)]]
        return give({"items": shown, "pagination": {"limit": limit, "offset": offset, "total": len(found)}})

    @routes.get("/{item_id}")
    async def one(request: Request, collection_id: str, item_id: str) -> Response:
        enter(twin, request, "cms:read")
        return give(view_item(twin.item(collection_id, item_id)))

    return routes


def _writing(twin: WebflowTwin) -> APIRouter:
    routes = APIRouter(route_class=Route, prefix="/collections/{collection_id}/items")

    @routes.post("")
    async def create(request: Request, collection_id: str) -> Response:
        enter(twin, request, "cms:write")
        body = await read_json(request)
        item = twin.add(twin.collection(collection_id), _data_of(body), is_draft=bool(body.get("isDraft")))
        return give(view_item(item), 202)

    @routes.post("/publish")
    async def publish(request: Request, collection_id: str) -> Response:
        enter(twin, request, "cms:write")
        chosen = [twin.item(collection_id, str(item_id)) for item_id in (await read_json(request)).get("itemIds") or []]
        if twin.behaviour.structure_changed:
            raise Refused(409)
        if twin.behaviour.publish_error:
            return give({"publishedItemIds": [], "errors": [twin.behaviour.publish_error]}, 202)
        return give({"publishedItemIds": [twin.publish(item).id for item in chosen], "errors": []}, 202)

    @routes.patch("/{item_id}")
    async def change(request: Request, collection_id: str, item_id: str) -> Response:
        enter(twin, request, "cms:write")
        item, body = twin.item(collection_id, item_id), await read_json(request)
        flags = {"is_archived": bool(body.get("isArchived", item.is_archived))}
        return give(view_item(twin.keep(twin.change(item, _data_of(body)).model_copy(update=flags))))

    @routes.delete("/{item_id}")
    async def remove(request: Request, collection_id: str, item_id: str) -> Response:
        enter(twin, request, "cms:write")
        twin.remove(twin.item(collection_id, item_id))
        return Response(status_code=204)

    @routes.delete("/{item_id}/live")
    async def take_off(request: Request, collection_id: str, item_id: str) -> Response:
        enter(twin, request, "cms:write")
        twin.keep(twin.item(collection_id, item_id).model_copy(update={"live": None, "published": None}))
        return Response(status_code=204)

    return routes


def view_item(item: Item) -> dict[str, Any]:
    """As the API shows it."""
    return {
        "id": item.id, "cmsLocaleId": "66f6e9", "lastPublished": _time(item.published),
        "lastUpdated": _time(item.updated), "createdOn": _time(item.created), "isArchived": item.is_archived,
        "isDraft": item.is_draft, "fieldData": item.data,
    }  # fmt: skip


def _data_of(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("fieldData", {})
    if not isinstance(data, dict):
        raise Refused(400, param="fieldData", description="Value must be an object")
    return data


def _view_site(site: Site) -> dict[str, Any]:
    return {
        "id": site.id, "displayName": site.name, "shortName": site.short_name, "customDomains": [], "locales": {},
        "lastPublished": "2026-11-01T09:00:00.000Z", "previewUrl": "",
    }  # fmt: skip


def _view_collection(collection: Collection, *, whole: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"id": collection.id, "displayName": collection.name, "slug": collection.slug}
    if whole:
        found["fields"] = [
            {"id": f"{collection.id}-{at}", "slug": field.slug, "type": field.type, "displayName": field.name,
             "isRequired": field.required}
            for at, field in enumerate(collection.fields)
        ]  # fmt: skip
    return found


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
