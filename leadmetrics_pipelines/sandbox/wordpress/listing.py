"""Pages of a list: bounds, order, headers. The same for posts, media, terms and users."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.params import Check
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Params, RestError

Item = TypeVar("Item")

PAGE_CHECKS: dict[str, Check] = {
    "context": params.one_of("view", "embed", "edit"),
    "page": params.integer(1),
    "per_page": params.integer(1, 100),
    "offset": params.integer(),
    "search": params.text,
    "include": params.integers,
    "exclude": params.integers,
    "order": params.one_of("asc", "desc"),
}


def chosen(asked: Params, number: int) -> bool:
    """Whether `include` and `exclude` let an id through."""
    included, excluded = asked.get("include"), asked.get("exclude")
    is_in = not isinstance(included, tuple) or not included or number in included
    return is_in and not (isinstance(excluded, tuple) and number in excluded)


def paged(
    call: Call, asked: Params, items: Sequence[Item], *, noun: str, show: Callable[[Item], object | None]
) -> Answer:
    """One page of the items with its headers; `show` may hide an item (None) although it is counted.

    Raises:
        RestError: 400 `rest_<noun>_invalid_page_number` past the end.
    """
    per_page = int(str(asked.get("per_page", 10)))
    page = int(str(asked.get("page", 1)))
    pages = math.ceil(len(items) / per_page)
    if page > max(pages, 1):
        message = "The page number requested is larger than the number of pages available."
        raise RestError(400, f"rest_{noun}_invalid_page_number", message)
    start = int(str(asked.get("offset", (page - 1) * per_page)))
    shown = [view for view in map(show, items[start : start + per_page]) if view is not None]
    headers = {"X-WP-Total": str(len(items)), "X-WP-TotalPages": str(pages)}
    links = [
        f'<{_page_url(call, number)}>; rel="{relation}"'
        for number, relation, exists in ((page - 1, "prev", page > 1), (page + 1, "next", page < pages))
        if exists
    ]
    if links:
        headers["Link"] = ", ".join(links)
    return Answer(body=shown, headers=headers)


def _page_url(call: Call, page: int) -> str:
    query = {key: value for key, value in call.params.items() if key != "rest_route"} | {"page": page}
    return f"{call.url}/wp-json{call.route}?{urlencode(query, doseq=True)}"
