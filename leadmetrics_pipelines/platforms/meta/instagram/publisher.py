"""The publisher of an Instagram account: containers are made, waited for, kept, and published by one call.

A container knows what became of it: PUBLISHED is live (reference 5.2), so nothing is ever published on suspicion.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    PlatformUnavailable,
)
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import HttpClients
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
from leadmetrics_pipelines.platforms.meta.errors import classify, read_error, rule_of
from leadmetrics_pipelines.platforms.meta.facts import INSTAGRAM
from leadmetrics_pipelines.platforms.meta.instagram.payloads import PreparedMedium, prepare_medium
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
    StillProcessing,
    Traits,
    refuse_kind,
)

_MEDIUM_FIELDS = "id,caption,permalink,timestamp"
_SCOPES = ("instagram_basic", "instagram_content_publish")
_SETTLES = timedelta(seconds=30)
# After that a published container whose post no list shows is believed without it.
_LISTED_WITHIN = timedelta(minutes=10)
_CONTAINER, _STATUS, _PLACED_AT = "container_id", "container_status", "placed_at"
_SUBCODE = re.compile(r"\b2207\d{3}\b")
_NOT_READY = 9007
_LOOK_AFTER = 15.0
# Documented advice is once a minute; most pictures are ready within seconds.
_SOONEST, _LATEST = 5.0, 60.0


class InstagramPublisher:
    """One Instagram business account. Threads may share it."""

    traits = Traits(looks_first=False, resends=True, settles_after=_SETTLES.total_seconds(), at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._account = account_id
        self._page = credentials.get("page_id", "")
        self._client = page_client(credentials, http, origins)
        self._person = person_client(credentials, http, origins)
        self._clock = clock
        self._origins = origins

    def verify(self) -> Account:
        fields = "id,username,name,followers_count"
        account = self._client.get(self._account, {"fields": fields}, doing="Asking the account")
        warning = check_rights(self._person, page_id=self._page, scopes=_SCOPES)
        handle = str(account.get("username") or self._account)
        facts = {"followers": account.get("followers_count"), **({"warning": warning} if warning else {})}
        return Account(
            name=f"@{handle}", can_publish=True, site_name=str(account.get("name") or handle),
            site_url=self._origins.at(f"https://www.instagram.com/{handle}/"), facts=facts,
        )  # fmt: skip

    def quota(self) -> Quota | None:
        query = {"fields": "quota_usage,config"}
        path = f"{self._account}/content_publishing_limit"
        entries = self._client.get(path, query, doing="Asking how many posts are left").get("data") or [{}]
        used, total = entries[0].get("quota_usage"), (entries[0].get("config") or {}).get("quota_total")
        if not isinstance(used, int) or not isinstance(total, int):
            return Quota(left=None, detail="Instagram does not tell how many posts are left.")
        return Quota(left=max(0, total - used), detail=f"{used} of {total} posts of 24 hours are used.")

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedMedium:  # noqa: ARG002 - content depends on none
        return prepare_medium(_social(item), allow_http=self._origins.allow_loopback)

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        ours, placed = _ours(prepared), self._drop_old(handles)
        if _CONTAINER in placed:
            status = self._await_container(placed, keep)
            if status:
                return {**placed, _STATUS: status}
            placed = {}
        placed.setdefault(_PLACED_AT, self._clock.now().isoformat())
        self._make_containers(ours, placed, keep)
        status = self._await_container(placed, keep)
        if not status:
            raise PlatformUnavailable("Instagram lost what was placed for the post. It is placed anew.")
        return {**placed, _STATUS: status}

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        ours, container = _ours(prepared), handles[_CONTAINER]
        if handles.get(_STATUS) == "PUBLISHED":
            # An earlier call went through: there is nothing to send any more.
            live = self._find_medium(ours.caption, handles, since=None)
            return live or Accepted(
                handles=handles, detail="Published; its post is looked for.", look_after=_LOOK_AFTER
            )
        answer = self._client.write(f"{self._account}/media_publish", {"creation_id": container}, b"{}")
        error = read_error(answer)
        if error is not None and error.code == _NOT_READY:
            msg = "Instagram has not finished the picture yet, though it said so. It is asked again."
            raise StillProcessing(msg, _LOOK_AFTER)
        key = read_made(answer, doing="Publishing the post")
        live = LivePost(remote_id=key, url="", status="PUBLISHED")
        # It is live: whatever the next read says must not make a failure of it.
        with contextlib.suppress(LeadmetricsError):
            found = self._client.get(key, {"fields": _MEDIUM_FIELDS}, doing="Reading the post")
            differences = name_differences("Instagram", ours.caption, found.get("caption"))
            live = dataclasses.replace(_read_medium(found), differences=differences)
        return live

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:  # noqa: ARG002
        if since is None or _CONTAINER not in handles:
            return Look()
        status, told = self._read_status(handles[_CONTAINER])
        caption = prepare_medium(_social(item), allow_http=self._origins.allow_loopback).caption
        age = self._clock.now() - since
        if status == "FINISHED":
            return Look(is_certain=age >= _SETTLES, detail=told)
        live = self._find_medium(caption, handles, since=since)
        if live is not None:
            return Look(ours=live, detail=told)
        if status != "PUBLISHED":
            return Look(is_certain=age >= _SETTLES, detail=told)
        if age < _LISTED_WITHIN:
            return Look(is_certain=False, detail="It is published; the account's list does not show it yet.")
        unlisted = LivePost(remote_id=handles[_CONTAINER], url="", status=status)
        return Look(
            ours=unlisted, detail="Its container says that it is published; the account's list shows no such post."
        )

    def read_back(self, remote_id: str) -> RemoteState:
        answer = self._client.ask(remote_id, {"fields": _MEDIUM_FIELDS})
        found, error = read_success(answer), read_error(answer)
        if found is not None:
            return RemoteState(state="live", text=str(found.get("caption") or ""))
        if error is None or not error.is_gone:
            raise classify(answer, doing="Looking at the post", call="read")
        # A post that is gone and an account out of reach say the same: only the first lets the account be read.
        self._client.get(self._account, {"fields": "id"}, doing="Asking the account")
        return RemoteState(state="deleted", detail="The account does not have it any more.")

    def comment(self, remote_id: str, text: str) -> LivePost:
        answer = self._client.write(f"{remote_id}/comments", {}, canonical_json({"message": text}))
        return LivePost(remote_id=read_made(answer, doing="Writing the first comment"), url="", status="published")

    def find_comment(self, remote_id: str, text: str) -> Look:
        doing = "Looking at the comments"
        me = self._client.get(self._account, {"fields": "username"}, doing=doing).get("username")
        for entry in self._client.walk(f"{remote_id}/comments", {"fields": "id,text,username"}, doing=doing):
            if entry.get("username", me) == me and same_text(str(entry.get("text") or ""), text):
                return Look(ours=LivePost(remote_id=str(entry["id"]), url="", status="published"))
        return Look()

    def _make_containers(self, ours: PreparedMedium, placed: dict[str, str], keep: Keep) -> None:
        """Make what is missing, keeping each before the next; the container of the post comes last."""
        path, doing = f"{self._account}/media", "Placing the picture"
        if ours.carousel is None:
            placed[_CONTAINER] = self._client.place(path, {}, ours.items[0], doing=doing)
        else:
            names = [f"item_{index}" for index in range(len(ours.items))]
            for name, item in zip(names, ours.items, strict=True):
                if name not in placed:
                    placed[name] = self._client.place(path, {}, item, doing=doing)
                    keep(dict(placed))
            children = ",".join(placed[name] for name in names)
            placed[_CONTAINER] = self._client.place(path, {"children": children}, ours.carousel, doing=doing)
        keep(dict(placed))

    def _await_container(self, placed: Mapping[str, str], keep: Keep) -> str:
        """FINISHED or PUBLISHED; empty when the container is of no use, which is then forgotten.

        Raises StillProcessing, and ContentRejected when Instagram says what is wrong with the picture.
        """
        status, told = self._read_status(placed[_CONTAINER])
        if status in {"FINISHED", "PUBLISHED"}:
            return status
        if status == "IN_PROGRESS":
            age = (self._clock.now() - _read_placed_at(placed, self._clock.now())).total_seconds()
            raise StillProcessing("Instagram is still fetching the picture.", min(_LATEST, max(_SOONEST, age)))
        keep({})
        subcode = _SUBCODE.search(told)
        if status == "ERROR" and subcode is not None:
            rule = rule_of(0, int(subcode[0]))
            family = rule.family if rule.family in {ContentRejected, AccessRevoked} else PlatformUnavailable
            raise family(f"Instagram could not use the picture ({subcode[0]}). {rule.advice}")
        if status == "ERROR":
            raise PlatformUnavailable("Instagram could not use the picture and does not say why. It is placed anew.")
        return ""

    def _read_status(self, container: str) -> tuple[str, str]:
        """Its status and Instagram's words for it; MISSING when there is no such container any more."""
        answer = self._client.ask(container, {"fields": "status_code,status"})
        found, error = read_success(answer), read_error(answer)
        if found is not None and found.get("status_code"):
            return str(found["status_code"]), str(found.get("status") or "")
        if error is not None and error.is_gone:
            # Only if the account can be read is it the container that is gone, and not our access.
            self._client.get(self._account, {"fields": "id"}, doing="Asking the account")
            return "MISSING", "What was placed for the post is not there any more."
        raise classify(answer, doing="Asking how far the picture is", call="read")

    def _find_medium(self, caption: str, handles: Handles, *, since: datetime | None) -> LivePost | None:
        """The post that a container became: by its caption, and not older than the container."""
        oldest = _read_placed_at(handles, since or self._clock.now() - timedelta(days=1))
        listed: list[dict[str, Any]] = []
        query = {"fields": _MEDIUM_FIELDS, "limit": "50"}
        for medium in self._client.walk(f"{self._account}/media", query, doing="Looking at the account"):
            at = read_time(medium.get("timestamp"))
            if at is not None and at < oldest - CLOCK_SLACK:
                break
            listed.append(medium)
        found = find_text(listed, caption, field="caption", time_field="timestamp", since=oldest)
        return _read_medium(found) if found is not None else None

    def _drop_old(self, handles: Handles) -> dict[str, str]:
        """The handles, unless what they name is about to expire and was never made a whole."""
        life = timedelta(hours=INSTAGRAM.most("container_hours") - 1)
        at = _read_placed_at(handles, self._clock.now())
        is_old = self._clock.now() - at > life and _CONTAINER not in handles
        return {} if is_old else {name: value for name, value in handles.items() if name != _STATUS}


def _social(item: AnyOutgoing) -> OutgoingSocial:
    if not isinstance(item, OutgoingSocial):
        raise refuse_kind("Instagram", item)
    return item


def _ours(prepared: Prepared) -> PreparedMedium:
    if not isinstance(prepared, PreparedMedium):
        raise InvalidInput("This was not prepared for an Instagram account.")
    return prepared


def _read_medium(medium: Mapping[str, Any]) -> LivePost:
    return LivePost(remote_id=str(medium["id"]), url=str(medium.get("permalink") or ""), status="PUBLISHED")


def _read_placed_at(handles: Handles, otherwise: datetime) -> datetime:
    return read_time(handles.get(_PLACED_AT)) or otherwise
