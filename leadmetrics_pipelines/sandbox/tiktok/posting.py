"""Posting photos: creator info, the call that starts a post, its status, lists and the profile."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.sandbox.tiktok.answers import Refused
from leadmetrics_pipelines.sandbox.tiktok.models import NAME, OPEN_ID, PRIVATE, USERNAME, Post
from leadmetrics_pipelines.sandbox.tiktok.store import Store

_TITLE_MOST, _DESCRIPTION_MOST, _PHOTOS_MOST = 90, 4000, 35
_PAGE_MOST = 20
_LIST_TITLE = 150
_DAY = timedelta(days=1)


class Posting:
    """What a token with its scopes can do."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def creator_info(self, now: datetime) -> dict[str, Any]:
        """`creator_info/query`: what the account may do now; a day that is used up is said here already."""
        self._check_account()
        self._check_day(now)
        return {
            "creator_avatar_url": "", "creator_username": USERNAME, "creator_nickname": NAME,
            "privacy_level_options": self._store.setup.privacy_options, "comment_disabled": False,
            "duet_disabled": False, "stitch_disabled": True, "max_video_post_duration_sec": 300,
        }  # fmt: skip

    def start(self, body: dict[str, Any], now: datetime) -> dict[str, Any]:
        """`content/init`: from here on TikTok fetches the photos and posts by itself."""
        info, source = body.get("post_info") or {}, body.get("source_info") or {}
        if body.get("media_type") != "PHOTO" or body.get("post_mode") != "DIRECT_POST":
            raise Refused(400, "invalid_params", "media_type or post_mode is not supported")
        pictures = tuple(source.get("photo_images") or ())
        self._check_content(info, pictures, str(source.get("source")))
        self._check_account()
        self._check_day(now)
        setup = self._store.setup
        number = self._store.next_number()
        post = Post(
            publish_id=f"p_pub_url~v2.{number}", number=number, title=info.get("title", ""),
            description=info.get("description", ""), pictures=pictures, is_public=info.get("privacy_level") != PRIVATE,
            polls_left=setup.processing_polls, moderation_left=setup.moderation_polls, fail_reason=setup.fail_reason,
            at=now, done_at=now + timedelta(seconds=setup.processing_seconds),
        )  # fmt: skip
        return {"publish_id": self._store.keep(post).publish_id}

    def status(self, body: dict[str, Any]) -> dict[str, Any]:
        """`status/fetch`: each poll brings the post on."""
        post = self._store.post(str(body.get("publish_id", "")))
        if post is None:
            raise Refused(400, "invalid_publish_id", "The publish_id does not exist")
        told: dict[str, Any] = {"status": post.status, "fail_reason": post.fail_reason if not post.polls_left else ""}
        # The misspelt key is TikTok's own, and its ids are numbers (11.2).
        told["publicaly_available_post_id"] = [post.number] if post.is_shown else []
        if post.polls_left:
            self._store.keep(post.model_copy(update={"polls_left": post.polls_left - 1}))
        elif post.moderation_left:
            self._store.keep(post.model_copy(update={"moderation_left": post.moderation_left - 1}))
        return told

    def list_posts(self, body: dict[str, Any], fields: list[str], gateway: str, now: datetime) -> dict[str, Any]:
        """`video/list`: newest first, what everybody can see, some seconds late."""
        shown_until = now - timedelta(seconds=self._store.setup.lists_lag_seconds)
        shown = [post for post in reversed(self._store.posts()) if post.is_shown and post.at <= shown_until]
        start, size = int(body.get("cursor") or 0), min(_PAGE_MOST, int(body.get("max_count") or 10))
        page = [_pick(_view(post, gateway), fields) for post in shown[start : start + size]]
        return {"videos": page, "cursor": start + len(page), "has_more": start + size < len(shown)}

    def find_posts(self, body: dict[str, Any], fields: list[str], gateway: str) -> dict[str, Any]:
        """`video/query`: those of the asked-for ids that are there."""
        asked = {str(key) for key in (body.get("filters") or {}).get("video_ids") or ()}
        found = [post for post in self._store.posts() if str(post.number) in asked and post.is_shown]
        return {"videos": [_pick(_view(post, gateway), fields) for post in found]}

    def user(self, fields: list[str], scopes: tuple[str, ...]) -> dict[str, Any]:
        """`user/info`: each group of fields has its scope."""
        groups: dict[str, dict[str, Any]] = {
            "user.info.basic": {"open_id": OPEN_ID, "display_name": NAME, "avatar_url": "https://cdn.example/a.jpg"},
            "user.info.profile": {
                "username": USERNAME, "bio_description": "Garden furniture that lasts.", "is_verified": False,
                "profile_deep_link": f"https://www.tiktok.com/@{USERNAME}",
            },
            "user.info.stats": {
                "follower_count": 640, "following_count": 31, "likes_count": 5210,
                "video_count": sum(post.is_shown for post in self._store.posts()),
            },
        }  # fmt: skip
        user: dict[str, Any] = {}
        for name in fields:
            scope = next((scope for scope, group in groups.items() if name in group), None)
            if scope is None:
                raise Refused(400, "invalid_params", f"The field {name} is unknown")
            if scope not in scopes:
                raise Refused(401, "scope_not_authorized", f"The scope {scope} is needed for {name}")
            user[name] = "" if name in self._store.setup.empty_profile_fields else groups[scope][name]
        return {"user": user}

    def _check_content(self, info: dict[str, Any], pictures: tuple[str, ...], source: str) -> None:
        title, description = (_utf16(info.get(name, "")) for name in ("title", "description"))
        if title > _TITLE_MOST or description > _DESCRIPTION_MOST:
            raise Refused(400, "invalid_params", "The title or description is too long")
        if source != "PULL_FROM_URL" or not 1 <= len(pictures) <= _PHOTOS_MOST:
            raise Refused(400, "invalid_params", "photo_images must have 1 to 35 addresses")
        unverified = self._store.setup.unverified_hosts
        if any(urlsplit(url).hostname in unverified for url in pictures):
            raise Refused(403, "url_ownership_unverified", "Please verify the ownership of the domain")

    def _check_account(self) -> None:
        setup = self._store.setup
        if setup.is_banned:
            raise Refused(403, "spam_risk_user_banned_from_posting", "The user is banned from making new posts")

    def _check_day(self, now: datetime) -> None:
        setup = self._store.setup
        if sum(now - post.at < _DAY for post in self._store.posts()) >= setup.posts_a_day:
            raise Refused(403, "spam_risk_too_many_posts", "The daily post cap is reached for this user")

    def check_privacy(self, body: dict[str, Any]) -> None:
        """Whether the app and the account allow the asked-for audience."""
        setup = self._store.setup
        level = (body.get("post_info") or {}).get("privacy_level")
        if level not in setup.privacy_options:
            raise Refused(400, "privacy_level_option_mismatch", "privacy_level is not one of the creator's options")
        if not setup.is_audited and level != PRIVATE:
            raise Refused(
                403, "unaudited_client_can_only_post_to_private_accounts", "The app has not passed TikTok's audit"
            )


def _view(post: Post, gateway: str) -> dict[str, Any]:
    url = f"{gateway}/www.tiktok.com/@{USERNAME}/photo/{post.number}"
    counts = {
        name: int.from_bytes(hashlib.sha256(f"{post.number} {name}".encode()).digest()[:2]) % most
        for name, most in (("like_count", 60), ("comment_count", 9), ("share_count", 5))
    }
    return {
        "id": str(post.number), "title": (post.title or post.description)[:_LIST_TITLE],
        "create_time": int(post.at.timestamp()), "share_url": url,
        "view_count": 100 + 9 * counts["like_count"], **counts,
    }  # fmt: skip


def _pick(entry: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    unknown = [name for name in fields if name not in entry]
    if unknown or not fields:
        raise Refused(400, "invalid_params", f"Fields that are unknown: {unknown}")
    return {name: entry[name] for name in fields}


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
