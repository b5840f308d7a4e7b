"""LinkedIn's posts: create, read, list, edit, delete (reference platform_apis.md 2.3, 2.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.linkedin.little_text import cut_text
from leadmetrics_pipelines.sandbox.linkedin.models import Post
from leadmetrics_pipelines.sandbox.linkedin.rest import (
    POSTING_ROLES,
    Caller,
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

_POSTS = "/api.linkedin.com/rest/posts"
_TEXT, _ALT, _LEAST_IMAGES, _MOST_IMAGES = 3000, 4086, 2, 20
_CREATE, _READ = "PostsExternal.CREATE", "PostsExternal.FINDER-author"


def build_router(pages: Pages) -> APIRouter:
    """`/rest/posts`."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.post(_POSTS)
    async def create(request: Request) -> Response:
        caller = let_in(request, pages)
        caller.need_scope("w_organization_social", _CREATE)
        sent = await read_object(request)
        caller.need_page(sent.get("author"), _CREATE, roles=POSTING_ROLES)
        _check_post(caller, sent)
        _check_duplicate(pages, sent)
        _check_quota(pages)
        return answer_empty(201, x_restli_id=_keep(pages, sent).urn)

    @routes.get(_POSTS)
    async def find(request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        caller.need_scope("r_organization_social", _READ)
        asked = request.query_params
        author = asked.get("author", "")
        caller.need_page(author, _READ, roles=POSTING_ROLES)
        if asked.get("q") != "author" or request.headers.get("x-restli-method", "FINDER").upper() != "FINDER":
            raise illegal("Unknown finder")
        start, count = int(asked.get("start", "0")), min(int(asked.get("count", "10")), 100)
        by_change = asked.get("sortBy", "LAST_MODIFIED") == "LAST_MODIFIED"
        found = sorted(
            pages.shown_posts(author), key=lambda p: (p.modified_at if by_change else p.created_at, p.urn), reverse=True
        )
        elements = [show_post(post) for post in found[start : start + count]]
        paging = {"start": start, "count": count, "links": [], "total": len(found)}
        return answer_json({"paging": paging, "elements": elements})

    @routes.get(_POSTS + "/{urn}")
    async def read(urn: str, request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        caller.need_scope("r_organization_social", "PostsExternal.GET")
        return answer_json(show_post(_existing(pages, urn)))

    @routes.post(_POSTS + "/{urn}")
    async def edit(urn: str, request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        post = _writable(caller, urn)
        changes = (await read_object(request)).get("patch", {}).get("$set", {})
        edit_post(pages, post, str(changes.get("commentary", post.sent)))
        return answer_empty(204)

    @routes.delete(_POSTS + "/{urn}")
    async def delete(urn: str, request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        if pages.post(urn) is not None:
            pages.keep_post(_writable(caller, urn).model_copy(update={"is_deleted": True}))
        return answer_empty(204)

    return routes


def edit_post(pages: Pages, post: Post, text: str) -> None:
    """Change the text of a post."""
    changed = {"sent": text, "commentary": cut_text(text), "modified_at": pages.clock.now()}
    pages.keep_post(post.model_copy(update=changed))


def show_post(post: Post) -> dict[str, Any]:
    """A post as the API shows it."""
    created = _milliseconds(post.created_at)
    body: dict[str, Any] = {
        "id": post.urn, "author": post.author, "commentary": post.commentary, "createdAt": created,
        "publishedAt": created, "lastModifiedAt": _milliseconds(post.modified_at),
        "lifecycleState": post.lifecycle, "visibility": "PUBLIC",
    }  # fmt: skip
    return body if post.content is None else {**body, "content": post.content}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _existing(pages: Pages, urn: str) -> Post:
    post = pages.post(urn)
    if post is None:
        raise Refused(404, f"Could not find entity {urn}", code="NOT_FOUND")
    return post


def _writable(caller: Caller, urn: str) -> Post:
    caller.need_scope("w_organization_social", _CREATE)
    post = _existing(caller.pages, urn)
    caller.need_page(post.author, _CREATE, roles=POSTING_ROLES)
    return post


def _keep(pages: Pages, sent: dict[str, Any]) -> Post:
    now = pages.clock.now()
    post = Post(
        urn=f"urn:li:share:{pages.next_id()}", author=sent["author"], sent=sent["commentary"],
        commentary=cut_text(sent["commentary"]), content=sent.get("content"), created_at=now, modified_at=now,
    )  # fmt: skip
    pages.keep_post(post)
    return post


def _check_post(caller: Caller, sent: dict[str, Any]) -> None:
    text = sent.get("commentary")
    if not isinstance(text, str) or len(text) > _TEXT:
        raise Refused(422, f"Commentary exceeds the maximum length of {_TEXT} characters", code="INVALID_VALUE")
    for name in ("visibility", "distribution", "lifecycleState"):
        if name not in sent:
            raise Refused(422, f"ERROR :: /{name} :: field is required but not found and has no default value")
    content = sent.get("content")
    if content is not None:
        _check_content(caller, content)


def _check_content(caller: Caller, content: dict[str, Any]) -> None:
    match content:
        case {"media": {"id": _} as media}:
            _check_picture(caller, media)
        case {"multiImage": {"images": list(images)}}:
            if not _LEAST_IMAGES <= len(images) <= _MOST_IMAGES:
                raise illegal("multiImage takes 2 to 20 images")
            for image in images:
                _check_picture(caller, image)
        case {"article": {"source": str(), "title": str(title)}} if title:
            return
        case _:
            raise illegal("Unknown or incomplete content")


def _check_picture(caller: Caller, media: dict[str, Any]) -> None:
    picture = caller.pages.picture(str(media.get("id")))
    if picture is None or picture.status != "AVAILABLE":
        raise illegal(f"Media asset {media.get('id')} is not available")
    if len(media.get("altText", "")) > _ALT:
        raise illegal("altText is too long")


def _check_duplicate(pages: Pages, sent: dict[str, Any]) -> None:
    since = pages.clock.now() - timedelta(hours=pages.set_up.duplicate_hours)
    for post in pages.posts():
        if post.author == sent["author"] and post.sent == sent["commentary"] and post.created_at > since:
            raise Refused(
                422, f"Content is a duplicate of {post.urn}",
                errorDetailType="com.linkedin.common.error.BadRequest",
                errorDetails={"inputErrors": [
                    {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
                ]},
            )  # fmt: skip


def _check_quota(pages: Pages) -> None:
    most = pages.set_up.daily_posts
    today = pages.clock.now().date()
    if most is not None and sum(post.created_at.date() == today for post in pages.posts()) >= most:
        raise Refused(429, "Resource level throttle limit for calls to this resource is reached.", service=101)
