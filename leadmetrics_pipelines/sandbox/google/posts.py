"""Local posts, reviews and photos of a location: Google's v4 API (reference 7.2, 7.3, 7.5), and a post's public page.

Nothing guards against doubles. A post is PROCESSING as the set-up says, then LIVE or REJECTED.
"""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.consent_page import gateway_of
from leadmetrics_pipelines.sandbox.google.business import check_business
from leadmetrics_pipelines.sandbox.google.desk import Desk, Refused, make_router, read_json
from leadmetrics_pipelines.sandbox.google.places import LOCATIONS_OF, PHOTOS, find_location
from leadmetrics_pipelines.sandbox.google.reviews import Reply, reviews_of
from leadmetrics_pipelines.sandbox.world import Held

_LOCATION = "/mybusiness.googleapis.com/v4/accounts/{account}/locations/{location}"
_SUMMARY_MOST = 1500
_KEPT = {"languageCode", "callToAction", "event", "offer"}
_TOPICS = {"STANDARD", "EVENT", "OFFER", "ALERT"}
_ACTIONS = {"BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"}


class StoredPost(BaseModel):
    """A post as it is kept."""

    number: int
    account: str
    location: str
    """201"""
    sent: dict[str, Any]
    summary: str
    created_at: datetime
    updated_at: datetime
    polls_left: int = 0
    ready_at: datetime
    rejected: bool = False
    url: str

    @property
    def name(self) -> str:
        return f"accounts/{self.account}/locations/{self.location}/localPosts/{self.number}"

    @property
    def key(self) -> str:
        return f"{self.location}/{self.number:06}"

    def state(self, now: datetime) -> str:
        """Google's word."""
        if self.polls_left or now < self.ready_at:
            return "PROCESSING"
        return "REJECTED" if self.rejected else "LIVE"


