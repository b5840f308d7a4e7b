"""The publisher of WordPress: looks before it writes, writes with one call, believes only what came back.

Numbers in brackets are facts of reference/wordpress.md.
"""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.base import Account, Image, LivePost, Look, OutgoingPost, PreparedPost, read_marker
from leadmetrics_pipelines.platforms.facts import WORDPRESS
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.errors import classify, describe_size, read_code
from leadmetrics_pipelines.platforms.wordpress.payloads import compare_post, prepare_post, read_post

_POSTS, _MEDIA, _ME = "wp/v2/posts", "wp/v2/media", "wp/v2/users/me"
_JSON = {"Content-Type": "application/json"}
# [16] `any` would leave out the trash.
_STATUSES = "publish,future,draft,pending,private,trash"
_POST_FIELDS = "id,slug,status,link,content,permalink_template,generated_slug"
_SUFFIXES = ("", "-2", "-3", "-4", "-5")
_RECENT = 30
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
# What people see comes before what nobody sees, should there be two of one.
_PREFERENCE = ("publish", "future", "private", "pending", "draft", "trash")


class WordPressPublisher:
    """One user on one WordPress site, as a `Publisher`."""

    def __init__(self, client: WordPressClient) -> None:
        self._client = client

    def verify(self) -> Account:
        # [1] The one question whose answer depends on the credentials, on every version.
        answer = self._client.get(_ME, {"context": "edit"})
        site = self._client.site()
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise AccessRevoked(self._explain_sign_in(answer))
        me = _read_object(answer, doing=f"Signing in to {site.root.host}")
        if not (me.get("capabilities") or {}).get("publish_posts"):
            raise AccessRevoked(
                f"{self._client.username} may sign in to {site.root.host} but not publish posts. "
                "Give this user the role Author, Editor or Administrator, or connect the channel with another one."
            )
        name = str(me.get("name") or me.get("username") or self._client.username)
        return Account(name=name, can_publish=True, site_name=site.name, site_url=site.url or self._client.base_url)

    def find(self, *, slug: str, marker: str) -> LivePost | None:
        return self.look(slug=slug, marker=marker).ours

    def look(self, *, slug: str, marker: str, thorough: bool = True) -> Look:
        by_slug, *deeper = _queries(slug, marker)
        found = self._list_posts(by_slug)
        ours = _pick_ours(found, marker)
        taken = any(_has_slug(post, slug) and not _carries(post, marker) for post in found)
        for query in deeper if thorough else ():
            ours = ours or _pick_ours(self._list_posts(query), marker)
        return Look(ours=ours, slug_taken=taken)

    def slug_taken(self, slug: str) -> bool:
        posts = self._list_posts({"slug": slug, "_fields": "id,slug,status"})
        return any(_has_slug(post, slug) for post in posts)

    def place_image(self, image: Image) -> str:
        if sha256_bytes(image.data) != image.digest:
            raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
        name = f"leadmetrics-{image.digest[:32]}"
        media = self._find_media(name) or self._upload(image, name)
        if (media.get("alt_text") or "") != image.alt:
            self._describe_media(media["id"], image)
        return str(media["id"])

    def prepare(self, post: OutgoingPost, *, media_id: str | None) -> PreparedPost:
        return prepare_post(post, media_id=media_id)

    def send(self, prepared: PreparedPost) -> LivePost:
        doing = f"Publishing '{prepared.seen().title}'"
        answer = self._client.post(_POSTS, prepared.body, _JSON)
        if answer.status != HTTPStatus.CREATED:
            raise classify(answer, doing=doing, writing=True, sent_bytes=len(prepared.body))
        try:
            answered = answer.json()
            live = read_post(answered)
        except (ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(
                f"{doing}: {answer.where} answered 201 with a body that cannot be read. "
                "The site is looked at before anything is sent again."
            ) from error
        differences = compare_post(prepared.body, answered)
        return LivePost(
            remote_id=live.remote_id, url=live.url, slug=live.slug, status=live.status, differences=differences
        )

    def _list_posts(self, query: dict[str, str]) -> list[dict[str, Any]]:
        params = {"status": _STATUSES, "context": "edit", "per_page": "100", **query}
        return _read_list(self._client.get(_POSTS, params), doing="Looking for the post")

    def _find_media(self, name: str) -> dict[str, Any] | None:
        params = {"slug": name, "context": "edit", "_fields": "id,slug,alt_text"}
        found = _read_list(self._client.get(_MEDIA, params), doing="Looking for the picture")
        return next((media for media in found if media.get("slug") == name), None)

    def _upload(self, image: Image, name: str) -> dict[str, Any]:
        extension = _EXTENSIONS.get(image.media_type)
        if extension is None:
            raise ContentRejected(f"Pictures of type {image.media_type} are not sent. Use JPEG, PNG, WebP or GIF.")
        if len(image.data) > WORDPRESS.most("image_bytes"):
            raise ContentRejected(f"The picture has {describe_size(len(image.data))}. Make it smaller.")
        headers = {
            "Content-Type": image.media_type,
            "Content-Disposition": f'attachment; filename="{name}.{extension}"',
            # [20] The site checks it; it is a checksum here, not a signature.
            "Content-MD5": hashlib.md5(image.data, usedforsecurity=False).hexdigest(),
        }
        return self._write_media(_MEDIA, image.data, headers, HTTPStatus.CREATED)

    def _describe_media(self, media_id: int, image: Image) -> None:
        body = canonical_json({"alt_text": image.alt})
        self._write_media(f"{_MEDIA}/{int(media_id)}", body, _JSON, HTTPStatus.OK)

    def _write_media(self, path: str, body: bytes, headers: dict[str, str], hoped: HTTPStatus) -> dict[str, Any]:
        """A write that may be repeated, because it looks first: an open outcome is only a fault of the moment."""
        doing = "Placing the picture"
        try:
            answer = self._client.post(path, body, headers)
            if answer.status != hoped:
                raise classify(answer, doing=doing, writing=True, sent_bytes=len(body))
            return _read_object(answer, doing=doing)
        except (OutcomeUnknown, PlatformUnavailable) as error:
            raise PlatformUnavailable(f"{error} No post was sent.") from error

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
        {"search": f"leadmetrics:{read_marker(marker)}", "_fields": _POST_FIELDS},
        {"orderby": "id", "order": "desc", "per_page": str(_RECENT), "_fields": _POST_FIELDS},
    )


