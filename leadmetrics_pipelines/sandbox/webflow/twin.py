"""The twin of Webflow: consent, two sites with three collections, items, publishing, assets, the public site.

Written from platform_apis.md, section 9. Dana may edit both sites of `models.SITES`; only "Blog Posts" suits blog posts
("Team" has no text field, "News" demands a reference). Rich text loses its comments, a repeated slug gets a suffix.
Set-up: `models.Behaviour`.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from fastapi import APIRouter

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules
from leadmetrics_pipelines.sandbox.webflow import api, assets, problems, public, sign_in
from leadmetrics_pipelines.sandbox.webflow.models import (
    ASSETS,
    COLLECTIONS,
    ITEMS,
    SITES,
    Asset,
    Behaviour,
    Collection,
    Item,
    Site,
)
from leadmetrics_pipelines.sandbox.world import Held, World

_RULES = OAuthRules(access_seconds=None, issues_refresh=False)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class WebflowTwin:
    """Two sites. What comes in over HTTP is the other modules'; here is what it does to items and pictures."""

    party: Party = "webflow"

    def __init__(self, world: World) -> None:
        self.consents = Consents(self.party, _RULES, world.journal, world.clock)
        self.behaviour = Behaviour()
        self.clock = world.clock
        self._journal = world.journal
        self.router = APIRouter()
        for part in (sign_in, api, assets, public):
            self.router.include_router(part.build_router(self))

    def held(self) -> list[Held]:
        return [self._hold(item) for item in self.items()]

    def error_body(self, status: int) -> tuple[str, str]:
        return problems.usual_body(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        self.behaviour = Behaviour.model_validate({**self.behaviour.model_dump(), **changes})
        return self.behaviour.model_dump()

    def forget(self) -> None:
        self.behaviour = Behaviour()
        for kind in (ITEMS, ASSETS, f"oauth.{self.party}."):
            self._journal.remove_kinds(kind)

    def site(self, site_id: str) -> Site:
        """Raises Refused."""
        found = next((site for site in SITES if site.id == site_id), None)
        if found is None:
            raise problems.Refused(404)
        return found

    def collection(self, collection_id: str) -> Collection:
        """Raises Refused."""
        found = next((collection for collection in COLLECTIONS if collection.id == collection_id), None)
        if found is None:
            raise problems.Refused(404)
        return found

    def items(self, collection_id: str = "") -> list[Item]:
        """All, or those of a collection, oldest first."""
        found = [Item.model_validate_json(body) for body in self._journal.load(ITEMS)]
        chosen = [item for item in found if collection_id in {"", item.collection_id}]
        return sorted(chosen, key=lambda item: item.created)

    def item(self, collection_id: str, item_id: str) -> Item:
        """Raises Refused."""
        body = self._journal.get(ITEMS, item_id)
        item = Item.model_validate_json(body) if body is not None else None
        if item is None or item.collection_id != collection_id:
            raise problems.Refused(404)
        return item

    def is_listed(self, item: Item) -> bool:
        """Whether lists show it yet."""
        return self.clock.now() >= item.created + timedelta(seconds=self.behaviour.lists_lag_seconds)

    def add(self, collection: Collection, data: dict[str, Any], *, is_draft: bool) -> Item:
        """A staged item. Raises Refused."""
        now = self.clock.now()
        checked = self._check(collection, data, required=True)
        checked["slug"] = self._free_slug(collection, str(checked.get("slug") or "item"))
        item_id = secrets.token_hex(12)
        return self.keep(
            Item(id=item_id, collection_id=collection.id, data=checked, is_draft=is_draft, created=now, updated=now)
        )

    def change(self, item: Item, data: dict[str, Any]) -> Item:
        """Edit what is staged; readers see it after the next publishing. Raises Refused."""
        checked = self._check(self.collection(item.collection_id), data, required=False)
        return self.keep(item.model_copy(update={"data": {**item.data, **checked}, "updated": self.clock.now()}))

    def publish(self, item: Item) -> Item:
        """Show readers what is staged."""
        now = self.clock.now()
        return self.keep(
            item.model_copy(update={"live": item.data, "published": now, "updated": now, "is_draft": False})
        )

    def keep(self, item: Item) -> Item:
        """Store it as it is now."""
        self._journal.put(ITEMS, item.id, item.model_dump_json())
        return item

    def remove(self, item: Item) -> None:
        """Delete it, for readers too."""
        self._journal.remove(ITEMS, item.id)

    def announce(self, site: Site, name: str, md5: str) -> Asset:
        """A picture that is about to come."""
        return self.keep_asset(Asset(id=secrets.token_hex(12), site_id=site.id, name=name, md5=md5))

    def asset(self, asset_id: str) -> Asset | None:
        """A picture by its id."""
        body = self._journal.get(ASSETS, asset_id)
        return Asset.model_validate_json(body) if body is not None else None

    def keep_asset(self, asset: Asset, data: bytes | None = None) -> Asset:
        """Store it as it is now."""
        self._journal.put(ASSETS, asset.id, asset.model_dump_json(), data)
        return asset

    def asset_data(self, asset_id: str) -> bytes | None:
        """Its bytes."""
        return self._journal.data(ASSETS, asset_id)

    def _check(self, collection: Collection, data: dict[str, Any], *, required: bool) -> dict[str, Any]:
        known = {field.slug: field for field in collection.fields}
        for slug in data:
            if slug not in known:
                raise problems.Refused(400, param=slug, description="Field not described in schema")
        missing = [field.slug for field in collection.fields if field.required and not data.get(field.slug)]
        if required and [slug for slug in missing if slug != "slug"]:
            raise problems.Refused(400, param=missing[0], description="Field is required")
        return {slug: self._take(known[slug].type, slug, value) for slug, value in data.items()}

    def _take(self, kind: str, slug: str, value: Any) -> Any:  # noqa: ANN401  a field's value is any JSON
        if kind == "RichText":
            return _COMMENT.sub("", str(value)).strip()
        if kind == "Image":
            return self._take_image(slug, value)
        return value

    def _take_image(self, slug: str, value: object) -> dict[str, Any]:
        address = value.get("url") if isinstance(value, dict) else None
        bodies = (Asset.model_validate_json(body) for body in self._journal.load(ASSETS))
        found = next((asset for asset in bodies if asset.address == address and asset.size is not None), None)
        if found is None or not isinstance(value, dict):
            raise problems.Refused(400, param=slug, description="Remote file failed to import")
        return {"fileId": found.id, "url": found.address, "alt": value.get("alt")}

    def _free_slug(self, collection: Collection, slug: str) -> str:
        taken = {item.data.get("slug") for item in self.items(collection.id)}
        return f"{slug}-{secrets.token_hex(3)[:5]}" if slug in taken else slug

    def _hold(self, item: Item) -> Held:
        collection = self.collection(item.collection_id)
        site = self.site(collection.site_id)
        return Held(
            party=self.party, account=item.collection_id, kind="item", id=item.id,
            state="published" if item.live else "staged", is_public=item.live is not None,
            text="\n".join([item.data["name"], *(value for value in item.data.values() if isinstance(value, str))]),
            url=f"/{site.short_name}.webflow.io/{collection.slug}/{item.data.get('slug')}",
            images=sum(isinstance(value, dict) for value in item.data.values()), at=item.published or item.created,
        )  # fmt: skip
