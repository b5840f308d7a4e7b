"""What the twin of Meta holds and knows: its world, its set-up, and what is posted. Values only."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RIGHTS = ("ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE")


class Page(BaseModel):
    """A Facebook Page, and the Instagram account that is linked to it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    username: str
    tasks: tuple[str, ...] = RIGHTS
    instagram: str | None = None
    """Id of the linked Instagram account."""
    instagram_username: str = ""
    is_listed: bool = True
    """Whether the person's own list has it; Pages of a business are missing there sometimes (reference 3.1)."""


class AdAccount(BaseModel):
    """An ad account. `status`: 1 active, 2 disabled."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    status: int = 1
    currency: str = "EUR"
    time_zone: str = "Europe/Berlin"


PAGES = (
    Page(
        id="101000000000001", name="Acme Garden Furniture", username="acmegarden",
        instagram="178410000000001", instagram_username="acme.garden",
    ),
    Page(
        id="101000000000002", name="Acme Garden Furniture Outlet", username="acmeoutlet",
        instagram="178410000000002", instagram_username="acme.outlet",
    ),
    Page(
        id="101000000000003", name="Garden Lovers Club", username="gardenlovers", tasks=("ANALYZE",),
        instagram="178410000000003", instagram_username="garden.lovers",
    ),
    Page(id="101000000000004", name="Acme Showroom", username="acmeshowroom", is_listed=False),
)  # fmt: skip
AD_ACCOUNTS = (
    AdAccount(id="901000000000001", name="Acme Garden Furniture"),
    AdAccount(id="901000000000002", name="Acme Garden Furniture (old)", status=2),
)
BUSINESS = "301000000000001"


class Setup(BaseModel):
    """How the twin behaves; changed by `set_up`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0, description="A new post or medium is listed only after this.")
    missing_scopes: list[str] = Field(default=[], description="Declined, whatever the person ticks.")
    lost_pages: list[str] = Field(default=[], description="Ids of Pages on which the person has no role any more.")
    needs_proof: bool = Field(default=True, description="Whether calls without appsecret_proof are refused.")
    processing_polls: int = Field(default=0, ge=0, description="How often a container answers IN_PROGRESS first.")
    container_error: int | None = Field(default=None, description="Subcode with which each new container fails.")
    not_ready_publishes: int = Field(default=0, ge=0, description="How often media_publish says 9007 after FINISHED.")
    hashtags_most: int = 30
    hashtags_over: Literal["error", "drop"] = Field(default="error", description="What happens to one more.")
    quota_total: int = 50
    quota_used: int = Field(default=0, description="Used by others, besides what is posted here.")
    unreachable_hosts: list[str] = Field(default=[], description="Pictures and links there cannot be fetched.")
    cuts_text_at: int | None = Field(default=None, description="Texts are stored up to here, in silence.")
    usage_percent: int = Field(default=12, description="What the usage headers say; from 100 calls are refused.")
    regain_minutes: int = 0
    blocked: bool = Field(default=False, description="Publishing is refused with 368, as for a breach of the rules.")
    empty_profile_fields: list[str] = Field(default=[], description="Fields of Pages and accounts that are empty.")
    dead_metrics: list[str] = Field(default=[], description="Insight names that are gone: one fails the whole call.")


class Photo(BaseModel):
    """An uploaded photo of a Page."""

    id: str
    page: str
    alt: str
    media_type: str
    is_published: bool
    at: datetime


class Post(BaseModel):
    """A post of a Page, or a medium of an Instagram account."""

    id: str
    account: str
    is_instagram: bool = False
    text: str
    link: str = ""
    pictures: tuple[str, ...] = ()
    """Ids of photos (Facebook), addresses (Instagram)."""
    at: datetime
    is_published: bool = True
    is_deleted: bool = False
    shortcode: str = ""


class Container(BaseModel):
    """An Instagram container."""

    id: str
    account: str
    caption: str
    pictures: tuple[str, ...]
    children: tuple[str, ...] = ()
    alt: str = ""
    is_item: bool
    polls_left: int
    refusals_left: int
    error: int | None
    media: str = ""
    """Id of the medium it became."""
    at: datetime


class Comment(BaseModel):
    """A comment under a post."""

    id: str
    post: str
    author: str
    text: str
    at: datetime
