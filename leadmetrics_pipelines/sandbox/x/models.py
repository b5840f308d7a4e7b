"""What X holds here: posts, media, the profile, and how the twin is set up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

USER_ID = "2244994945"
USERNAME = "acmegarden"


class Link(BaseModel):
    """A link as X shortens it; of a picture with its `media_key`."""

    url: str
    expanded_url: str
    media_key: str = ""


class Post(BaseModel):
    """One post."""

    id: str
    sent: str
    text: str
    """With t.co links."""
    links: tuple[Link, ...] = ()
    media: tuple[str, ...] = ()
    reply_to: str | None = None
    created_at: datetime
    is_deleted: bool = False


class Media(BaseModel):
    """One upload, from its beginning on."""

    id: str
    media_type: str
    category: str
    total: int
    segments: dict[int, int] = {}
    """Index to size, of a chunked upload."""
    state: str = "uploading"
    polls_left: int = 0
    alt: str = ""
    ends_at: datetime

    @property
    def key(self) -> str:
        """The media key."""
        return f"{'16' if self.category == 'tweet_gif' else '3'}_{self.id}"


class SetUp(BaseModel):
    """How the twin behaves. Dicts are merged into what they were, everything else replaces it."""

    model_config = ConfigDict(extra="forbid")

    lists_lag_seconds: float = Field(default=0, description="How long timelines do not show a new post.")
    processing_polls: int = Field(default=0, description="How many looks a GIF is still in_progress.")
    processing_fails: bool = Field(default=False, description="GIFs end as failed.")
    withheld_scopes: list[str] = Field(default=[], description="Scopes that the consent leaves out.")
    suspended: bool = Field(default=False, description="The account is suspended: it may write nothing.")
    allows_replies: bool = Field(default=True, description="Whether the app may reply to own posts.")
    credits: int | None = Field(default=None, description="Posts that are paid for; null: no end.")
    monthly_cap_reached: bool = Field(default=False, description="429 UsageCapExceeded on every post.")
    rate_limits: dict[str, int] = Field(default={}, description='Calls in 15 minutes, e.g. {"POST /2/tweets": 1}.')
    duplicate_hours: float = Field(default=24, description="How long a text that is live may not be repeated.")
    profile: dict[str, Any] = Field(default={}, description="Fields of the profile to change; null removes.")
    metrics: dict[str, dict[str, int]] = Field(default={}, description="public_metrics by post, over the made-up ones.")


PROFILE: dict[str, Any] = {
    "id": USER_ID,
    "name": "Acme Garden Furniture",
    "username": USERNAME,
    "description": "Garden furniture made of robinia, built in Lyon to stay outside all year.",
    "profile_image_url": "https://pbs.twimg.com/profile_images/1/acme_normal.jpg",
    "url": "https://t.co/acmegarden",
    "location": "Lyon",
    "verified": False,
    "public_metrics": {"followers_count": 912, "following_count": 140, "tweet_count": 388, "listed_count": 11},
}
