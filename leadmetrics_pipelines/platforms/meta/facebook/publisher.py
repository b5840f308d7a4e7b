"""The publisher of a Facebook Page: photos are placed unpublished, one call publishes, a list tells what is there.

A post has no place for a marker: what may be ours is found by its text and the time of the call (reference 1.4).
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.meta.account import (
    CLOCK_SLACK,
    check_rights,
    find_text,
    name_differences,
    page_client,
    person_client,
    read_time,
    same_text,
)
from leadmetrics_pipelines.platforms.meta.client import read_made, read_success
from leadmetrics_pipelines.platforms.meta.errors import classify, read_error, read_usage, read_wait
from leadmetrics_pipelines.platforms.meta.facebook.payloads import (
    PreparedPagePost,
    attach,
    name_photo,
    prepare_post,
    read_post,
)
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

_POST_FIELDS = "id,message,created_time,permalink_url"
_PAGE_FIELDS = "id,name,username,link,followers_count"
_SCOPES = ("pages_manage_posts", "pages_read_engagement")
_USED_UP = 100.0
_LISTED = 2000
_SETTLES = timedelta(seconds=60)


class FacebookPublisher:
    """One Facebook Page. Threads may share it."""

    traits = Traits(looks_first=False, resends=True, settles_after=_SETTLES.total_seconds(), at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._page = account_id
        self._client = page_client(credentials, http, origins)
        self._person = person_client(credentials, http, origins)
        self._clock = clock

    def verify(self) -> Account:
        page = self._client.get(self._page, {"fields": _PAGE_FIELDS}, doing="Asking the Page")
        warning = check_rights(self._person, page_id=self._page, scopes=_SCOPES)
        name = str(page.get("name") or self._page)
        facts = {"followers": page.get("followers_count"), **({"warning": warning} if warning else {})}
        url = str(page.get("link") or f"https://www.facebook.com/{self._page}")
        return Account(name=name, can_publish=True, site_name=name, site_url=url, facts=facts)

    def quota(self) -> Quota | None:
        """How much of the calls is used, from the headers of a small read (3.3). Meta counts calls, not posts."""
        answer = self._client.ask(self._page, {"fields": "id"})
        used = read_usage(answer)
        if used is None:
            return None
        detail = f"{used:.0f} % of the Page's calls are used."
        if used < _USED_UP:
            return Quota(left=None, detail=detail)
        wait = read_wait(answer)
        resets_at = self._clock.now() + timedelta(seconds=wait) if wait else None
        return Quota(left=0, resets_at=resets_at, detail=detail)

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedPagePost:  # noqa: ARG002 - content depends on none
        return prepare_post(_social(item))

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        ours, placed = _ours(prepared), dict(handles)
        for index, photo in enumerate(ours.photos):
            if name_photo(index) not in placed:
                placed[name_photo(index)] = self._client.place(
                    f"{self._page}/photos", {}, photo.body, photo.content_type, doing="Placing a picture"
                )
                keep(dict(placed))
        return placed

    def send(self, prepared: Prepared, handles: Handles) -> LivePost:
        ours = _ours(prepared)
        params = {"fields": _POST_FIELDS}
        if ours.photos:
            params["attached_media"] = attach(handles, len(ours.photos))
        answer = self._client.write(f"{self._page}/feed", params, ours.feed)
        return _read_live(answer, ours)

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:  # noqa: ARG002
        if since is None:
            return Look()
        text = prepare_post(_social(item)).message
        listed: list[dict[str, Any]] = []
        is_whole = False
        query = {"fields": _POST_FIELDS, "limit": "100"}
        for post in self._client.walk(f"{self._page}/published_posts", query, doing="Looking at the Page"):
            at = read_time(post.get("created_time"))
            if at is not None and at < since - CLOCK_SLACK:
                is_whole = True
                break
            listed.append(post)
        ours = find_text(listed, text, field="message", time_field="created_time", since=since)
        if ours is not None:
            return Look(ours=read_post(ours))
        settled = self._clock.now() - since >= _SETTLES
        is_whole = is_whole or len(listed) < _LISTED
        return Look(is_certain=settled and is_whole, detail="The Page's list does not show it.")

    def read_back(self, remote_id: str) -> RemoteState:
        answer = self._client.ask(remote_id, {"fields": _POST_FIELDS})
        found, error = read_success(answer), read_error(answer)
        if found is not None:
            return RemoteState(state="live", text=str(found.get("message") or ""))
        if error is None or not error.is_gone:
            raise classify(answer, doing="Looking at the post", call="read")
        # A post that is gone and a Page that is out of reach say the same: only the first lets the Page be read.
        self._client.get(self._page, {"fields": "id"}, doing="Asking the Page")
        return RemoteState(state="deleted", detail="The Page does not have it any more.")

    def comment(self, remote_id: str, text: str) -> LivePost:
        body = canonical_json({"message": text})
        answer = self._client.write(f"{remote_id}/comments", {"fields": "id,message"}, body)
        key = read_made(answer, doing="Writing the first comment")
        differences = name_differences("Facebook", text, answer.json().get("message"))
        return LivePost(remote_id=key, url="", status="published", differences=differences)

    def find_comment(self, remote_id: str, text: str) -> Look:
        query = {"fields": "id,message,from{id}", "limit": "100"}
        for entry in self._client.walk(f"{remote_id}/comments", query, doing="Looking at the comments"):
            author = (entry.get("from") or {}).get("id", self._page)
            if str(author) == self._page and same_text(str(entry.get("message") or ""), text):
                return Look(ours=LivePost(remote_id=str(entry["id"]), url="", status="published"))
        return Look()


def _social(item: AnyOutgoing) -> OutgoingSocial:
    if not isinstance(item, OutgoingSocial):
        raise refuse_kind("Facebook", item)
    return item


def _ours(prepared: Prepared) -> PreparedPagePost:
    if not isinstance(prepared, PreparedPagePost):
        raise InvalidInput("This was not prepared for a Facebook Page.")
    return prepared


def _read_live(answer: Answer, prepared: PreparedPagePost) -> LivePost:
    key = read_made(answer, doing="Publishing the post")
    found = answer.json()
    live = read_post({**found, "id": key})
    differences = name_differences("Facebook", prepared.message, found.get("message"))
    return dataclasses.replace(live, differences=differences)
