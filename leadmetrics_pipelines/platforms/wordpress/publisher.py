"""The publisher of WordPress: looks before it writes, writes with one call, believes only what came back.

Numbers in brackets are facts of reference/wordpress.md.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.publishing import (
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    OutgoingArticle,
    Prepared,
    RemoteState,
    Traits,
    check_marker,
    refuse_kind,
)
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.errors import classify, read_code
from leadmetrics_pipelines.platforms.wordpress.payloads import (
    CATEGORIES,
    MEDIA,
    TAGS,
    PreparedArticle,
    compare_post,
    make_comment,
    prepare_article,
    read_post,
)
from leadmetrics_pipelines.platforms.wordpress.placing import place_picture, place_terms
from leadmetrics_pipelines.platforms.wordpress.reading import JSON, read_list, read_object

_POSTS, _ME = "wp/v2/posts", "wp/v2/users/me"
# [16] `any` would leave out the trash.
_STATUSES = "publish,future,draft,pending,private,trash"
_POST_FIELDS = "id,slug,status,link,content,permalink_template,generated_slug"
_SUFFIXES = ("", "-2", "-3", "-4", "-5")
_RECENT = 30
# What people see comes before what nobody sees, should there be two of one.
_PREFERENCE = ("publish", "future", "private", "pending", "draft", "trash")
_PUBLIC = ("publish", "future")


class WordPressPublisher:
    """One user on one WordPress site, as a `Publisher`."""

    # PHP has no clock while it waits for its database: a request we gave up on may still become a post.
    # [15] Two posts get one address only when both ask for the same one at once, and no two items of a pass do.
    traits = Traits(looks_first=True, resends=True, settles_after=120, at_once=4)

    def __init__(self, client: WordPressClient) -> None:
        self._client = client

    def verify(self) -> Account:
        # [1] The one question whose answer depends on the credentials, on every version.
        answer = self._client.get(_ME, {"context": "edit"})
        site = self._client.site()
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise AccessRevoked(self._explain_sign_in(answer))
        me = read_object(answer, doing=f"Signing in to {site.root.host}")
        if not (me.get("capabilities") or {}).get("publish_posts"):
            raise AccessRevoked(
                f"{self._client.username} may sign in to {site.root.host} but not publish posts. "
                "Give this user the role Author, Editor or Administrator, or connect the channel with another one."
            )
        name = str(me.get("name") or me.get("username") or self._client.username)
        return Account(name=name, can_publish=True, site_name=site.name, site_url=site.url or self._client.base_url)

    def quota(self) -> None:
        """A site has none."""

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedArticle:
        return prepare_article(_only_articles(item), handles)

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        article = _only_prepared(prepared)
        placed = dict(handles)
        if article.image is not None:
            placed[MEDIA] = place_picture(self._client, article.image)
        for handle, path, names in (
            (CATEGORIES, "wp/v2/categories", article.categories), (TAGS, "wp/v2/tags", article.tags),
        ):  # fmt: skip
            if names and handle not in placed:
                placed[handle] = place_terms(self._client, path, names)
        if placed != dict(handles):
            keep(placed)
        return placed

    def send(self, prepared: Prepared, handles: Handles) -> LivePost:
        article = _only_prepared(prepared)
        doing = f"Publishing '{article.seen().title}'"
        if not article.carries(handles):
            msg = f"{doing}: the request names another picture or other terms than were placed. Nothing was sent."
            raise InvalidInput(msg)
        answer = self._client.post(_POSTS, article.body, JSON)
        if answer.status != HTTPStatus.CREATED:
            raise classify(answer, doing=doing, writing=True, sent_bytes=len(article.body))
        try:
            answered = answer.json()
            live = read_post(answered)
        except (ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(
                f"{doing}: {answer.where} answered 201 with a body that cannot be read. "
                "The site is looked at before anything is sent again."
            ) from error
        return replace(live, differences=compare_post(article.body, answered))

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:  # noqa: ARG002 - the marker finds it, whatever was placed and when
        article = _only_articles(item)
        by_slug, *deeper = _queries(article.slug, article.marker)
        found = self._list_posts(by_slug)
        ours = _pick_ours(found, article.marker)
        taken = any(_has_slug(post, article.slug) and not _carries(post, article.marker) for post in found)
        for query in deeper if thorough else ():
            ours = ours or _pick_ours(self._list_posts(query), article.marker)
        if ours is not None and ours.status == "trash":
            msg = (
                f"It was sent, and it is in the trash of {self._client.site().root.host} now. Restore it there and try"
                " again: it is taken as it is. Or delete it there for good and try again: it is sent anew."
            )
            return Look(refusal=msg, slug_taken=taken)
        if ours is not None and ours.status not in _PUBLIC:
            changed = f"On the site it is '{ours.status}', not public: somebody changed that there."
            ours = replace(ours, differences=(changed,))
        return Look(ours=ours, slug_taken=taken)

    def read_back(self, remote_id: str) -> RemoteState:
        answer = self._client.get(f"{_POSTS}/{int(remote_id)}", {"context": "edit", "_fields": _POST_FIELDS})
        if read_code(answer) == "rest_post_invalid_id":
            return RemoteState(state="deleted", detail="The site has no such post any more.")
        post = read_object(answer, doing="Reading the post back")
        content = post.get("content")
        raw = content.get("raw") if isinstance(content, dict) else None
        text = raw.rpartition("\n<!-- leadmetrics:")[0] or raw if isinstance(raw, str) else None
        if post.get("status") not in _PUBLIC:
            detail = f"On the site it is '{post.get('status')}', no longer public."
            return RemoteState(state="deleted", detail=detail, text=text)
        return RemoteState(state="live", text=text)

    def _list_posts(self, query: dict[str, str]) -> list[dict[str, Any]]:
        params = {"status": _STATUSES, "context": "edit", "per_page": "100", **query}
        return read_list(self._client.get(_POSTS, params), doing="Looking for the post")

    def _explain_sign_in(self, answer: Answer) -> str:
        """[2] One 401, several causes: what the site says of itself tells them apart."""
        site, user, code = self._client.site(), self._client.username, read_code(answer)
        host = site.root.host
        if code in {"incorrect_password", "invalid_username", "invalid_email"}:
            what = "the application password" if code == "incorrect_password" else "the user name"
            return (
                f"{host} does not accept {what} of {user}. Make a new application password there (Users, Profile, "
                "Application Passwords), and enter it with the user name; the password for signing in does not work."
            )
        if "www-authenticate" in answer.headers and code is None:
            return f"{host} is behind a password of its web server. Ask its admin to let the REST API through."
        if site.passwords_on is False:
            no_tls = f" It gives its own address as {site.url}: WordPress offers them only where it sees https."
            return (
                f"Application passwords are off at {host}, mostly because of a security plugin or missing TLS. "
                "Ask its admin to switch them on, then make one for this channel."
                + (no_tls if site.url.startswith("http:") else "")
            )
        return (
            f"{host} takes us for a visitor. Either the user name {user} or the application password is wrong: make "
            "a new one there (Users, Profile, Application Passwords) and enter it. Or the web server drops the "
            "Authorization header: the site's admin sees that under Tools, Site Health, and finds the cure there."
        )


def _queries(slug: str, marker: str) -> tuple[dict[str, str], ...]:
    """Three ways to look, the cheap one first; each can miss what the next one finds.

    By slug ([16], and the suffixes the site may have added, [15]). By the marker's text: the slug may have been
    edited. The newest posts: search may be answered by a plugin's index that lags behind.
    """
    slugs = [slug + suffix + trashed for trashed in ("", "__trashed") for suffix in _SUFFIXES]
    return (
        {"slug": ",".join(slugs), "_fields": _POST_FIELDS},
        {"search": f"leadmetrics:{check_marker(marker)}", "_fields": _POST_FIELDS},
        {"orderby": "id", "order": "desc", "per_page": str(_RECENT), "_fields": _POST_FIELDS},
    )


def _only_articles(item: AnyOutgoing) -> OutgoingArticle:
    if not isinstance(item, OutgoingArticle):
        raise refuse_kind("WordPress", item)
    return item


def _only_prepared(prepared: Prepared) -> PreparedArticle:
    if not isinstance(prepared, PreparedArticle):
        raise refuse_kind("WordPress", prepared)
    return prepared


def _has_slug(post: dict[str, Any], slug: str) -> bool:
    """[17] `?slug=` may match strangers, so what came back is compared."""
    return post.get("slug") == slug and post.get("status") != "trash"


def _pick_ours(posts: list[dict[str, Any]], marker: str) -> LivePost | None:
    ours = [post for post in posts if _carries(post, marker)]
    return read_post(min(ours, key=_rank)) if ours else None


def _carries(post: dict[str, Any], marker: str) -> bool:
    content = post.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    # Cleaners of HTML may change the spaces of a comment, so it is the id that counts, and the whole of it.
    whole = rf"{re.escape(make_comment(marker).removeprefix('<!-- ').removesuffix(' -->'))}(?![0-9A-Za-z-])"
    return isinstance(raw, str) and re.search(whole, raw) is not None


def _rank(post: dict[str, Any]) -> tuple[int, int]:
    status = post.get("status")
    place = _PREFERENCE.index(status) if status in _PREFERENCE else len(_PREFERENCE)
    return place, int(post["id"])
