"""Comments below LinkedIn's posts: plain text, with nothing escaped (reference lessons.md 14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.linkedin.models import Comment
from leadmetrics_pipelines.sandbox.linkedin.rest import (
    POSTING_ROLES,
    Refused,
    answer_json,
    check_encoded,
    illegal,
    let_in,
    read_object,
)
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.refusing import RefusingRoute

_COMMENTS = "/api.linkedin.com/rest/socialActions/{urn}/comments"
_TEXT = 1250


def build_router(pages: Pages) -> APIRouter:
    """`/rest/socialActions/<post>/comments`."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.post(_COMMENTS)
    async def create(urn: str, request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        caller.need_scope("w_organization_social", "SocialActionsComments.CREATE")
        _need_post(pages, urn)
        sent = await read_object(request)
        caller.need_page(sent.get("actor"), "SocialActionsComments.CREATE", roles=POSTING_ROLES)
        text = sent.get("message", {}).get("text", "")
        if sent.get("object") != urn or not text or len(text) > _TEXT:
            raise illegal("object and message.text (at most 1250 characters) are required")
        comment = Comment(
            id=pages.next_id(), post=urn, actor=sent["actor"], text=text, created_at=pages.clock.now()
        )  # fmt: skip
        pages.keep_comment(comment)
        answer = answer_json(_show(comment), 201)
        answer.headers["x-restli-id"] = comment.id
        return answer

    @routes.get(_COMMENTS)
    async def find(urn: str, request: Request) -> Response:
        caller = let_in(request, pages)
        check_encoded(request)
        caller.need_scope("r_organization_social", "SocialActionsComments.GET_ALL")
        _need_post(pages, urn)
        newest = pages.clock.now() - timedelta(seconds=pages.set_up.lists_lag_seconds)
        shown = [comment for comment in pages.comments(urn) if comment.created_at <= newest]
        start, count = (int(request.query_params.get(name, given)) for name, given in (("start", "0"), ("count", "10")))
        paging = {"start": start, "count": count, "links": [], "total": len(shown)}
        return answer_json({"paging": paging, "elements": [_show(c) for c in shown[start : start + count]]})

    return routes


def _need_post(pages: Pages, urn: str) -> None:
    if pages.post(urn) is None:
        raise Refused(404, f"Could not find entity {urn}", code="NOT_FOUND")


def _show(comment: Comment) -> dict[str, Any]:
    made = int(comment.created_at.timestamp() * 1000)
    return {
        "id": comment.id, "commentUrn": f"urn:li:comment:({comment.post},{comment.id})", "actor": comment.actor,
        "object": comment.post, "message": {"attributes": [], "text": comment.text},
        "created": {"actor": comment.actor, "time": made}, "lastModified": {"actor": comment.actor, "time": made},
    }  # fmt: skip