def build_router(desk: Desk) -> APIRouter:
    """The routes of mybusiness.googleapis.com, and the public page."""
    routes = make_router("")
    routes.include_router(_post_routes(desk))
    routes.include_router(_review_routes(desk))

    @routes.get("/local.google.com/place", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        return _show(desk, request)

    return routes


def held_posts(desk: Desk) -> list[Held]:
    """All posts, oldest first."""
    now = desk.now()
    posts = sorted(desk.load("post", StoredPost), key=lambda post: post.number)
    return [
        Held(
            party="google", account=f"locations/{post.location}", kind="post", id=post.name, state=post.state(now),
            is_public=post.state(now) == "LIVE", text=post.summary, url=post.url,
            images=len(post.sent.get("media", [])), at=post.created_at,
        )
        for post in posts
    ]  # fmt: skip


def _post_routes(desk: Desk) -> APIRouter:
    routes = make_router(f"{_LOCATION}/localPosts")

    @routes.post("")
    async def create(request: Request, account: str, location: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        sent = await read_json(request)
        _check_post(desk, sent)
        return _tell(_store(desk, sent, account, location, gateway_of(request)), desk.now())

    @routes.get("")
    async def listing(request: Request, account: str, location: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        newest = desk.now() - timedelta(seconds=desk.set_up.lists_lag_seconds)
        posts = [post for post in desk.load("post", StoredPost) if post.location == location]
        shown = [_polled(desk, post) for post in reversed(posts) if post.created_at <= newest]
        return desk.page(request, shown, "localPosts", most=100)

    @routes.get("/{number}")
    async def one(request: Request, account: str, location: str, number: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        return _polled(desk, _find(desk, location, number))

    @routes.patch("/{number}")
    async def change(request: Request, account: str, location: str, number: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        post, changes = _find(desk, location, number), await read_json(request)
        if request.query_params.get("updateMask") != "summary":
            raise Refused(400)
        changed = post.model_copy(update={"summary": str(changes.get("summary", "")), "updated_at": desk.now()})
        desk.put("post", changed.key, changed)
        return _tell(changed, desk.now())

    @routes.delete("/{number}")
    async def delete(request: Request, account: str, location: str, number: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        desk.remove("post", _find(desk, location, number).key)
        return {}

    return routes


def _review_routes(desk: Desk) -> APIRouter:
    routes = make_router(_LOCATION)

    @routes.get("/reviews")
    async def reviews(request: Request, account: str, location: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        found = reviews_of(desk, account, location)
        if not found:
            return {}
        stars = [("ONE", "TWO", "THREE", "FOUR", "FIVE").index(review["starRating"]) + 1 for review in found]
        total = {"averageRating": round(sum(stars) / len(stars), 1), "totalReviewCount": len(found)}
        return {**desk.page(request, found, "reviews", most=50), **total}

    @routes.put("/reviews/{review}/reply")
    async def reply(request: Request, account: str, location: str, review: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        if review not in {found["reviewId"] for found in reviews_of(desk, account, location)}:
            raise Refused(404)
        said = Reply(comment=str((await read_json(request)).get("comment", "")), updated_at=desk.now())
        desk.put("reply", f"{location}/{review}", said)
        return said.tell()

    @routes.delete("/reviews/{review}/reply")
    async def unsay(request: Request, account: str, location: str, review: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        desk.remove("reply", f"{location}/{review}")
        return {}

    @routes.get("/media")
    async def media(request: Request, account: str, location: str) -> dict[str, Any]:
        _check_location(desk, request, account, location)
        name = f"locations/{location}"
        number = 1 if name in desk.set_up.bare else PHOTOS[name]
        items = [
            {
                "name": f"accounts/{account}/{name}/media/{index}", "mediaFormat": "PHOTO",
                "locationAssociation": {"category": "COVER" if index == 0 else "ADDITIONAL"},
            }
            for index in range(number)
        ]  # fmt: skip
        total = {"totalMediaItemCount": number} if number else {}
        return {**desk.page(request, items, "mediaItems", most=2500), **total}

    return routes


def _check_location(desk: Desk, request: Request, account: str, location: str) -> None:
    check_business(desk, request)
    name = f"locations/{location}"
    if name not in LOCATIONS_OF.get(f"accounts/{account}", ()):
        raise Refused(404)
    desk.check_not_lost(name, f"accounts/{account}")
    # Who does not speak for the location sees it, and may write nothing.
    if request.method != "GET":
        profile = find_location(desk, name, "") or {}
        if "hasVoiceOfMerchant" not in profile["metadata"] or account == "103":
            raise Refused(403)


def _check_post(desk: Desk, sent: dict[str, Any]) -> None:
    summary = str(sent.get("summary", ""))
    media, action = sent.get("media", []), sent.get("callToAction")
    if sent.get("topicType") not in _TOPICS:
        raise _invalid("topicType", "A topic type is required.", str(sent.get("topicType")))
    if len(summary) > _SUMMARY_MOST:
        raise _invalid("summary", f"Summary must be at most {_SUMMARY_MOST} characters.", summary)
    if not summary.strip() and not media:
        raise _invalid("summary", "A summary or media is required.", summary)
    if action and (
        action.get("actionType") not in _ACTIONS or (action["actionType"] != "CALL" and not action.get("url"))
    ):
        raise _invalid("call_to_action", "The call to action needs a known type and a url.", "")
    if any(one.get("mediaFormat") != "PHOTO" or not one.get("sourceUrl") for one in media):
        raise _invalid("media", "Only photos with a source URL can be posted.", "")
    if media and desk.set_up.photos == "refused":
        raise _invalid("media.source_url", "PHOTO_FETCH_FAILED: the photo could not be fetched.", "")


def _invalid(field: str, message: str, value: str) -> Refused:
    error = {"code": 3, "field": field, "message": message, "value": value}
    kind = "type.googleapis.com/google.mybusiness.v4.ValidationError"
    return Refused(400, details=[{"@type": kind, "errorDetails": [error]}])


def _store(desk: Desk, sent: dict[str, Any], account: str, location: str, gateway: str) -> StoredPost:
    set_up, now = desk.set_up, desk.now()
    number = 1 + max((post.number for post in desk.load("post", StoredPost)), default=0)
    if set_up.photos == "lost":
        sent = {name: value for name, value in sent.items() if name != "media"}
    summary = str(sent.get("summary", ""))
    post = StoredPost(
        number=number, account=account, location=location, sent=sent,
        summary=summary[: set_up.cuts_text_at] if set_up.cuts_text_at else summary,
        created_at=now, updated_at=now, polls_left=set_up.processing_polls,
        ready_at=now + timedelta(seconds=set_up.processing_seconds),
        rejected=bool(set_up.rejects) and set_up.rejects in summary,
        url=f"{gateway}/local.google.com/place?id={location}&use=posts&lpsid={number}",
    )  # fmt: skip
    desk.put("post", post.key, post)
    return post


def _polled(desk: Desk, post: StoredPost) -> dict[str, Any]:
    answer = _tell(post, desk.now())
    if post.polls_left:
        desk.put("post", post.key, post.model_copy(update={"polls_left": post.polls_left - 1}))
    return answer


def _find(desk: Desk, location: str, number: str) -> StoredPost:
    post = desk.read("post", f"{location}/{int(number):06}", StoredPost) if number.isdecimal() else None
    if post is None:
        raise Refused(404)
    return post


def _tell(post: StoredPost, now: datetime) -> dict[str, Any]:
    kept = {name: value for name, value in post.sent.items() if name in _KEPT}
    media = [
        {
            "name": f"{post.name.partition('/localPosts')[0]}/media/localPosts/{post.number}-{index}",
            "mediaFormat": "PHOTO", "googleUrl": f"https://lh3.googleusercontent.com/p/{post.number}-{index}",
        }
        for index, _ in enumerate(post.sent.get("media", []))
    ]  # fmt: skip
    state = post.state(now)
    return {
        "name": post.name, **kept, "summary": post.summary, "state": state,
        "createTime": _stamp(post.created_at), "updateTime": _stamp(post.updated_at),
        **({"searchUrl": post.url} if state != "REJECTED" else {}),
        **({"media": media} if media else {}), "topicType": post.sent["topicType"],
    }  # fmt: skip


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def _show(desk: Desk, request: Request) -> HTMLResponse:
    """A location's public page with its live posts, or one of them."""
    asked = request.query_params
    location = find_location(desk, f"locations/{asked.get('id', '')}", gateway_of(request))
    if location is None:
        return HTMLResponse("<h1>Not found</h1>", status_code=404)
    wanted = asked.get("lpsid")
    posts = [
        post for post in desk.load("post", StoredPost)
        if post.location == asked["id"] and post.state(desk.now()) == "LIVE" and wanted in {None, str(post.number)}
    ]  # fmt: skip
    if wanted and not posts:
        return HTMLResponse("<h1>This post is no longer there</h1>", status_code=404)
    shown = "".join(_article(post) for post in reversed(posts))
    title = html.escape(location["title"])
    return HTMLResponse(f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{shown}")


def _article(post: StoredPost) -> str:
    link = str(post.sent.get("callToAction", {}).get("url", ""))
    more = f'<p><a href="{html.escape(link)}">Learn more</a></p>' if link else ""
    pictures = "".join(f'<img alt="" src="{html.escape(one["sourceUrl"])}">' for one in post.sent.get("media", []))
    text = html.escape(post.summary).replace("\n", "<br>")
    return f"<article>{pictures}<p>{text}</p>{more}<p><time>{post.created_at:%Y-%m-%d}</time></p></article>"
