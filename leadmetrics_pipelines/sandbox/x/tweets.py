"""X's posts: create, read, delete, the timeline and the account itself (reference platform_apis.md 10.2 to 10.5)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from leadmetrics_pipelines.sandbox.refusing import RefusingRoute
from leadmetrics_pipelines.sandbox.x.models import USER_ID, USERNAME, Post
from leadmetrics_pipelines.sandbox.x.rest import Gatekeeper, Refused, forbidden, invalid, not_found
from leadmetrics_pipelines.sandbox.x.store import Account
from leadmetrics_pipelines.sandbox.x.texts import count_cashtags, link_picture, shorten, weigh

_API = "/api.x.com/2"
_WEIGHT, _IMAGES = 280, 4
_LEAST, _MOST = 5, 100
_READ = ("tweet.read", "users.read")


def build_router(account: Account) -> APIRouter:
    """`/2/tweets` and `/2/users`."""
    routes = APIRouter(route_class=RefusingRoute)

    @routes.post(f"{_API}/tweets")
    async def create(request: Request) -> Response:
        gate = Gatekeeper(request, account, "POST /2/tweets", "tweet.write", *_READ)
        post = _create(account, await _read_object(request))
        return gate.answer({"data": {"id": post.id, "text": post.text, "edit_history_post_ids": [post.id]}}, 201)

    @routes.get(f"{_API}/tweets/{{number}}")
    async def read(number: str, request: Request) -> Response:
        gate = Gatekeeper(request, account, "GET /2/tweets/:id", *_READ)
        post = account.post(number)
        if post is None:
            return gate.answer({"errors": [not_found("tweet", number)]})
        return gate.answer({"data": show_post(account, post, _fields(request))})

    @routes.delete(f"{_API}/tweets/{{number}}")
    async def delete(number: str, request: Request) -> Response:
        gate = Gatekeeper(request, account, "DELETE /2/tweets/:id", "tweet.write", *_READ)
        post = account.post(number)
        if post is not None:
            account.keep_post(post.model_copy(update={"is_deleted": True}))
        return gate.answer({"data": {"deleted": post is not None}})

    @routes.get(f"{_API}/users/me")
    async def me(request: Request) -> Response:
        gate = Gatekeeper(request, account, "GET /2/users/me", *_READ)
        wanted = {"id", "name", "username", *request.query_params.get("user.fields", "").split(",")}
        return gate.answer({"data": {k: v for k, v in account.profile().items() if k in wanted}})

    @routes.get(f"{_API}/users/{{user}}/tweets")
    async def timeline(user: str, request: Request) -> Response:
        gate = Gatekeeper(request, account, "GET /2/users/:id/tweets", *_READ)
        if user != USER_ID:
            return gate.answer({"errors": [not_found("user", user)]})
        return gate.answer(_list_posts(account, request))

    return routes


def _list_posts(account: Account, request: Request) -> dict[str, Any]:
    asked = request.query_params
    count, start = int(asked.get("max_results", "10")), int(asked.get("pagination_token", "0"))
    if not _LEAST <= count <= _MOST:
        msg = f"The `max_results` query parameter value [{count}] is not between 5 and 100"
        raise invalid(msg, "max_results", count)
    after, hidden = int(asked.get("since_id", "0")), asked.get("exclude", "").split(",")
    found = [
        post for post in account.shown_posts()
        if int(post.id) > after and not (post.reply_to and "replies" in hidden)
    ]  # fmt: skip
    page = found[start : start + count]
    body: dict[str, Any] = {"meta": {"result_count": len(page)}}
    if start + count < len(found):
        body["meta"]["next_token"] = str(start + count)
    if page:
        body["data"] = [show_post(account, post, _fields(request)) for post in page]
    return body


def show_post(account: Account, post: Post, fields: set[str]) -> dict[str, Any]:
    """A post with the fields that were asked for."""
    body: dict[str, Any] = {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}
    extra: dict[str, Any] = {
        "created_at": _moment(post.created_at),
        "author_id": USER_ID,
        "public_metrics": _metrics(account, post),
        "entities": {"urls": [link.model_dump(exclude_defaults=True) for link in post.links]} if post.links else None,
        "attachments": {"media_keys": list(post.media)} if post.media else None,
        "referenced_tweets": [{"type": "replied_to", "id": post.reply_to}] if post.reply_to else None,
    }
    return body | {name: value for name, value in extra.items() if name in fields and value is not None}


def _fields(request: Request) -> set[str]:
    return set(request.query_params.get("tweet.fields", "").split(","))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _metrics(account: Account, post: Post) -> dict[str, int]:
    """Made up, but always the same for a post."""
    seed = int(post.id) % 1000
    made_up = {
        "retweet_count": seed % 3, "reply_count": seed % 2, "like_count": seed * 5 % 12, "quote_count": 0,
        "bookmark_count": seed % 4, "impression_count": 90 + seed * 37 % 300,
    }  # fmt: skip
    return made_up | account.set_up.metrics.get(post.id, {})


async def _read_object(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid("The request body is not valid JSON", "body")
    return found


def _check_account(account: Account) -> None:
    now = account.set_up
    if now.suspended:
        raise forbidden("Your account is suspended and is not permitted to access this feature.")
    if now.credits is not None and sum(not post.reply_to for post in account.posts()) >= now.credits:
        raise Refused(
            402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request."
        )
    if now.monthly_cap_reached:
        raise Refused(429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", kind="usage-capped")


def _check_post(account: Account, sent: dict[str, Any]) -> None:
    text, media = sent.get("text", ""), (sent.get("media") or {}).get("media_ids") or []
    if not text and not media:
        raise invalid("text or media is required", "text")
    if weigh(text) > _WEIGHT:
        raise invalid("Your Tweet text is too long.", "text", text)
    if count_cashtags(text) > 1:
        raise invalid("A post may have one cashtag.", "text", text)
    for number in media:
        found = account.media(number)
        if found is None or found.state != "succeeded":
            raise invalid("Your media IDs are invalid.", "media.media_ids", number)
    if len(media) > _IMAGES:
        raise invalid("media_ids has too many items", "media.media_ids", media)
    _check_reply(account, sent)
    since = account.clock.now() - timedelta(hours=account.set_up.duplicate_hours)
    reply_to = (sent.get("reply") or {}).get("in_reply_to_tweet_id")
    for post in account.posts():
        if not post.is_deleted and (post.sent, post.reply_to) == (text, reply_to) and post.created_at > since:
            raise forbidden("You are not allowed to create a Tweet with duplicate content.")


def _check_reply(account: Account, sent: dict[str, Any]) -> None:
    reply_to = (sent.get("reply") or {}).get("in_reply_to_tweet_id")
    if reply_to is None:
        return
    if not account.set_up.allows_replies:
        raise forbidden("Reply to this conversation is not allowed because you have not been mentioned.")
    if account.post(reply_to) is None:
        raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")


def _create(account: Account, sent: dict[str, Any]) -> Post:
    _check_account(account)
    _check_post(account, sent)
    return _keep(account, sent)


def _keep(account: Account, sent: dict[str, Any]) -> Post:
    number = account.next_id()
    text, links = shorten(sent.get("text", ""))
    media = [account.media(one) for one in (sent.get("media") or {}).get("media_ids") or []]
    keys = tuple(one.key for one in media if one is not None)
    if keys:
        picture = link_picture(number, keys[0], USERNAME)
        text, links = f"{text} {picture.url}".strip(), (*links, picture)
    post = Post(
        id=number, sent=sent.get("text", ""), text=text, links=links, media=keys,
        reply_to=(sent.get("reply") or {}).get("in_reply_to_tweet_id"), created_at=account.clock.now(),
    )  # fmt: skip
    account.keep_post(post)
    return post
