"""The publisher of Webflow: an item is placed unpublished, its id kept, then one call publishes it.

Publishing an item again changes nothing, so that a machine may do it. Handles: `asset_url`, `item_id`. Facts:
platform_apis.md 9.2 and 9.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput, LeadmetricsError, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.publishing import (
    Accepted,
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    OutgoingArticle,
    Prepared,
    Quota,
    RemoteState,
    Traits,
    refuse_kind,
)
from leadmetrics_pipelines.platforms.webflow.client import WebflowClient
from leadmetrics_pipelines.platforms.webflow.fields import FieldMap, map_fields, read_fields
from leadmetrics_pipelines.platforms.webflow.payloads import (
    PreparedWebflowItem,
    add_image,
    asset_body,
    compare_item,
    is_live,
    is_ours,
    name_image,
    prepare_item,
    publish_body,
)

_NEEDED = "cms:write"


class WebflowPublisher:
    """One collection of one Webflow site, as a `Publisher`. `account_id`: the collection's id."""

    traits = Traits(looks_first=True, resends=True, settles_after=60, at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._collection = account_id
        self._fields = read_fields(credentials.get("fields", ""))
        self._site_id = credentials.get("site_id", "")
        self._address = f"{credentials.get('site_url', '')}/{credentials.get('collection_slug', '')}"
        self._client = WebflowClient(credentials, http=http, origins=origins)
        self._origins = origins
        self._clock = clock

    @doubting_shapes
    def verify(self) -> Account:
        doing = "Asking Webflow who we are"
        self._require_scope(doing)
        collection = self._client.ask(self._client.url(f"collections/{self._collection}"), doing=doing)
        self._require_same(map_fields(collection["fields"]), collection)
        site = self._client.ask(self._client.url(f"sites/{self._site_id}"), doing=doing)
        return Account(
            name=str(collection["displayName"]),
            can_publish=True,
            site_name=str(site["displayName"]),
            site_url=self._origins.at(self._address),
            facts={"fields": self._fields.describe(), "last_published": site.get("lastPublished")},
        )

    def quota(self) -> Quota | None:
        """Webflow limits calls per minute, not posts."""
        return None

    def prepare(self, item: AnyOutgoing, handles: Handles) -> Prepared:  # noqa: ARG002  no handle changes what is sent
        return self._prepare(item)

    @doubting_shapes
    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        ours = _ours(prepared)
        doing = f"Preparing the post '{ours.data['name']}'"
        found = self._resume(ours, handles, doing)
        kept = dict(handles)
        if found is not None and is_live(found):
            keep(kept := {**kept, "item_id": str(found["id"])})
            return kept
        if ours.image and "asset_url" not in kept:
            kept["asset_url"] = self._place_image(ours, doing)
            keep(kept)
        body = add_image(ours, kept.get("asset_url", ""))
        if found is None:
            found = self._client.place("POST", self._items(), body, doing=doing)
        else:
            # Somebody may have edited it meanwhile: what is published is what was approved.
            self._client.place("PATCH", self._items(str(found["id"])), body, doing=doing)
        kept["item_id"] = str(found["id"])
        keep(kept)
        return kept

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        ours, item_id = _ours(prepared), handles["item_id"]
        doing = f"Publishing '{ours.data['name']}'"
        answer = self._client.write("POST", self._items("publish"), publish_body(item_id))
        told = self._client.object_of(answer, doing=doing, writing=True)
        if item_id not in (told.get("publishedItemIds") or []):
            if told.get("errors"):
                raise ContentRejected(f"{doing}: Webflow did not publish it: {_tell(told['errors'])}.")
            raise OutcomeUnknown(f"{doing}: Webflow answered {answer.status} without the item among the published.")
        return self._read_published(ours, item_id, doing)

    @doubting_shapes
    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        ours = self._prepare(item)
        doing = f"Looking for the post '{ours.data['name']}'"
        known = handles.get("item_id")
        if known:
            found = self._client.ask_if_there(self._items(known), doing=doing)
            if found is None:
                is_lost = since is not None
                return Look(is_certain=not is_lost, detail="The item is no longer at Webflow.")
            return self._judge(found, ours, since)
        same_slug = self._find({"slug": ours.data["slug"]}, doing)
        candidates = same_slug + (self._find({"name": ours.data["name"]}, doing) if thorough else [])
        match = next((found for found in candidates if is_ours(found, ours)), None)
        if match is not None:
            return self._judge(match, ours, since)
        return Look(slug_taken=any(found["fieldData"].get("slug") == ours.data["slug"] for found in same_slug))

    @doubting_shapes
    def read_back(self, remote_id: str) -> RemoteState:
        found = self._client.ask_if_there(self._items(remote_id), doing="Reading a post back")
        if found is None:
            return RemoteState(state="deleted", detail="The item is no longer in the collection.")
        text = str(found["fieldData"].get(self._fields.body) or "")
        if not is_live(found):
            return RemoteState(state="deleted", detail="The item is no longer published.", text=text)
        if found["lastUpdated"] > found["lastPublished"]:
            return RemoteState(state="edited", detail=f"Changed at {found['lastUpdated']}.", text=text)
        return RemoteState(state="live", text=text)

    def _prepare(self, item: AnyOutgoing) -> PreparedWebflowItem:
        if not isinstance(item, OutgoingArticle):
            raise refuse_kind("Webflow", item)
        return prepare_item(item, self._fields)

    def _judge(self, found: dict[str, Any], ours: PreparedWebflowItem, since: datetime | None) -> Look:
        if is_live(found):
            return Look(ours=self._live(found, compare_item(found, ours)))
        if found.get("isArchived"):
            return Look(refusal="The item was archived at Webflow. Look at it there.")
        waited = since is None or self._clock.now() - since >= timedelta(seconds=self.traits.settles_after)
        return Look(is_certain=waited, detail="The item is at Webflow, not published.")

    def _resume(self, ours: PreparedWebflowItem, handles: Handles, doing: str) -> dict[str, Any] | None:
        """The item of an earlier try. Raises ContentRejected when another post has the slug."""
        known = handles.get("item_id")
        if known and (found := self._client.ask_if_there(self._items(known), doing=doing)):
            return found
        same_slug = self._find({"slug": ours.data["slug"]}, doing)
        match = next((found for found in same_slug if is_ours(found, ours)), None)
        if match is None and same_slug:
            # Webflow would not refuse it, but give the post an address that nobody approved.
            raise ContentRejected(f"{doing}: another item has the slug '{ours.data['slug']}'. Choose another one.")
        return match

    def _find(self, filters: dict[str, str], doing: str) -> list[dict[str, Any]]:
        return list(self._client.walk_items(self._collection, filters, doing=doing))

    def _place_image(self, ours: PreparedWebflowItem, doing: str) -> str:
        if ours.image is None:
            return ""
        url = self._client.url(f"sites/{self._site_id}/assets")
        asset = self._client.place("POST", url, asset_body(ours.image), doing=doing)
        details = {str(name): str(value) for name, value in asset["uploadDetails"].items()}
        self._client.upload(str(asset["uploadUrl"]), details, ours.image, name_image(ours.image), doing=doing)
        return str(asset["hostedUrl"])

    def _read_published(self, ours: PreparedWebflowItem, item_id: str, doing: str) -> LivePost:
        """The item as it is now. It is published, whatever becomes of this question."""
        try:
            found = self._client.ask(self._items(item_id), doing=doing)
            return self._live(found, compare_item(found, ours))
        except (LeadmetricsError, KeyError, TypeError, AttributeError):
            slug = str(ours.data["slug"])
            return LivePost(remote_id=item_id, url=self._url_of(slug), status="published", slug=slug)

    def _live(self, found: dict[str, Any], differences: tuple[str, ...]) -> LivePost:
        slug = str(found["fieldData"]["slug"])
        return LivePost(
            remote_id=str(found["id"]), url=self._url_of(slug), status="published", slug=slug, differences=differences
        )

    def _url_of(self, slug: str) -> str:
        return self._origins.at(f"{self._address}/{slug}")

    def _items(self, rest: str = "") -> str:
        return self._client.url(f"collections/{self._collection}/items{'/' if rest else ''}{rest}")

    def _require_scope(self, doing: str) -> None:
        told = self._client.ask(self._client.url("token/introspect"), doing=doing)
        scope = (told.get("authorization") or {}).get("scope")
        if isinstance(scope, str) and _NEEDED not in scope.replace(",", " ").split():
            raise AccessRevoked(f"{doing}: the right {_NEEDED} is missing. Connect the channel again and allow it.")

    def _require_same(self, now: FieldMap | str, collection: dict[str, Any]) -> None:
        if now == self._fields:
            return
        told = now if isinstance(now, str) else "Its fields changed since the channel was connected."
        raise InvalidInput(f"The collection '{collection['displayName']}': {told} Connect the channel again.", "fields")


def _ours(prepared: Prepared) -> PreparedWebflowItem:
    if not isinstance(prepared, PreparedWebflowItem):
        raise refuse_kind("Webflow", prepared)
    return prepared


def _tell(errors: object) -> str:
    return " ".join(str(errors).split())[:200]
