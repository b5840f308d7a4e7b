"""The publisher of a TikTok account: one call starts a photo post, and its publish id tells what became of it.

TikTok has no draft of ours to place: from the moment the call arrives it fetches and publishes by itself. Without a
publish id (an answer that was lost) only the list of public posts can tell, and its silence proves nothing.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, LeadmetricsError, RateLimited
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.publishing import (
    Accepted,
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
from leadmetrics_pipelines.platforms.tiktok.client import account_client
from leadmetrics_pipelines.platforms.tiktok.errors import classify, explain_failure, read_data
from leadmetrics_pipelines.platforms.tiktok.payloads import PUBLIC, PreparedPhotos, prepare_photos

_CREATOR_INFO = "post/publish/creator_info/query/"
_STATUS = "post/publish/status/fetch/"
_VIDEO_FIELDS = "id,title,create_time,share_url"
_PUBLISH_ID, _USERNAME = "publish_id", "username"
_LOOK_AFTER = 10.0
_CLOCK_SLACK = timedelta(minutes=5)
# After that a complete post without a public id is believed: ids come with moderation, or never.
_MODERATED_WITHIN = timedelta(minutes=10)
# Shorter beginnings of a text fit too many posts.
_LEAST_MATCH = 15


class TikTokPublisher:
    """One TikTok account. Threads may share it."""

    traits = Traits(looks_first=False, resends=True, settles_after=60, at_once=1)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._account = account_id
        self._client = account_client(credentials, http, origins)
        self._origins = origins
        self._clock = clock

    def verify(self) -> Account:
        info = self._ask_creator()
        fields = {"fields": "open_id,display_name"}
        user = self._client.get("user/info/", fields, doing="Asking whose account it is").get("user") or {}
        if user.get("open_id") != self._account:
            raise AccessRevoked("The access belongs to another TikTok account. Connect the channel again.")
        handle = str(info.get("creator_username") or "")
        return Account(
            name=f"@{handle}", can_publish=True, site_name=str(info.get("creator_nickname") or handle),
            site_url=self._origins.at(f"https://www.tiktok.com/@{handle}"),
        )  # fmt: skip

    def quota(self) -> Quota | None:
        """TikTok tells no number, but says beforehand when the day is used up."""
        try:
            self._ask_creator()
        except RateLimited as error:
            wait = error.retry_after
            resets_at = self._clock.now() + timedelta(seconds=wait) if wait else None
            return Quota(left=0, resets_at=resets_at, detail=str(error))
        return Quota(left=None, detail="TikTok does not tell how many posts are left.")

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedPhotos:  # noqa: ARG002 - content depends on none
        return prepare_photos(_social(item), allow_http=self._origins.allow_loopback)

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:  # noqa: ARG002 - nothing is placed
        # TikTok wants the account's options asked before each post (11.2).
        info = self._ask_creator()
        return {**handles, _USERNAME: str(info.get("creator_username") or "")}

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        if not isinstance(prepared, PreparedPhotos):
            raise InvalidInput("This was not prepared for a TikTok account.")
        if _PUBLISH_ID in handles:
            # It was taken in before: starting another would post it twice.
            return Accepted(handles=handles, detail="TikTok is at work on it.", look_after=_LOOK_AFTER)
        answer = self._client.write("post/publish/content/init/", prepared.body)
        data = read_data(answer)
        if data is None or not data.get("publish_id"):
            raise classify(answer, doing="Publishing the post", call="publish")
        kept = {**handles, _PUBLISH_ID: str(data["publish_id"])}
        return Accepted(handles=kept, detail="TikTok fetches the pictures.", look_after=_LOOK_AFTER)

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:  # noqa: ARG002
        if _PUBLISH_ID in handles:
            return self._look_by_id(handles, since)
        if since is None:
            return Look()
        live = self._find_by_text(_social(item).text, since)
        if live is not None:
            return Look(ours=live)
        return Look(
            is_certain=False,
            detail="The account's list does not show it. TikTok lists posts only once they are public, if at all: look "
            "at the account in the app before it is sent again.",
        )

    def read_back(self, remote_id: str) -> RemoteState:
        if not remote_id.isdigit():
            return self._read_back_by_id(remote_id)
        body = {"filters": {"video_ids": [remote_id]}}
        found = self._client.question("video/query/", body, {"fields": _VIDEO_FIELDS}, doing="Looking at the post")
        for video in found.get("videos") or ():
            if str(video.get("id")) == remote_id:
                return RemoteState(state="live", text=str(video.get("title") or ""))
        return RemoteState(state="deleted", detail="The account does not show it any more.")

    def _look_by_id(self, handles: Handles, since: datetime | None) -> Look:
        told = self._fetch_status(handles[_PUBLISH_ID])
        status = str(told.get("status") or "")
        if status == "FAILED":
            return Look(refusal=explain_failure(str(told.get("fail_reason") or "")))
        if status != "PUBLISH_COMPLETE":
            return Look(is_certain=False, detail=f"TikTok is at work on it ({status or 'no status'}).")
        ids = told.get("publicaly_available_post_id") or ()
        handle = handles.get(_USERNAME) or self._find_username()
        if ids:
            url = self._origins.at(f"https://www.tiktok.com/@{handle}/photo/{ids[0]}")
            return Look(ours=LivePost(remote_id=str(ids[0]), url=url, status=status))
        if since is not None and self._clock.now() - since < _MODERATED_WITHIN:
            return Look(is_certain=False, detail="It is posted; TikTok checks it before everybody sees it.")
        url = self._origins.at(f"https://www.tiktok.com/@{handle}")
        live = LivePost(remote_id=handles[_PUBLISH_ID], url=url, status=status)
        return Look(ours=live, detail="It is posted; TikTok has not given it a public address.")

    def _find_by_text(self, text: str, since: datetime) -> LivePost | None:
        """A public post whose title is our text, or its beginning, and that is not older than the call."""
        wanted = _plain(text)
        for video in self._client.walk_videos(_VIDEO_FIELDS, doing="Looking at the account"):
            at = _read_time(video)
            if at is None or at < since - _CLOCK_SLACK:
                return None
            title = _plain(str(video.get("title") or ""))
            if title == wanted or (len(title) >= _LEAST_MATCH and wanted.startswith(title)):
                url = str(video.get("share_url") or "")
                return LivePost(remote_id=str(video["id"]), url=url, status="PUBLISH_COMPLETE")
        return None

    def _read_back_by_id(self, publish_id: str) -> RemoteState:
        """Of a post that never got a public id: what its publish id says."""
        told = self._fetch_status(publish_id)
        if told.get("status") == "FAILED":
            return RemoteState(state="rejected", detail=explain_failure(str(told.get("fail_reason") or "")))
        return RemoteState(state="live", detail="TikTok has not given it a public address.")

    def _fetch_status(self, publish_id: str) -> dict[str, Any]:
        return self._client.question(_STATUS, {_PUBLISH_ID: publish_id}, doing="Asking how far the post is")

    def _find_username(self) -> str:
        with contextlib.suppress(LeadmetricsError):
            return str(self._ask_creator().get("creator_username") or "")
        return ""

    def _ask_creator(self) -> dict[str, Any]:
        """What the account may do now. Raises AccessRevoked when it may not post for everybody."""
        info = self._client.question(_CREATOR_INFO, {}, doing="Asking what the account may do")
        if PUBLIC not in (info.get("privacy_level_options") or ()):
            raise AccessRevoked(
                "The TikTok account does not allow public posts. Make it public in the app, then connect it again."
            )
        return info


def _social(item: AnyOutgoing) -> OutgoingSocial:
    if not isinstance(item, OutgoingSocial):
        raise refuse_kind("TikTok", item)
    return item


def _read_time(video: Mapping[str, Any]) -> datetime | None:
    seconds = video.get("create_time")
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
