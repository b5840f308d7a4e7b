"""Facebook Pages: feed, photos, lists, comments, figures, reviews and messages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.sandbox.meta.figures import daily_series, day_value
from leadmetrics_pipelines.sandbox.meta.graph import Call, GraphRefusal, need, page_list, pick, stamp
from leadmetrics_pipelines.sandbox.meta.models import Comment, Page, Photo, Post
from leadmetrics_pipelines.sandbox.meta.store import Store, page_of
from leadmetrics_pipelines.sandbox.oauth import Token

_TEXT_MOST = 63_206
_PHOTO_BYTES_MOST = 4_000_000
_PHOTOS_MOST = 10
_PHOTO_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
METRICS = (
    "page_media_view", "page_total_media_view_unique", "page_post_engagements", "page_daily_follows", "page_follows",
)  # fmt: skip


class Facebook:
    """The calls on Pages and on what is posted there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def post_feed(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`POST {page}/feed`."""
        self._check_rights(token, page)
        text, link = call.params.get("message", ""), call.params.get("link", "")
        photos = self._read_attached(call, page)
        if not text and not link and not photos:
            raise GraphRefusal(100, "The post is empty. Please enter a message to share.")
        if len(text) > _TEXT_MOST:
            raise GraphRefusal(100, "Message is too long", subcode=1487390, told="The message is too long.")
        if urlsplit(link).hostname in self._store.setup.unreachable_hosts:
            raise GraphRefusal(100, "Invalid parameter", subcode=1609005, told="The link could not be scraped.")
        last = next((post for post in reversed(self._store.posts(page.id)) if not post.is_deleted), None)
        if last is not None and (last.text, last.link, last.pictures) == (text, link, photos):
            raise GraphRefusal(506, "(#506) Duplicate status message")
        cut = self._store.setup.cuts_text_at
        made = Post(
            id=f"{page.id}_{self._store.next_id()}", account=page.id, text=text[:cut], link=link, pictures=photos,
            at=call.now, is_published=call.params.get("published", "true") != "false",
        )  # fmt: skip
        return pick(self.view_post(call, self._store.keep_post(made)), call.fields or ["id"])

    def post_photo(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`POST {page}/photos`, with bytes in `source`."""
        self._check_rights(token, page)
        data = call.files.get("source", b"")
        kind = next((kind for start, kind in _PHOTO_TYPES.items() if data.startswith(start)), None)
        if kind is None or len(data) > _PHOTO_BYTES_MOST:
            told = "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG or PNG."
            raise GraphRefusal(324, "Invalid image", subcode=1366046, told=told)
        is_published = call.params.get("published", "true") != "false"
        photo = Photo(
            id=self._store.next_id(), page=page.id, alt=call.params.get("alt_text_custom", ""), media_type=kind,
            is_published=is_published, at=call.now,
        )  # fmt: skip
        self._store.keep_photo(photo, data)
        if not is_published:
            return {"id": photo.id}
        text = call.params.get("caption", "")
        post = Post(
            id=f"{page.id}_{self._store.next_id()}", account=page.id, text=text, pictures=(photo.id,), at=call.now
        )
        return {"id": photo.id, "post_id": self._store.keep_post(post).id}

    def list_posts(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {page}/published_posts`: newest first, some seconds late."""
        need(token, "pages_read_engagement", code=10)
        shown_until = call.now - timedelta(seconds=self._store.setup.lists_lag_seconds)
        listed = [
            post for post in reversed(self._store.posts(page.id))
            if post.is_published and not post.is_deleted and post.at <= shown_until
        ]  # fmt: skip
        return page_list([pick(self.view_post(call, post), call.fields) for post in listed], call)

    def view_post(self, call: Call, post: Post) -> dict[str, Any]:
        """A post with all its fields."""
        return {
            "id": post.id, "message": post.text, "created_time": stamp(post.at), "link": post.link,
            "permalink_url": f"{call.gateway}/www.facebook.com/{post.account}/posts/{post.id.partition('_')[2]}",
            "is_published": post.is_published,
            "reactions": {"data": [], "summary": {"total_count": day_value(post.id, "reactions", 40)}},
            "comments": {"data": [], "summary": {"total_count": len(self._store.comments(post.id))}},
            "shares": {"count": day_value(post.id, "shares", 6)},
        }  # fmt: skip

    def view_page(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {page}`: empty fields are absent."""
        need(token, "pages_show_list", code=10)
        full = {
            "id": page.id, "name": page.name, "username": page.username,
            "link": f"{call.gateway}/www.facebook.com/{page.username}",
            "about": "Garden furniture that lasts.", "description": "Tables, chairs and benches of oak and steel.",
            "category": "Furniture Store", "cover": {"id": "1", "source": f"{call.gateway}/cover.jpg"},
            "picture": {"data": {"url": f"{call.gateway}/picture.jpg", "is_silhouette": False}},
            "emails": ["hello@acme.example"], "phone": "+41 44 000 00 00", "website": "https://acme.example",
            "hours": {"mon_1_open": "09:00", "mon_1_close": "18:00"},
            "location": {"city": "Zurich", "country": "Switzerland", "street": "Gartenweg 1", "zip": "8000"},
            "single_line_address": "Gartenweg 1, 8000 Zurich", "founded": "1998", "mission": "",
            "company_overview": "", "price_range": "$$", "is_verified": False,
            "followers_count": 1840, "fan_count": 1790, "overall_star_rating": 4.6, "rating_count": 38,
        }  # fmt: skip
        empty = self._store.setup.empty_profile_fields
        return pick({name: value for name, value in full.items() if name not in empty}, call.fields)

    def insights(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {page}/insights`: one name that is gone fails the whole call (4.3)."""
        need(token, "read_insights", code=10)
        asked = [name for name in call.params.get("metric", "").split(",") if name]
        dead = self._store.setup.dead_metrics
        if not asked or any(name not in METRICS or name in dead for name in asked):
            raise GraphRefusal(100, "(#100) The value must be a valid insights metric")
        return {"data": [daily_series(call, page.id, name, level=name == "page_follows") for name in asked]}

    def ratings(self, call: Call, token: Token) -> dict[str, Any]:
        """`GET {page}/ratings`."""
        need(token, "pages_read_user_content", code=10)
        kinds = ("positive", "positive", "negative", "positive")
        entries = [
            {"created_time": stamp(call.now - timedelta(days=9 * key + 3)), "recommendation_type": kind,
             "review_text": "Solid oak.", "has_review": True}
            for key, kind in enumerate(kinds)
        ]  # fmt: skip
        return page_list(entries, call)

    def conversations(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        """`GET {page}/conversations`: four people asked, three were answered."""
        need(token, "pages_messaging", code=10)
        entries = []
        for key, minutes in enumerate((12, 45, 180, None)):
            asked_at = call.now - timedelta(days=2 * key + 1)
            messages = [{"from": {"id": f"77{key}"}, "created_time": stamp(asked_at)}]
            if minutes is not None:
                answered = stamp(asked_at + timedelta(minutes=minutes))
                messages.insert(0, {"from": {"id": page.id}, "created_time": answered})
            entries.append({"id": f"t_{key}", "updated_time": stamp(asked_at), "messages": {"data": messages}})
        return page_list(entries, call)

    def comment(self, call: Call, token: Token, post: Post) -> dict[str, Any]:
        """`POST {post}/comments`."""
        need(token, "pages_manage_engagement")
        text = call.params.get("message", "")
        if not text:
            raise GraphRefusal(100, "(#100) Param message must be non-empty")
        made = Comment(
            id=f"{post.id.partition('_')[2]}_{self._store.next_id()}", post=post.id, author=post.account, text=text,
            at=call.now,
        )  # fmt: skip
        return {"id": self._store.keep_comment(made).id}

    def list_comments(self, call: Call, token: Token, post: Post) -> dict[str, Any]:
        """`GET {post}/comments`."""
        need(token, "pages_read_engagement", code=10)
        page = page_of(post.account)
        entries = [
            {"id": entry.id, "message": entry.text, "created_time": stamp(entry.at),
             "from": {"id": entry.author, "name": page.name if page else ""}}
            for entry in self._store.comments(post.id)
        ]  # fmt: skip
        return page_list([pick(entry, call.fields) for entry in entries], call)

    def delete(self, token: Token, post: Post) -> dict[str, Any]:
        """`DELETE {post}`."""
        need(token, "pages_manage_posts")
        self._store.keep_post(post.model_copy(update={"is_deleted": True}))
        return {"success": True}

    def edit(self, call: Call, token: Token, post: Post) -> dict[str, Any]:
        """`POST {post}`: another text."""
        need(token, "pages_manage_posts")
        self._store.keep_post(post.model_copy(update={"text": call.params.get("message", post.text)}))
        return {"success": True}

    def _check_rights(self, token: Token, page: Page) -> None:
        need(token, "pages_manage_posts")
        if token.note.get("page") != page.id:
            raise GraphRefusal(200, "(#200) The call must be made with a Page access token", status=403)
        if not {"CREATE_CONTENT", "MANAGE"} & set(page.tasks):
            raise GraphRefusal(200, "(#200) The user hasn't the CREATE_CONTENT task on the Page", status=403)
        if self._store.setup.blocked:
            raise GraphRefusal(368, "The action attempted has been deemed abusive or is otherwise disallowed")

    def _read_attached(self, call: Call, page: Page) -> tuple[str, ...]:
        listed = json.loads(call.params.get("attached_media") or "[]")
        listed += [
            json.loads(value) for name, value in sorted(call.params.items()) if name.startswith("attached_media[")
        ]
        keys = tuple(str(entry["media_fbid"]) for entry in listed)
        for key in keys:
            photo = self._store.photo(key)
            if photo is None or photo.page != page.id:
                raise GraphRefusal(100, f"Invalid parameter: photo {key} does not exist")
        used = {key for post in self._store.posts(page.id) for key in post.pictures if not post.is_deleted}
        if used & set(keys):
            raise GraphRefusal(100, "These photos were already posted.", subcode=1366051)
        if len(keys) > _PHOTOS_MOST:
            raise GraphRefusal(100, "Too many photos")
        return keys
