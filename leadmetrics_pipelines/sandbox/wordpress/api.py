"""HTTP in, HTTP out: reads a request to a site into a `Call`, writes the `Answer`, and serves the public pages."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from leadmetrics_pipelines.kit.clock import Clock

# The modules that register their routes.
from leadmetrics_pipelines.sandbox.wordpress import index, media, posts, terms, users
from leadmetrics_pipelines.sandbox.wordpress.auth import sign_in
from leadmetrics_pipelines.sandbox.wordpress.fields import only_fields
from leadmetrics_pipelines.sandbox.wordpress.pages import public_page
from leadmetrics_pipelines.sandbox.wordpress.params import add_php, parse_php
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Params, RestError, UploadedFile, router
from leadmetrics_pipelines.sandbox.wordpress.store import Site, Sites
from leadmetrics_pipelines.sandbox.wordpress.writing import publish_due

__all__ = ["build_router", "index", "media", "posts", "terms", "users"]

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_WARNING = "<br />\n<b>Warning</b>: Undefined array key in <b>/var/www/wp-includes/post.php</b> on line 4700<br />\n"


def build_router(sites: Sites, clock: Clock) -> APIRouter:
    """The routes under `/wordpress/<site>`."""
    routes = APIRouter(prefix="/wordpress", include_in_schema=False)

    @routes.api_route("/{name}", methods=_METHODS)
    async def without_slash(name: str, request: Request) -> Response:
        if "rest_route" in request.query_params:
            return await with_path(name, "", request)
        return RedirectResponse(f"{_url(request, name)}/", status_code=301)

    @routes.api_route("/{name}/{path:path}", methods=_METHODS)
    async def with_path(name: str, path: str, request: Request) -> Response:
        site = sites.get(name)
        if site is None:
            text = f"<h1>No such site</h1><p>PUT /sites/{name} makes it.</p>"
            return HTMLResponse(text, status_code=404)
        publish_due(site, clock.now())
        route = _rest_route(site, path, request)
        if route is None:
            return public_page(site, _url(request, name), path, request.query_params.get("p"))
        return await _answer_rest(site, route, request, clock)

    return routes


def _url(request: Request, name: str) -> str:
    return f"{request.base_url}wordpress/{name}"


def _rest_route(site: Site, path: str, request: Request) -> str | None:
    """The REST route asked for; None for a page. Plain permalinks know no /wp-json (reference wordpress.md)."""
    asked = request.query_params.get("rest_route")
    if asked is not None and path in {"", "index.php"}:
        return "/" + asked.strip("/")
    if site.settings.pretty_permalinks and (path == "wp-json" or path.startswith("wp-json/")):
        return "/" + path.removeprefix("wp-json").strip("/")
    return None


async def _answer_rest(site: Site, route: str, request: Request, clock: Clock) -> Response:
    try:
        call = await _read_call(site, route, request, clock)
    except RestError as error:
        return _write(Answer(status=error.status, body=error.body()))
    answer = await router.dispatch(call)
    if "_fields" in call.params:
        answer = Answer(
            status=answer.status, headers=answer.headers, body=only_fields(answer.body, call.params["_fields"])
        )
    return _write(answer, before=_WARNING if _prints_warning(call) else "")


async def _read_call(site: Site, route: str, request: Request, clock: Clock) -> Call:
    now = clock.now().replace(microsecond=0)  # WordPress keeps whole seconds
    signed_in = sign_in(site, request.headers.get("authorization"), now)
    params = parse_php(request.url.query)
    params.pop("rest_route", None)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    files: dict[str, UploadedFile] = {}
    if content_type == "application/json" or content_type.endswith("+json"):
        params |= _read_json(body)
    elif content_type == "application/x-www-form-urlencoded":
        params |= parse_php(body.decode("utf-8", "replace"))
    elif content_type == "multipart/form-data" and len(body) <= site.settings.post_max_bytes:
        # Over post_max_size PHP throws the body away: no parameters, no file.
        files = await _read_form(request, params)
    method = str(params.pop("_method", "")) or request.headers.get("x-http-method-override", "") or request.method
    return Call(
        site=site,
        url=_url(request, site.name),
        method=method.upper(),
        route=route,
        params=params,
        headers=request.headers,
        now=now,
        user=signed_in[0] if signed_in else None,
        password_uuid=signed_in[1] if signed_in else None,
        body=body,
        is_json=content_type == "application/json",
        files=files,
    )


def _read_json(body: bytes) -> Params:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise RestError(
            400,
            "rest_invalid_json",
            "Invalid JSON body passed.",
            json_error_code=4,
            json_error_message="Syntax error",
        ) from error
    return value if isinstance(value, dict) else {}


async def _read_form(request: Request, params: Params) -> dict[str, UploadedFile]:
    files: dict[str, UploadedFile] = {}
    async with request.form() as form:
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[key] = UploadedFile(
                    filename=value.filename or "", content_type=value.content_type or "", data=await value.read()
                )
            else:
                add_php(params, key, value)
    return files


def _prints_warning(call: Call) -> bool:
    """PHP warnings before the JSON: form bodies without `Accept: application/json` (reference, 9)."""
    return (
        call.site.settings.display_errors
        and call.method == "POST"
        and call.route == "/wp/v2/posts"
        and not call.is_json
        and "application/json" not in call.headers.get("accept", "")
        and bool(call.params.get("slug"))
    )


def _write(answer: Answer, before: str = "") -> Response:
    headers = {
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
        "Allow": "GET, POST",
        **answer.headers,
    }
    if before:
        text = before + json.dumps(answer.body)
        return Response(text, status_code=answer.status, headers=headers, media_type="application/json")
    return JSONResponse(answer.body, status_code=answer.status, headers=headers)
