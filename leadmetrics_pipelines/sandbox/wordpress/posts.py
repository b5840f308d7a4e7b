"""The routes of posts: list, read, create, change, trash and delete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.listing import PAGE_CHECKS, chosen, paged
from leadmetrics_pipelines.sandbox.wordpress.models import ALL_STATUSES, ANY_STATUSES, Post
from leadmetrics_pipelines.sandbox.wordpress.params import Check, Invalid, check
from leadmetrics_pipelines.sandbox.wordpress.rendering import post_json
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Params, RestError, refuse, router
from leadmetrics_pipelines.sandbox.wordpress.slugs import sanitize_title
from leadmetrics_pipelines.sandbox.wordpress.writing import WRITE_CHECKS, changed_post, new_post, trashed

_ONE = r"/wp/v2/posts/(?P<id>\d+)"
_CONTEXT: dict[str, Check] = {"context": PAGE_CHECKS["context"], "password": params.text}
_ORDERS: dict[str, Callable[[Post], object]] = {
    "date": lambda post: (post.date, post.id),
    "id": lambda post: post.id,
    "modified": lambda post: (post.modified, post.id),
    "slug": lambda post: post.slug,
    "title": lambda post: post.title.lower(),
    "author": lambda post: (post.author, post.id),
    "relevance": lambda post: (post.date, post.id),
}


@router.on("GET", "/wp/v2/posts")
async def list_posts(call: Call) -> Answer:
    """`GET /wp/v2/posts`."""
    asked = check(call.params, _list_checks(call))
    context = str(asked.get("context", "view"))
    if context == "edit" and not call.can("edit_posts"):
        refuse(call, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
    found = [post for post in call.site.posts.values() if _matches(post, asked)]
    found = _ordered(found, asked)

    def show(post: Post) -> dict[str, object] | None:
        return post_json(call, post, context) if _may_read(call, post) else None

    return paged(call, asked, found, noun="post", show=show)


@router.on("GET", _ONE)
async def read_post(call: Call) -> Answer:
    """`GET /wp/v2/posts/{id}`."""
    asked = check(call.params, _CONTEXT)
    post = _existing(call)
    context = str(asked.get("context", "view"))
    if context == "edit" and not _may_edit(call, post):
        refuse(call, "rest_forbidden_context", "Sorry, you are not allowed to edit this post.")
    if not _may_read(call, post):
        refuse(call, "rest_forbidden", "Sorry, you are not allowed to do that.")
    return Answer(body=post_json(call, post, context))


@router.on("POST", "/wp/v2/posts")
async def create_post(call: Call) -> Answer:
    """`POST /wp/v2/posts`."""
    asked = check(call.params, WRITE_CHECKS)
    if call.params.get("id"):
        raise RestError(400, "rest_post_exists", "Cannot create existing post.")
    if not call.can("edit_posts"):
        refuse(call, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
    post = new_post(call, asked)
    if call.site.settings.insert_seconds:
        # Between choosing a slug and storing the row nothing is locked: two may choose the same (reference, 15).
        await asyncio.sleep(call.site.settings.insert_seconds)
    number = call.site.next_object_id()
    stored = call.site.keep_post(post.model_copy(update={"id": number, "slug": post.slug or _late_slug(post, number)}))
    location = f"{call.url}/wp-json/wp/v2/posts/{number}"
    return Answer(status=201, body=post_json(call, stored, "edit"), headers={"Location": location})


@router.on("POST PUT PATCH", _ONE)
async def update_post(call: Call) -> Answer:
    """`POST`, `PUT` or `PATCH /wp/v2/posts/{id}`: partial in all three."""
    asked = check(call.params, WRITE_CHECKS)
    post = _existing(call)
    if not _may_edit(call, post):
        refuse(call, "rest_cannot_edit", "Sorry, you are not allowed to edit this post.")
    stored = call.site.keep_post(changed_post(call, post, asked))
    return Answer(body=post_json(call, stored, "edit"))


@router.on("DELETE", _ONE)
async def delete_post(call: Call) -> Answer:
    """`DELETE /wp/v2/posts/{id}`: to the trash, or for good with `force`."""
    asked = check(call.params, {"force": params.boolean})
    post = _existing(call)
    if not _may_delete(call, post):
        refuse(call, "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
    if asked.get("force"):
        previous = post_json(call, post, "edit")
        call.site.drop_post(post.id)
        return Answer(body={"deleted": True, "previous": previous})
    if post.status == "trash":
        raise RestError(410, "rest_already_trashed", "The post has already been deleted.")
    return Answer(body=post_json(call, call.site.keep_post(trashed(post, call.now)), "edit"))


def _late_slug(post: Post, number: int) -> str:
    return "" if post.status in {"draft", "pending"} else str(number)


def _list_checks(call: Call) -> dict[str, Check]:
    def statuses(_name: str, value: object) -> tuple[str, ...]:
        asked = tuple(str(part) for part in params.parse_list(value))
        for status in asked:
            if status not in {"any", *ALL_STATUSES, "inherit", "auto-draft"}:
                known = "publish, future, draft, pending, private, trash, auto-draft, inherit, and any"
                raise Invalid("rest_not_in_enum", f"status[0] is not one of {known}.")
        if any(status != "publish" for status in asked) and not call.can("edit_posts"):
            raise Invalid("rest_forbidden_status", "Status is forbidden.")
        return tuple(one for status in asked for one in (ANY_STATUSES if status == "any" else (status,)))

    return PAGE_CHECKS | {
        "status": statuses,
        "slug": _slugs,
        "after": params.date,
        "before": params.date,
        "modified_after": params.date,
        "modified_before": params.date,
        "author": params.integers,
        "author_exclude": params.integers,
        "categories": params.integers,
        "categories_exclude": params.integers,
        "tags": params.integers,
        "tags_exclude": params.integers,
        "sticky": params.boolean,
        "orderby": params.one_of(*_ORDERS, "include"),
    }


def _matches(post: Post, asked: Params) -> bool:
    statuses = asked.get("status", ("publish",))
    return (
        isinstance(statuses, tuple)
        and post.status in statuses
        and chosen(asked, post.id)
        and _matches_slug(post, asked.get("slug"))
        and _matches_search(post, asked.get("search"))
        and _matches_dates(post, asked)
        and _matches_ids(post, asked)
        and asked.get("sticky", post.sticky) == post.sticky
    )


def _slugs(name: str, value: object) -> tuple[str, ...]:
    """A part that sanitizes to nothing matches every post without a slug (reference, 17)."""
    return tuple(sanitize_title(slug) for slug in params.strings(name, value))


def _matches_slug(post: Post, slugs: object) -> bool:
    return not isinstance(slugs, tuple) or not slugs or post.slug in slugs


def _matches_search(post: Post, search: object) -> bool:
    text = f"{post.title}\n{post.excerpt}\n{post.content}".lower()
    return all(word in text for word in str(search or "").lower().split())


def _matches_dates(post: Post, asked: Params) -> bool:
    bounds = (
        ("after", post.date, True), ("before", post.date, False),
        ("modified_after", post.modified, True), ("modified_before", post.modified, False),
    )  # fmt: skip
    for name, value, is_lower in bounds:
        limit = asked.get(name)
        if isinstance(limit, str) and (value <= params.utc(limit) if is_lower else value >= params.utc(limit)):
            return False
    return True


def _matches_ids(post: Post, asked: Params) -> bool:
    have = {"author": {post.author}, "categories": set(post.categories), "tags": set(post.tags)}
    for name, ids in have.items():
        wanted, unwanted = asked.get(name), asked.get(f"{name}_exclude")
        if isinstance(wanted, tuple) and wanted and not ids & set(wanted):
            return False
        if isinstance(unwanted, tuple) and ids & set(unwanted):
            return False
    return True


def _ordered(posts: list[Post], asked: Params) -> list[Post]:
    by = str(asked.get("orderby", "date"))
    included = asked.get("include")
    if by == "include":
        wanted = included if isinstance(included, tuple) else ()
        return sorted(posts, key=lambda post: wanted.index(post.id) if post.id in wanted else len(wanted))
    descending = asked.get("order", "desc") == "desc"
    # Keys of one order are of one kind; mypy cannot see that through the table.
    return sorted(posts, key=_ORDERS[by], reverse=descending)  # type: ignore[arg-type]


def _existing(call: Call) -> Post:
    post = call.site.posts.get(call.number())
    if post is None:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    return post


def _is_own(call: Call, post: Post) -> bool:
    return call.user is not None and call.user.id == post.author


def _may_edit(call: Call, post: Post) -> bool:
    if not _is_own(call, post):
        return call.can("edit_others_posts")
    return call.can("edit_published_posts" if post.status in {"publish", "future"} else "edit_posts")


def _may_delete(call: Call, post: Post) -> bool:
    if not _is_own(call, post):
        return call.can("delete_others_posts")
    return call.can("delete_published_posts" if post.status in {"publish", "future"} else "delete_posts")


def _may_read(call: Call, post: Post) -> bool:
    if post.status == "publish":
        return True
    if post.status == "private":
        return _is_own(call, post) or call.can("read_private_posts")
    return _may_edit(call, post)
