"""public-api.wordpress.com: the person's sites (v1.1), posts and pictures (wp/v2), and the sites' public pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from leadmetrics_pipelines.sandbox.consent_page import bearer_of, gateway_of

# Importing these registers WordPress's routes.
from leadmetrics_pipelines.sandbox.wordpress import media, posts, terms, users
from leadmetrics_pipelines.sandbox.wordpress.capabilities import may
from leadmetrics_pipelines.sandbox.wordpress.fields import only_fields
from leadmetrics_pipelines.sandbox.wordpress.pages import public_page
from leadmetrics_pipelines.sandbox.wordpress.params import parse_php
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Params, RestError, router

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.oauth import Token
    from leadmetrics_pipelines.sandbox.wordpress_com.twin import Blog, WordPressComTwin

__all__ = ["build_router", "media", "posts", "terms", "users"]

_HOST = "/public-api.wordpress.com"
_V1, _V2 = f"{_HOST}/rest/v1.1", f"{_HOST}/wp/v2/sites"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_SCOPES = {"posts": "posts", "media": "media", "categories": "taxonomy", "tags": "taxonomy"}


def build_router(twin: WordPressComTwin) -> APIRouter:
    """Routes with whole paths."""
    routes = APIRouter()
    routes.include_router(_sites(twin))
    routes.include_router(_content(twin))
    for host in twin.hosts():
        _add_pages(routes, twin, host)
    return routes


def _sites(twin: WordPressComTwin) -> APIRouter:
    routes = APIRouter(prefix=_V1)

    @routes.get("/me/sites")
    async def mine(request: Request) -> Response:
        token = twin.consents.live(bearer_of(request))
        if token is None or "sites" not in token.scopes:
            return _refuse(token)
        return JSONResponse({"sites": [_view(twin, blog) for blog in twin.blogs()]})

    @routes.get("/sites/{named}")
    async def one(request: Request, named: str) -> Response:
        token, blog = twin.consents.live(bearer_of(request)), twin.blog(named)
        if token is None or "sites" not in token.scopes:
            return _refuse(token)
        if blog is None:
            return JSONResponse({"error": "unknown_blog", "message": "Unknown blog"}, status_code=404)
        return JSONResponse(_view(twin, blog))

    return routes


def _content(twin: WordPressComTwin) -> APIRouter:
    routes = APIRouter(prefix=_V2)

    @routes.api_route("/{named}/{path:path}", methods=_METHODS)
    async def content(request: Request, named: str, path: str) -> Response:
        try:
            call = await _read_call(twin, request, named, path)
        except RestError as error:
            return JSONResponse(error.body(), status_code=error.status)
        answer = await router.dispatch(call)
        body = only_fields(answer.body, call.params["_fields"]) if "_fields" in call.params else answer.body
        return _write(Answer(status=answer.status, body=body, headers=answer.headers))

    return routes


def _add_pages(routes: APIRouter, twin: WordPressComTwin, host: str) -> None:
    @routes.get(f"/{host}/{{path:path}}")
    async def page(request: Request, path: str) -> Response:
        blog = twin.blog(host)
        url = f"{gateway_of(request)}/{host}"
        return (
            public_page(twin.site(blog), url, path, request.query_params.get("p"))
            if blog
            else Response(status_code=404)
        )


async def _read_call(twin: WordPressComTwin, request: Request, named: str, path: str) -> Call:
    token, blog = twin.consents.live(bearer_of(request)), twin.blog(named)
    if blog is None:
        raise RestError(404, "rest_invalid_site", "Unknown site.")
    if token is None and bearer_of(request):
        raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
    scope = _SCOPES.get(path.partition("/")[0])
    if token is not None and scope is not None and scope not in token.scopes:
        raise RestError(403, "rest_forbidden", "Sorry, you are not allowed to do that.")
    body = await request.body()
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return Call(
        site=twin.site(blog), url=f"{gateway_of(request)}/{blog.host}", method=request.method,
        route=f"/wp/v2/{path.strip('/')}", params=parse_php(request.url.query) | (_read_json(body) if is_json else {}),
        headers=request.headers, now=twin.clock.now().replace(microsecond=0),
        user=twin.dana(blog) if token else None, body=body, is_json=is_json,
    )  # fmt: skip


def _read_json(body: bytes) -> Params:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise RestError(400, "rest_invalid_json", "Invalid JSON body passed.") from error
    return value if isinstance(value, dict) else {}


def _view(twin: WordPressComTwin, blog: Blog) -> dict[str, object]:
    rights = {right: may(twin.dana(blog), right) for right in ("edit_posts", "publish_posts", "upload_files")}
    return {"ID": blog.id, "name": blog.name, "URL": f"https://{blog.host}", "capabilities": rights, "jetpack": False}


def _write(answer: Answer) -> Response:
    return JSONResponse(answer.body, status_code=answer.status, headers=dict(answer.headers))


def _refuse(token: Token | None) -> Response:
    if token is None:
        return JSONResponse({"error": "invalid_token", "message": "The OAuth2 token is invalid."}, status_code=400)
    return JSONResponse({"error": "unauthorized", "message": "The scope sites is missing."}, status_code=403)
