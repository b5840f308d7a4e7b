"""The JSON API, put together: `/api/v1`, to be mounted by the review app. Everything a page can do, a program can do.

The tenant always comes from the token. A route is: parse, call a service, answer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.api.authentication import hand_down
from leadmetrics_pipelines.review.api.problems import Problem, ProblemRoute, documented, install_api_errors
from leadmetrics_pipelines.review.api.routes import (
    activities,
    approvals,
    audit,
    channels,
    comments,
    me,
    people,
    posts,
    promises,
    requests,
    scheduling,
    scores,
)
from leadmetrics_pipelines.services.runtime import Runtime

__all__ = ["PREFIX", "api_router", "install_api_errors", "openapi_document"]

PREFIX = "/api/v1"
_PARTS = (me, approvals, requests, posts, scheduling, comments, activities, promises, channels, audit, people, scores)
_ABOUT = """
Send a token with every request: `Authorization: Bearer lmp_...`. A token belongs to one tenant; no address names one.
A person's token acts as that person; an agent's can read, propose and comment, never decide.

Errors are `application/problem+json`: `detail` is for people, `code` for programs.
Lists are paged: give `next` as `after`.
"""


def api_router(runtime: Runtime) -> APIRouter:
    """All routes of the API, to be included under `PREFIX`."""
    router = APIRouter(route_class=ProblemRoute, dependencies=[Depends(hand_down(runtime))])
    for part in _PARTS:
        for route in part.router.routes:
            if isinstance(route, APIRoute):
                _add(router, route)

    @router.get("/openapi.json", include_in_schema=False)
    def read_openapi() -> JSONResponse:
        return JSONResponse(openapi_document(router))

    return router


def openapi_document(router: APIRouter) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1), without the pages of the review app."""
    document = get_openapi(
        title="leadmetrics_pipelines", version="1", description=_ABOUT.strip(), routes=router.routes,
        servers=[{"url": PREFIX}],
    )  # fmt: skip
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schemas["Problem"].pop("$defs", {}))
    return document


def _add(router: APIRouter, route: APIRoute) -> None:
    """Take a part's route over, with its scope and its problems said in its description."""
    permission = _permission_of(route)
    writes = route.methods != {"GET"}
    statuses = [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY]
    if "{" in route.path:
        statuses.append(HTTPStatus.NOT_FOUND)
    if writes:
        statuses.append(HTTPStatus.CONFLICT)
    router.add_api_route(
        route.path, route.endpoint, methods=sorted(route.methods or ()), status_code=route.status_code, tags=route.tags,
        summary=route.summary, description=f"{route.description}\n\nScope: `{permission}`.",
        response_model=route.response_model, response_class=route.response_class, responses=documented(*statuses),
        operation_id=route.endpoint.__name__,
    )  # fmt: skip


def _permission_of(route: APIRoute) -> Permission:
    """The permission a route asks for; a route that asks for none is a mistake."""
    for dependant in route.dependant.dependencies:
        permission = getattr(dependant.call, "permission", None)
        if isinstance(permission, Permission):
            return permission
    raise AssertionError(f"{route.path} asks for no permission")
