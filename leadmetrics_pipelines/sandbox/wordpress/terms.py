"""The routes of categories and tags (reference wordpress.md, 19)."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.listing import PAGE_CHECKS, chosen, paged
from leadmetrics_pipelines.sandbox.wordpress.models import UNCATEGORIZED, Post, Term
from leadmetrics_pipelines.sandbox.wordpress.params import Check, check, require
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Handler, Params, RestError, refuse, router
from leadmetrics_pipelines.sandbox.wordpress.slugs import sanitize_title, unique

_LIST: dict[str, Check] = PAGE_CHECKS | {
    "slug": params.strings,
    "hide_empty": params.boolean,
    "post": params.integer(),
    "parent": params.integer(),
    "orderby": params.one_of("id", "include", "name", "slug", "count"),
}
_WRITE: dict[str, Check] = {
    "name": params.text, "slug": params.text, "description": params.text, "parent": params.integer(),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Taxonomy:
    """Categories or tags, and how they differ."""

    base: str
    name: Literal["category", "post_tag"]
    create_capability: str
    of_post: Callable[[Post], tuple[int, ...]]


CATEGORIES = Taxonomy(
    base="categories", name="category", create_capability="manage_categories", of_post=lambda post: post.categories
)
TAGS = Taxonomy(base="tags", name="post_tag", create_capability="edit_posts", of_post=lambda post: post.tags)


def _register(taxonomy: Taxonomy) -> None:
    """Both taxonomies have the same routes."""
    collection, one = f"/wp/v2/{taxonomy.base}", rf"/wp/v2/{taxonomy.base}/(?P<id>\d+)"
    for methods, pattern, handle in (
        ("GET", collection, _list),
        ("POST", collection, _create),
        ("GET", one, _read),
        ("POST PUT PATCH", one, _update),
        ("DELETE", one, _delete),
    ):
        router.on(methods, pattern)(_bound(taxonomy, handle))


def _bound(taxonomy: Taxonomy, handle: Callable[[Taxonomy, Call], Answer]) -> Handler:
    async def handler(call: Call) -> Answer:
        return handle(taxonomy, call)

    return handler


def _list(taxonomy: Taxonomy, call: Call) -> Answer:
    asked = check(call.params, _LIST)
    found = [term for term in call.site.terms.values() if _matches(taxonomy, call, term, asked)]
    by = str(asked.get("orderby", "name"))
    keys: dict[str, Callable[[Term], tuple[int, str]]] = {
        "id": lambda term: (term.id, ""),
        "slug": lambda term: (0, term.slug),
        "count": lambda term: (_count(taxonomy, call, term), ""),
    }
    found.sort(key=keys.get(by, lambda term: (0, term.name.lower())), reverse=asked.get("order") == "desc")
    return paged(call, asked, found, noun="term", show=lambda term: _json(taxonomy, call, term))


def _matches(taxonomy: Taxonomy, call: Call, term: Term, asked: Params) -> bool:
    slugs = asked.get("slug")
    post = call.site.posts.get(int(str(asked.get("post", 0))))
    return (
        term.taxonomy == taxonomy.name
        and chosen(asked, term.id)
        and (not isinstance(slugs, tuple) or not slugs or term.slug in map(sanitize_title, slugs))
        and str(asked.get("search", "")).lower() in f"{term.name} {term.slug}".lower()
        and asked.get("parent", term.parent) == term.parent
        and (not asked.get("hide_empty") or _count(taxonomy, call, term) > 0)
        and ("post" not in asked or (post is not None and term.id in taxonomy.of_post(post)))
    )


def _create(taxonomy: Taxonomy, call: Call) -> Answer:
    require(call.params, "name")
    asked = check(call.params, _WRITE)
    if not call.can(taxonomy.create_capability):
        refuse(call, "rest_cannot_create", "Sorry, you are not allowed to create terms in this taxonomy.")
    name, parent = str(asked["name"]).strip(), int(str(asked.get("parent", 0)))
    if not name:
        raise RestError(400, "empty_term_name", "A name is required for this term.")
    if parent and parent not in call.site.terms:
        raise RestError(400, "rest_term_invalid", "Parent term does not exist.")
    _refuse_second(taxonomy, call, name, parent)
    taken = {term.slug for term in call.site.terms.values() if term.taxonomy == taxonomy.name}
    slug = unique(sanitize_title(str(asked.get("slug") or name)) or str(call.site.next_term_id()), taken)
    term = call.site.keep_term(
        Term(
            id=call.site.next_term_id(), taxonomy=taxonomy.name, name=name, slug=slug, parent=parent,
            description=str(asked.get("description", "")),
        )
    )  # fmt: skip
    location = f"{call.url}/wp-json/wp/v2/{taxonomy.base}/{term.id}"
    return Answer(status=201, body=_json(taxonomy, call, term), headers={"Location": location})


def _refuse_second(taxonomy: Taxonomy, call: Call, name: str, parent: int) -> None:
    for term in call.site.terms.values():
        if (term.taxonomy, term.name.lower(), term.parent) == (taxonomy.name, name.lower(), parent):
            message = "A term with the name provided already exists with this parent."
            raise RestError(400, "term_exists", message, term_id=term.id, additional=[term.id, term.id])


def _read(taxonomy: Taxonomy, call: Call) -> Answer:
    return Answer(body=_json(taxonomy, call, _existing(taxonomy, call)))


def _update(taxonomy: Taxonomy, call: Call) -> Answer:
    asked = check(call.params, _WRITE)
    term = _existing(taxonomy, call)
    if not call.can("manage_categories"):
        refuse(call, "rest_cannot_update", "Sorry, you are not allowed to edit this term.")
    if "slug" in asked:
        asked["slug"] = sanitize_title(str(asked["slug"]))
    return Answer(body=_json(taxonomy, call, call.site.keep_term(term.model_copy(update=asked))))


def _delete(taxonomy: Taxonomy, call: Call) -> Answer:
    asked = check(call.params, {"force": params.boolean})
    term = _existing(taxonomy, call)
    if not call.can("manage_categories") or term.id == UNCATEGORIZED:
        refuse(call, "rest_cannot_delete", "Sorry, you are not allowed to delete this term.")
    if not asked.get("force"):
        message = "Terms do not support trashing. Set 'force=true' to delete."
        raise RestError(501, "rest_trash_not_supported", message)
    previous = _json(taxonomy, call, term)
    call.site.drop_term(term.id)
    return Answer(body={"deleted": True, "previous": previous})


def _existing(taxonomy: Taxonomy, call: Call) -> Term:
    term = call.site.terms.get(call.number())
    if term is None or term.taxonomy != taxonomy.name:
        raise RestError(404, "rest_term_invalid", "Term does not exist.")
    return term


def _count(taxonomy: Taxonomy, call: Call, term: Term) -> int:
    return sum(post.status == "publish" and term.id in taxonomy.of_post(post) for post in call.site.posts.values())


def _json(taxonomy: Taxonomy, call: Call, term: Term) -> dict[str, object]:
    folder = "category" if taxonomy.name == "category" else "tag"
    shown: dict[str, object] = {
        "id": term.id,
        "count": _count(taxonomy, call, term),
        "description": term.description,
        "link": f"{call.url}/{folder}/{term.slug}/",
        "name": html.escape(term.name, quote=False),
        "slug": term.slug,
        "taxonomy": taxonomy.name,
        "meta": [],
    }
    return shown | ({"parent": term.parent} if taxonomy.name == "category" else {})


_register(CATEGORIES)
_register(TAGS)
