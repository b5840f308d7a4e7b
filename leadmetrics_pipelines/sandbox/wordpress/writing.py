"""Creating and changing posts: statuses, dates, slugs, and what WordPress drops without a word.

Follows `wp_insert_post` and the REST posts controller as reference wordpress.md (5 to 18) describes them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.kses import filter_html
from leadmetrics_pipelines.sandbox.wordpress.models import PUBLIC_STATUSES, UNCATEGORIZED, UNSCHEDULED, Post
from leadmetrics_pipelines.sandbox.wordpress.params import Check
from leadmetrics_pipelines.sandbox.wordpress.rest import Call, Params, RestError, refuse
from leadmetrics_pipelines.sandbox.wordpress.slugs import SLUG_LENGTH, sanitize_title, unique
from leadmetrics_pipelines.sandbox.wordpress.store import Site

TRASHED = "__trashed"
# WordPress takes a date less than a minute ahead for "now".
_SCHEDULE_MARGIN = timedelta(minutes=1)

WRITE_CHECKS: dict[str, Check] = {
    "date": params.date,
    "date_gmt": params.date,
    "slug": params.text,
    "status": params.one_of(*PUBLIC_STATUSES),
    "password": params.text,
    "title": params.raw_text,
    "content": params.raw_text,
    "excerpt": params.raw_text,
    "author": params.integer(),
    "featured_media": params.integer(),
    "comment_status": params.one_of("open", "closed"),
    "ping_status": params.one_of("open", "closed"),
    "format": params.one_of(
        "standard", "aside", "chat", "gallery", "link", "image", "quote", "status", "video", "audio"
    ),
    "sticky": params.boolean,
    "template": params.text,
    "categories": params.integers,
    "tags": params.integers,
}
_PLAIN = (
    "password", "excerpt", "comment_status", "ping_status", "format", "sticky", "template", "title", "content",
)  # fmt: skip


def new_post(call: Call, asked: Params) -> Post:
    """The post that these parameters make; its id is 0 until it is stored.

    Raises:
        RestError: 400 `empty_content`, `rest_invalid_author`; 403 `rest_cannot_publish`.
    """
    user_id = call.user.id if call.user else 0
    blank = Post(id=0, author=user_id, date=call.now, date_is_set=False, modified=call.now, categories=(UNCATEGORIZED,))
    post = _settle(call, _apply(call, blank, asked), asked)
    if not (post.title or post.content or post.excerpt):
        raise RestError(400, "empty_content", "Content, title, and excerpt are empty.")
    # A new post was last changed at its own date: for a scheduled one that lies ahead.
    return post.model_copy(update={"modified": post.date})


def changed_post(call: Call, post: Post, asked: Params) -> Post:
    """The post after a partial update."""
    was_trashed = post.status == "trash" and asked.get("status", "trash") != "trash"
    if was_trashed and "slug" not in asked:
        post = post.model_copy(update={"slug": post.slug.removesuffix(TRASHED)})
    after = _settle(call, _apply(call, post, asked), asked)
    return after.model_copy(update={"modified": call.now, "revisions": post.revisions + 1})


def trashed(post: Post, now: datetime) -> Post:
    """The post in the trash, its slug set free."""
    slug = post.slug[: SLUG_LENGTH - len(TRASHED)] + TRASHED
    return post.model_copy(update={"status": "trash", "slug": slug, "modified": now})


def publish_due(site: Site, now: datetime) -> int:
    """WP-Cron: publish what was scheduled until now. How many."""
    due = [post for post in site.posts.values() if post.status == "future" and post.date <= now]
    for post in due:
        site.keep_post(post.model_copy(update={"status": "publish"}))
    return len(due)


def _apply(call: Call, post: Post, asked: Params) -> Post:
    """The plain fields, and the ids WordPress knows: unknown ones are swallowed (reference, 6)."""
    changes: dict[str, object] = {name: asked[name] for name in _PLAIN if name in asked}
    if not call.can("unfiltered_html") or call.site.settings.drops_scripts:
        for name in ("title", "content", "excerpt"):
            if name in changes:
                changes[name] = filter_html(str(changes[name]))
    if "featured_media" in asked:
        wanted = asked["featured_media"]
        changes["featured_media"] = wanted if wanted in call.site.media else 0
    for name, taxonomy in (("categories", "category"), ("tags", "post_tag")):
        wanted_ids = asked.get(name)
        if isinstance(wanted_ids, tuple):
            known = {term.id for term in call.site.terms.values() if term.taxonomy == taxonomy}
            changes[name] = tuple(dict.fromkeys(number for number in wanted_ids if number in known))
    if "author" in asked:
        changes["author"] = _known_author(call, asked["author"])
    return post.model_copy(update=changes)


def _known_author(call: Call, author: object) -> int:
    if not isinstance(author, int) or author not in call.site.users:
        raise RestError(400, "rest_invalid_author", "Invalid author ID.")
    if call.user is not None and author != call.user.id and not call.can("edit_others_posts"):
        refuse(call, "rest_cannot_edit_others", "Sorry, you are not allowed to create posts as this user.")
    return author


def _settle(call: Call, post: Post, asked: Params) -> Post:
    """Date, status and slug, which depend on each other."""
    status = _allowed_status(call, str(asked.get("status", post.status)), post)
    at, is_set = _date(call, post, asked)
    if status in UNSCHEDULED and not is_set:
        at = call.now
    if status not in UNSCHEDULED and status != "trash" and not is_set:
        at, is_set = call.now, True
    if status == "publish" and at - call.now >= _SCHEDULE_MARGIN:
        status = "future"
    elif status == "future" and at - call.now < _SCHEDULE_MARGIN:
        status = "publish"
    slug = _slug(call.site, post, status, asked)
    return post.model_copy(update={"status": status, "date": at, "date_is_set": is_set, "slug": slug})


def _allowed_status(call: Call, status: str, post: Post) -> str:
    if status == post.status and post.id:
        return status
    if status in {"publish", "future"} and not call.can("publish_posts"):
        refuse(call, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type.")
    if status == "private" and not call.can("publish_posts"):
        refuse(call, "rest_cannot_publish", "Sorry, you are not allowed to create private posts in this post type.")
    return status


def _date(call: Call, post: Post, asked: Params) -> tuple[datetime, bool]:
    """The post's instant and whether it is fixed. `date` without offset is the site's time, `date_gmt` is UTC."""
    for name, zone in (("date", ZoneInfo(call.site.settings.time_zone)), ("date_gmt", UTC)):
        if name not in asked:
            continue
        value = asked[name]
        parsed = params.parse_date(value) if isinstance(value, str) else None
        if parsed is None:
            return call.now, False
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC), True
    return post.date, post.date_is_set


def _slug(site: Site, post: Post, status: str, asked: Params) -> str:
    slug = sanitize_title(str(asked["slug"])) if "slug" in asked else post.slug
    if status == "trash":
        return slug
    if not slug:
        if status in UNSCHEDULED:
            return ""
        slug = sanitize_title(post.title) or str(post.id or "")
    taken = {other.slug for other in site.posts.values() if other.id != post.id}
    return unique(slug, taken) if slug else slug
