"""What LinkedIn holds here: posts, pictures, comments, pages, and how the twin is set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MAIN_PAGE = "2414183"
PERSON_URN = "urn:li:person:dana"


class Post(BaseModel):
    """One post, as it was sent and kept."""

    urn: str
    author: str
    sent: str
    """The commentary as it came in."""
    commentary: str
    """As it is kept: cut at the first reserved character without a backslash."""
    content: dict[str, Any] | None = None
    lifecycle: str = "PUBLISHED"
    created_at: datetime
    modified_at: datetime
    is_deleted: bool = False


class Picture(BaseModel):
    """One picture, from its registration on."""

    urn: str
    owner: str
    status: str = "WAITING_UPLOAD"
    polls_left: int = 0
    media_type: str = ""
    size: int = 0
    ends_at: datetime


class Comment(BaseModel):
    """One comment below a post."""

    id: str
    post: str
    actor: str
    text: str
    created_at: datetime


def _roles() -> dict[str, str]:
    return {MAIN_PAGE: "ADMINISTRATOR", "2414184": "CONTENT_ADMINISTRATOR", "2414185": "ANALYST"}


class SetUp(BaseModel):
    """How the twin behaves. Dicts are merged into what they were, everything else replaces it."""

    model_config = ConfigDict(extra="forbid")

    lists_lag_seconds: float = Field(default=0, description="How long lists do not show a new post or comment.")
    processing_polls: int = Field(default=0, description="How many looks a picture is still PROCESSING.")
    processing_fails: bool = Field(default=False, description="Pictures end as PROCESSING_FAILED.")
    withheld_scopes: list[str] = Field(default=[], description="Scopes that the consent leaves out.")
    roles: dict[str, str] = Field(default_factory=_roles, description="Dana's role by page; an empty word: none.")
    organization: dict[str, Any] = Field(default={}, description="Fields of the main page to change; null removes.")
    fresh_token_refusals: int = Field(default=0, description="Calls that a new token is refused for (reference 2.1).")
    issues_refresh: bool = Field(default=True, description="Whether the app is approved for refresh tokens.")
    oldest_version: str = Field(default="202512", description="Older LinkedIn-Versions are answered 426.")
    duplicate_hours: float = Field(default=48, description="How long a text is remembered, its post deleted or not.")
    daily_posts: int | None = Field(default=None, description="Posts a day until 429; null: no end.")
    figures: dict[str, dict[str, int]] = Field(default={}, description="Figures of a day, instead of the made-up ones.")


PAGES: dict[str, dict[str, Any]] = {
    MAIN_PAGE: {
        "id": int(MAIN_PAGE),
        "localizedName": "Acme Garden Furniture",
        "vanityName": "acme-garden-furniture",
        "localizedDescription": "Garden furniture made of robinia, built in Lyon to stay outside all year.",
        "localizedWebsite": "https://acme.example",
        "tagline": {"localized": {"en_US": "Sit outside longer"}},
        "logoV2": {"original": "urn:li:digitalmediaAsset:C4D0BAQlogo"},
        "industries": ["urn:li:industry:26"],
        "locations": [{"locationType": "HEADQUARTERS", "address": {"city": "Lyon", "country": "FR"}}],
        "foundedOn": {"year": 1998},
        "staffCountRange": "SIZE_11_TO_50",
        "localizedSpecialties": ["garden furniture", "robinia"],
        "organizationType": "PRIVATELY_HELD",
    },
    "2414184": {
        "id": 2414184,
        "localizedName": "Acme Garden Furniture Germany",
        "vanityName": "acme-garden-furniture-de",
        "localizedDescription": "Gartenmöbel aus Robinie.",
        "organizationType": "PRIVATELY_HELD",
    },
    "2414185": {
        "id": 2414185,
        "localizedName": "Robinia Growers Association",
        "vanityName": "robinia-growers",
        "organizationType": "NON_PROFIT",
    },
}


def organization_urn(page: str) -> str:
    """The URN of a page by its number."""
    return f"urn:li:organization:{page}"
