"""The publisher of X: pictures first, one call that publishes, and a look by text and time after a lost answer.

Numbers in brackets are sections of reference/platform_apis.md. Reads cost money here, so none is made in vain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.publishing import (
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    OutgoingSocial,
    Prepared,
    Quota,
    RemoteState,
    Traits,
    refuse_kind,
)
from leadmetrics_pipelines.platforms.x.client import XClient
from leadmetrics_pipelines.platforms.x.oauth import read_me
from leadmetrics_pipelines.platforms.x.payloads import (
    PreparedXPost,
    add_link,
    prepare_post,
    prepare_reply,
    read_moment,
)
from leadmetrics_pipelines.platforms.x.texts import expand_text, is_same_text
from leadmetrics_pipelines.platforms.x.uploads import Uploads

_TWEETS = "/tweets"
_PUBLISHING, _LOOKING = "Publishing the post on X", "Looking for the post on X"
_REPLYING = "Replying on X"
_FIELDS = "created_at,text,entities,attachments,referenced_tweets"
_MOST_PAGES = 3
# Clocks differ.
_SKEW = timedelta(minutes=5)


class XPublisher:
    """One account on X, as a `Publisher` and a `Commenter`. Its handles are those of `uploads.py`."""

    traits = Traits(looks_first=False, resends=True, settles_after=60, at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        if not account_id.isdigit():
            msg = f"{account_id!r} is no number of an account on X."
            raise InvalidInput(msg, field="account_id")
        self._user = account_id
        self._origins = origins
        self._clock = clock
        self._client = XClient(credentials=credentials, http=http, origins=origins, clock=clock)

    def verify(self) -> Account:
        me = read_me(self._client, doing="Checking the access to X")
        if str(me["id"]) != self._user:
            raise AccessRevoked(
                f"The access belongs to another account on X (@{me.get('username')}). Connect the account again."
            )
        username = str(me.get("username") or "")
        return Account(
            name=str(me.get("name") or username), can_publish=True, site_name=f"@{username}",
            site_url=self._origins.at(f"https://x.com/{username}"), facts={"username": username},
        )  # fmt: skip

    def quota(self) -> Quota | None:
        """What the last post's answer said of this quarter of an hour and this day; None before the first."""
        share = self._client.share_of(_TWEETS)
        if share is None:
            return None
        return Quota(left=share.left, resets_at=share.resets_at, detail=f"{share.left} posts left, as X said last.")

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedXPost:  # noqa: ARG002 - media ids come last
        return prepare_post(_social(item))

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        placed = dict(handles)
        uploads = Uploads(self._client, placed, keep)
        for image in _own(prepared).images:
            uploads.place(image)
        return placed

    def send(self, prepared: Prepared, handles: Handles) -> LivePost:
        post = _own(prepared)
        placed = Uploads(self._client, dict(handles), lambda _: None)
        if not all(placed.is_usable(image) for image in post.images):
            # [10.2] X forgets uploads after a day.
            raise PlatformUnavailable(f"{_PUBLISHING}: a picture is not placed, or too long ago. Nothing was sent.")
        body = post.body_with(handles)
        made = self._create(body, doing=_PUBLISHING)
        # [10.2] The answer has short links only; what they stand for is not worth a paid read.
        return self._show(made, sent=post.text)

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        social = _social(item)
        if since is None:
            return Look(detail="Nothing was sent yet.")
        wanted = add_link(social)
        media = {number for name, number in handles.items() if name.startswith("media:")}
        for post in self._list_posts(since, pages=_MOST_PAGES if thorough else 1):
            if _replied_to(post) is None and _is_ours(post, wanted, media):
                return Look(ours=self._show(post, sent=wanted))
        settled = self._clock.now() - since >= timedelta(seconds=self.traits.settles_after)
        return Look(is_certain=settled, detail="" if settled else "X's list may lag behind; ask again.")

    def read_back(self, remote_id: str) -> RemoteState:
        post = self._client.read_if_there(
            f"{_TWEETS}/{remote_id}", {"tweet.fields": _FIELDS}, doing="Reading a post on X"
        )
        if post is None:
            return RemoteState(state="deleted", detail="The post is not on X any more.")
        return RemoteState(state="live", text=expand_text(post))

    def comment(self, remote_id: str, text: str) -> LivePost:
        return self._show(self._create(prepare_reply(remote_id, text), doing=_REPLYING), sent=text)

    def find_comment(self, remote_id: str, text: str) -> Look:
        # A reply has an id higher than the post's: only the account's posts since then can hold it.
        posts = self._pages({"since_id": remote_id}, pages=_MOST_PAGES, doing="Looking for a reply on X")
        for post in posts:
            if _replied_to(post) == remote_id and is_same_text(text, post):
                return Look(ours=self._show(post, sent=text))
        return Look()

    def _create(self, body: bytes, *, doing: str) -> dict[str, Any]:
        answer = self._client.write(_TWEETS, body)
        if answer.status != HTTPStatus.CREATED:
            raise self._client.error_of(answer, doing=doing, writing=True)
        made = _read_made(answer)
        if made is None:
            raise OutcomeUnknown(f"{doing}: the answer 201 names no post. The account is looked at first.")
        return made

    def _list_posts(self, since: datetime, *, pages: int) -> Iterator[dict[str, Any]]:
        """The account's posts since then, newest first."""
        for post in self._pages({}, pages=pages, doing=_LOOKING):
            made = read_moment(post.get("created_at"))
            if made is not None and made < since - _SKEW:
                return
            yield post

    def _pages(self, more: dict[str, str], *, pages: int, doing: str) -> Iterator[dict[str, Any]]:
        asked = {"max_results": "100" if pages > 1 else "10", "tweet.fields": _FIELDS, **more}
        for _ in range(pages):
            found = self._client.read(f"/users/{self._user}/tweets", asked, doing=doing)
            meta = found.get("meta")
            if not isinstance(meta, dict):
                # [10.4] A 200 with errors and nothing else is no empty list.
                raise PlatformUnavailable(f"{doing}: X answered 200 without a list. It is tried again later.")
            yield from found.get("data") or []
            if not meta.get("next_token"):
                return
            asked["pagination_token"] = str(meta["next_token"])

    def _show(self, post: dict[str, Any], *, sent: str) -> LivePost:
        number = str(post["id"])
        differences = () if is_same_text(sent, post) else ("X changed the text. Compare it with the approved one.",)
        # [10.2] The address works without the account's name, which may change.
        url = self._origins.at(f"https://x.com/i/status/{number}")
        return LivePost(remote_id=number, url=url, status="live", differences=differences)


def _social(item: AnyOutgoing) -> OutgoingSocial:
    if not isinstance(item, OutgoingSocial):
        raise refuse_kind("X", item)
    return item


def _own(prepared: Prepared) -> PreparedXPost:
    if not isinstance(prepared, PreparedXPost):
        raise InvalidInput(f"{type(prepared).__name__} was not prepared for X.")
    return prepared


def _read_made(answer: Answer) -> dict[str, Any] | None:
    """The new post; success is proved by its id alone."""
    try:
        body = answer.json()
    except ValueError:
        return None
    data = body.get("data") if isinstance(body, dict) else None
    return data if isinstance(data, dict) and str(data.get("id") or "").isdigit() else None


def _replied_to(post: dict[str, Any]) -> str | None:
    for other in post.get("referenced_tweets") or ():
        if other.get("type") == "replied_to":
            return str(other.get("id"))
    return None


def _is_ours(post: dict[str, Any], text: str, media: set[str]) -> bool:
    """A post is ours by its pictures, which nobody else has, or by its text."""
    keys = (post.get("attachments") or {}).get("media_keys") or ()
    held = {str(key).partition("_")[2] for key in keys}
    return bool(held & media) or is_same_text(text, post)
