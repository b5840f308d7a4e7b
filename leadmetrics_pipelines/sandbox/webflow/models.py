"""What the twin of Webflow keeps, which sites there are, and how it may be set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

ITEMS = "webflow.item"
ASSETS = "webflow.asset"
SCOPES = (
    "sites:read", "sites:write", "cms:read", "cms:write", "assets:read", "assets:write", "pages:read",
    "authorized_user:read",
)  # fmt: skip
STORE = "https://s3.amazonaws.com/webflow-prod-assets"


class CollectionField(BaseModel):
    """One field of a collection's schema."""

    model_config = ConfigDict(frozen=True)

    slug: str
    type: str
    name: str
    required: bool = False


class Collection(BaseModel):
    """A kind of items of a site."""

    model_config = ConfigDict(frozen=True)

    id: str
    site_id: str
    name: str
    slug: str
    fields: tuple[CollectionField, ...]


class Site(BaseModel):
    """A site that Dana may edit."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    short_name: str


_BASICS = (
    CollectionField(slug="name", type="PlainText", name="Name", required=True),
    CollectionField(slug="slug", type="PlainText", name="Slug", required=True),
)
SITES = (
    Site(id="66f6e966c9e1dc700a857c01", name="Acme Garden Furniture", short_name="acme-garden"),
    Site(id="66f6e966c9e1dc700a857c02", name="Acme Outlet", short_name="acme-outlet"),
)
COLLECTIONS = (
    Collection(
        id="66f6e966c9e1dc700a857d01", site_id=SITES[0].id, name="Blog Posts", slug="blog",
        fields=(
            *_BASICS,
            CollectionField(slug="post-body", type="RichText", name="Post Body"),
            CollectionField(slug="post-summary", type="PlainText", name="Post Summary"),
            CollectionField(slug="main-image", type="Image", name="Main Image"),
            CollectionField(slug="thumbnail-image", type="Image", name="Thumbnail"),
            CollectionField(slug="tags", type="PlainText", name="Tags"),
            CollectionField(slug="featured", type="Switch", name="Featured?"),
        ),
    ),
    Collection(
        id="66f6e966c9e1dc700a857d02", site_id=SITES[0].id, name="Team", slug="team",
        fields=(*_BASICS, CollectionField(slug="photo", type="Image", name="Photo")),
    ),
    Collection(
        id="66f6e966c9e1dc700a857d03", site_id=SITES[1].id, name="News", slug="news",
        fields=(
            *_BASICS,
            CollectionField(slug="text", type="RichText", name="Text"),
            CollectionField(slug="author", type="Reference", name="Author", required=True),
        ),
    ),
)  # fmt: skip


class Item(BaseModel):
    """One item: as it is edited, and as readers see it (None: they do not)."""

    id: str
    collection_id: str
    data: dict[str, Any]
    live: dict[str, Any] | None = None
    is_draft: bool = False
    is_archived: bool = False
    created: datetime
    updated: datetime
    published: datetime | None = None


class Asset(BaseModel):
    """A picture: announced, and then (`size` is not None) there."""

    id: str
    site_id: str
    name: str
    md5: str
    size: int | None = None
    media_type: str = ""

    @property
    def address(self) -> str:
        """Where it is shown."""
        return f"{STORE}/{self.site_id}/{self.id}_{self.name}"


class Behaviour(BaseModel):
    """How the twin behaves; the control API changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0)
    """A new item is missing from lists for so long."""
    role_lost: bool = False
    """The person may read, not write."""
    structure_changed: bool = False
    """The collection was changed in the Designer and the site not published since: 409."""
    publish_error: str = ""
    """A publish call answers 202 with this error inside; empty: it publishes."""
