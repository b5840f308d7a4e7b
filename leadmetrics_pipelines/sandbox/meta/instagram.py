"""Instagram accounts: containers, publishing, lists, quota, comments, figures and stories."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.sandbox.meta.figures import daily_series, day_value
from leadmetrics_pipelines.sandbox.meta.graph import Call, GraphRefusal, need, page_list, pick, stamp
from leadmetrics_pipelines.sandbox.meta.models import Comment, Container, Page, Post
from leadmetrics_pipelines.sandbox.meta.store import Store
from leadmetrics_pipelines.sandbox.oauth import Token

_CAPTION_MOST = 2200
_MENTIONS_MOST = 20
_CAROUSEL = range(2, 11)
_DAY = timedelta(days=1)
_MEDIA_METRICS = {"reach", "likes", "comments", "shares", "saved", "total_interactions", "views"}
_ACCOUNT_SERIES = {"reach", "follower_count"}
_ACCOUNT_TOTALS = {"views", "likes", "comments", "shares", "saves", "replies", "total_interactions", "reach"}


class Instagram:
    """The calls on Instagram accounts and on what is posted there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make_container(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`POST {ig}/media`."""
        self._check_rights(token, page)
        kind = call.params.get("media_type", "IMAGE")
        children: tuple[str, ...] = ()
        if kind == "CAROUSEL":
            children = self._read_children(call)
            pictures = tuple(url for key in children for url in self._need_container(key).pictures)
        elif kind == "IMAGE":
            pictures = (self._read_picture(call),)
        else:
            raise GraphRefusal(100, "Only photo or video can be accepted as media type.", subcode=2207023)
        caption = self._read_caption(call)
        setup = self._store.setup
        made = Container(
            id=self._store.next_id(), account=str(page.instagram), caption=caption, pictures=pictures,
            children=children, alt=call.params.get("alt_text", ""), at=call.now,
            is_item=call.params.get("is_carousel_item") == "true", polls_left=setup.processing_polls,
            refusals_left=setup.not_ready_publishes, error=setup.container_error,
        )  # fmt: skip
        return {"id": self._store.keep_container(made).id}

    def view_container(self, call: Call, container: Container) -> dict[str, Any]:
        """`GET {container}`: its status; each poll brings it on."""
        code, told = self._status(call, container)
        if code == "IN_PROGRESS":
            self._store.keep_container(container.model_copy(update={"polls_left": container.polls_left - 1}))
        return pick({"id": container.id, "status_code": code, "status": told}, call.fields)

    def publish(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`POST {ig}/media_publish`."""
        self._check_rights(token, page)
        container = self._store.container(call.params.get("creation_id", ""))
        if container is None or container.account != page.instagram:
            raise GraphRefusal(24, "The requested resource does not exist", subcode=2207008)
        code, told = self._status(call, container)
        if code in {"ERROR", "EXPIRED"}:
            raise GraphRefusal(24, told, subcode=2207008)
        if code != "FINISHED" or container.refusals_left or container.is_item:
            left = max(0, container.refusals_left - 1)
            self._store.keep_container(container.model_copy(update={"refusals_left": left}))
            raise GraphRefusal(9007, "Media ID is not available", subcode=2207027, title="Cannot Publish")
        if self._used(call, page) >= self._store.setup.quota_total:
            raise GraphRefusal(9, "Application request limit reached", subcode=2207042, title="Limit reached")
        key = self._store.next_id()
        medium = Post(
            id=f"179{key}", account=str(page.instagram), is_instagram=True, text=container.caption,
            pictures=container.pictures, at=call.now, shortcode=hashlib.sha256(key.encode()).hexdigest()[:11],
        )  # fmt: skip
        self._store.keep_post(medium)
        self._store.keep_container(container.model_copy(update={"media": medium.id}))
        return {"id": medium.id}

    def list_media(self, call: Call, page: Page) -> dict[str, Any]:
        """`GET {ig}/media`: newest first, some seconds late."""
        shown_until = call.now - timedelta(seconds=self._store.setup.lists_lag_seconds)
        listed = [
            post
            for post in reversed(self._store.posts(page.instagram))
            if not post.is_deleted and post.at <= shown_until
        ]
        return page_list([pick(self.view_medium(call, post), call.fields) for post in listed], call)

    def view_medium(self, call: Call, post: Post) -> dict[str, Any]:
        """A medium with all its fields."""
        return {
            "id": post.id, "caption": post.text, "timestamp": stamp(post.at), "shortcode": post.shortcode,
            "permalink": f"{call.gateway}/www.instagram.com/p/{post.shortcode}/", "media_product_type": "FEED",
            "media_type": "IMAGE" if len(post.pictures) == 1 else "CAROUSEL_ALBUM",
            "like_count": day_value(post.id, "likes", 90), "comments_count": len(self._store.comments(post.id)),
        }  # fmt: skip

    def view_account(self, call: Call, page: Page) -> dict[str, Any]:
        """`GET {ig}`: empty fields are absent."""
        full = {
            "id": page.instagram, "username": page.instagram_username, "name": page.name,
            "biography": "Garden furniture that lasts.", "website": "https://acme.example",
            "profile_picture_url": f"{call.gateway}/picture.jpg", "followers_count": 2310, "follows_count": 180,
            "media_count": len([post for post in self._store.posts(page.instagram) if not post.is_deleted]),
        }  # fmt: skip
        empty = self._store.setup.empty_profile_fields
        return pick({name: value for name, value in full.items() if name not in empty}, call.fields)

    def quota(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {ig}/content_publishing_limit`."""
        need(token, "instagram_content_publish")
        config = {"quota_total": self._store.setup.quota_total, "quota_duration": 86400}
        return {"data": [{"quota_usage": self._used(call, page), "config": config}]}

    def insights(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {ig}/insights`: series, or one total of the days (5.4)."""
        need(token, "instagram_manage_insights", code=10)
        is_total = call.params.get("metric_type") == "total_value"
        asked = self._read_metrics(call, _ACCOUNT_TOTALS if is_total else _ACCOUNT_SERIES)
        account = str(page.instagram)
        if is_total:
            totals = [day_value(f"{account} {call.params.get('since')}", name, 300) for name in asked]
            return {
                "data": [
                    {"name": name, "period": "day", "total_value": {"value": total}}
                    for name, total in zip(asked, totals, strict=True)
                ]
            }
        return {"data": [daily_series(call, account, name, most=400) for name in asked]}

    def medium_insights(self, call: Call, token: Token, post: Post) -> dict[str, Any]:
        """`GET {media}/insights`."""
        need(token, "instagram_manage_insights", code=10)
        values = {
            "reach": 200 + day_value(post.id, "reach", 400),
            "total_interactions": 10 + day_value(post.id, "sum", 30),
        }
        asked = self._read_metrics(call, _MEDIA_METRICS)
        return {
            "data": [
                {
                    "name": name,
                    "period": "lifetime",
                    "values": [{"value": values.get(name, day_value(post.id, name, 90))}],
                }
                for name in asked
            ]
        }

    def stories(self, call: Call, token: Token) -> dict[str, Any]:
        """`GET {ig}/stories`: what is live; one story, two hours old."""
        need(token, "instagram_manage_insights", code=10)
        story = {"id": "18000000000000001", "timestamp": stamp(call.now - timedelta(hours=2)), "media_type": "IMAGE"}
        return page_list([pick(story, call.fields)], call)

    def comment(self, call: Call, token: Token, post: Post, page: Page) -> dict[str, Any]:
        """`POST {media}/comments`."""
        need(token, "instagram_manage_comments")
        text = call.params.get("message", "")
        if not text:
            raise GraphRefusal(100, "(#100) Param message must be non-empty")
        made = Comment(
            id=f"180{self._store.next_id()}", post=post.id, author=page.instagram_username, text=text, at=call.now
        )
        return {"id": self._store.keep_comment(made).id}

    def list_comments(self, call: Call, token: Token, post: Post) -> dict[str, Any]:
        """`GET {media}/comments`."""
        need(token, "instagram_manage_comments", code=10)
        entries = [
            {"id": entry.id, "text": entry.text, "timestamp": stamp(entry.at), "username": entry.author}
            for entry in self._store.comments(post.id)
        ]
        return page_list([pick(entry, call.fields) for entry in entries], call)

    def _status(self, call: Call, container: Container) -> tuple[str, str]:
        if container.media:
            return "PUBLISHED", "Published: Media has already been published."
        if container.error is not None:
            return "ERROR", f"Error: Media upload has failed with error code {container.error}"
        if call.now - container.at > _DAY:
            return "EXPIRED", "Expired: Media container has expired."
        if container.polls_left > 0:
            return "IN_PROGRESS", "In Progress: Media is still being processed."
        return "FINISHED", "Finished: Media has been uploaded and it is ready to be published."

    def _check_rights(self, token: Token, page: Page) -> None:
        need(token, "instagram_content_publish", code=10)
        if not {"CREATE_CONTENT", "MANAGE"} & set(page.tasks):
            raise GraphRefusal(10, "(#10) Application does not have permission for this action", status=403)
        if self._store.setup.blocked:
            raise GraphRefusal(25, "The account is restricted", subcode=2207050, title="Account restricted")

    def _read_children(self, call: Call) -> tuple[str, ...]:
        children = tuple(key for key in call.params.get("children", "").split(",") if key)
        if len(children) not in _CAROUSEL:
            raise GraphRefusal(100, "The carousel must have 2 to 10 items.", subcode=2207028)
        for key in children:
            if self._status(call, self._need_container(key))[0] != "FINISHED":
                raise GraphRefusal(9007, "Media ID is not available", subcode=2207027, title="Cannot Publish")
        return children

    def _need_container(self, key: str) -> Container:
        container = self._store.container(key)
        if container is None:
            raise GraphRefusal(24, "The requested resource does not exist", subcode=2207006)
        return container

    def _read_picture(self, call: Call) -> str:
        url = call.params.get("image_url", "")
        host = urlsplit(url).hostname
        if urlsplit(url).scheme not in {"http", "https"} or not host or host in self._store.setup.unreachable_hosts:
            raise GraphRefusal(
                9004, "Only photo or video can be accepted as media type.", subcode=2207052,
                told="The media could not be fetched from this URI.",
            )  # fmt: skip
        return url

    def _read_caption(self, call: Call) -> str:
        caption, setup = call.params.get("caption", ""), self._store.setup
        tags = re.findall(r"#\w+", caption)
        too_many = len(tags) > setup.hashtags_most
        long = len(caption) > _CAPTION_MOST or len(re.findall(r"@\w", caption)) > _MENTIONS_MOST
        if long or (too_many and setup.hashtags_over == "error"):
            raise GraphRefusal(36004, "The caption was too long.", subcode=2207010, told="The caption is too long.")
        for tag in tags[setup.hashtags_most :] if too_many else ():
            caption = caption.replace(tag, "", 1)
        return caption[: setup.cuts_text_at]

    def _used(self, call: Call, page: Page) -> int:
        own = [post for post in self._store.posts(page.instagram) if call.now - post.at < _DAY]
        return self._store.setup.quota_used + len(own)

    def _read_metrics(self, call: Call, alive: set[str]) -> list[str]:
        asked = [name for name in call.params.get("metric", "").split(",") if name]
        dead = self._store.setup.dead_metrics
        if not asked or any(name not in alive or name in dead for name in asked):
            raise GraphRefusal(100, "(#100) metric must be one of the following values: " + ", ".join(sorted(alive)))
        return asked
