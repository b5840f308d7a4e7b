"""Where a WordPress site has its REST API, found without credentials.

With pretty permalinks it is `/wp-json/`; with plain ones that path is the home page (200, HTML) and the API answers to
`?rest_route=/`. Every page names it in a `Link` header (reference/wordpress.md, "Finding the API").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from leadmetrics_pipelines.errors import InvalidInput, PlatformUnavailable
from leadmetrics_pipelines.kit.http import Answer

_REL = "https://api.w.org/"
_INDEX_FIELDS = "name,url,home,namespaces,authentication"
_MAX_REDIRECTS = 3
_REDIRECT = 3

Fetch = Callable[[httpx.URL], Answer]
"""One unsigned GET that asks for JSON."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a site says of itself."""

    root: httpx.URL
    """Root of the API, `.../wp-json/` or `...?rest_route=/`."""
    name: str
    url: str
    passwords_on: bool | None
    """Whether application passwords can be used; None when the site does not let visitors see it."""

    def route(self, path: str, params: dict[str, str] | None = None) -> httpx.URL:
        """The address of a route, e.g. `wp/v2/posts`, with its parameters."""
        return _join(self.root, path).copy_merge_params(params or {})


def discover(base_url: str, fetch: Fetch) -> Site:
    """Find the API of a site.

    Raises PlatformUnavailable when nothing there speaks WordPress REST, InvalidInput when the site lives elsewhere.
    """
    base = httpx.URL(base_url if base_url.endswith("/") else base_url + "/").copy_with(query=None, fragment=None)
    answers: list[Answer] = []
    for root in _candidates(base, answers):
        answer, root_found = _fetch_index(root, base, fetch)
        answers.append(answer)
        site = _read_index(answer, root_found)
        if site:
            return site
    said = ", ".join(f"{answer.status} {answer.media_type or 'without a type'}" for answer in answers)
    msg = (
        f"{base} does not speak the WordPress REST API (it answered {said}). Check that the address is the site's home "
        "page, that it runs WordPress 5.6 or newer, and that no plugin switches the REST API off."
    )
    raise PlatformUnavailable(msg)


def _candidates(base: httpx.URL, answers: list[Answer]) -> Iterator[httpx.URL]:
    yield base.join("wp-json/")
    linked = _linked_root(answers[0], base)
    if linked:
        yield linked
    yield base.copy_merge_params({"rest_route": "/"})


def _fetch_index(root: httpx.URL, base: httpx.URL, fetch: Fetch) -> tuple[Answer, httpx.URL]:
    """The index, following redirects within the same site only: what comes after this carries credentials."""
    answer = fetch(_index_url(root))
    for _ in range(_MAX_REDIRECTS):
        location = answer.headers.get("location")
        if answer.status // 100 != _REDIRECT or not location:
            break
        target = root.join(location)
        if not _same_site(target, base):
            raise InvalidInput(
                f"{base} sends its visitors on to {target.scheme}://{target.host}. "
                "If that is the client's site, enter it as the channel's address.",
                field="url",
            )
        root = target.copy_remove_param("_fields")
        answer = fetch(_index_url(root))
    return answer, root


def _index_url(root: httpx.URL) -> httpx.URL:
    return root.copy_merge_params({"_fields": _INDEX_FIELDS})


def _read_index(answer: Answer, root: httpx.URL) -> Site | None:
    if not answer.is_json:
        return None
    try:
        index = answer.json()
    except ValueError:
        return None
    if not isinstance(index, dict):
        return None
    if "wp/v2" in (index.get("namespaces") or ()):
        # [2] `[]` when application passwords are off, else an object.
        authentication = index.get("authentication")
        passwords_on = isinstance(authentication, dict) and "application-passwords" in authentication
        url = str(index.get("home") or index.get("url") or "")
        return Site(root=root, name=str(index.get("name") or ""), url=url, passwords_on=passwords_on)
    # A plugin that shuts visitors out of the whole API still answers in WordPress's own form.
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and isinstance(index.get("code"), str):
        return Site(root=root, name="", url="", passwords_on=None)
    return None


def _linked_root(answer: Answer, base: httpx.URL) -> httpx.URL | None:
    for entry in answer.headers.get("link", "").split(","):
        target, _, rest = entry.partition(">")
        if f'rel="{_REL}"' in rest.replace("'", '"'):
            root = base.join(target.strip().removeprefix("<"))
            return root if _same_site(root, base) else None
    return None


def _same_site(url: httpx.URL, base: httpx.URL) -> bool:
    """The same host (with or without www.), and not from encrypted to open."""
    same_host = url.host.removeprefix("www.") == base.host.removeprefix("www.")
    same_port = url.port == base.port or (base.scheme, url.scheme) == ("http", "https")
    return same_host and same_port and url.scheme in {"https", base.scheme}


def _join(root: httpx.URL, path: str) -> httpx.URL:
    if "rest_route" in root.params:
        return root.copy_set_param("rest_route", "/" + path)
    return root.join(path)