def _read_list(answer: Answer, *, doing: str) -> list[dict[str, Any]]:
    found = _read_json(answer, doing=doing)
    if not isinstance(found, list):
        raise PlatformUnavailable(
            f"{doing}: {answer.where} answered something that is no list. Look at the site's plugins."
        )
    return [entry for entry in found if isinstance(entry, dict)]


def _read_object(answer: Answer, *, doing: str) -> dict[str, Any]:
    found = _read_json(answer, doing=doing)
    if not isinstance(found, dict):
        raise PlatformUnavailable(f"{doing}: {answer.where} answered something that is no object. Look at its plugins.")
    return found


def _read_json(answer: Answer, *, doing: str) -> object:
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise classify(answer, doing=doing, writing=False)
    try:
        return answer.json()
    except ValueError as error:
        raise classify(answer, doing=doing, writing=False) from error


def _has_slug(post: dict[str, Any], slug: str) -> bool:
    """[17] `?slug=` may match strangers, so what came back is compared."""
    return post.get("slug") == slug and post.get("status") != "trash"


def _pick_ours(posts: list[dict[str, Any]], marker: str) -> LivePost | None:
    ours = [post for post in posts if _carries(post, marker)]
    return read_post(min(ours, key=_rank)) if ours else None


def _carries(post: dict[str, Any], marker: str) -> bool:
    content = post.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    return isinstance(raw, str) and re.search(rf"leadmetrics:{read_marker(marker)}(?![0-9A-Za-z-])", raw) is not None


def _rank(post: dict[str, Any]) -> tuple[int, int]:
    status = post.get("status")
    place = _PREFERENCE.index(status) if status in _PREFERENCE else len(_PREFERENCE)
    return place, int(post["id"])
