"""What the twin of TikTok holds, and its set-up. Values only."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

OPEN_ID = "-000acme0000000000000000000000000000"
USERNAME = "acmegarden"
NAME = "Acme Garden Furniture"
PUBLIC, PRIVATE = "PUBLIC_TO_EVERYONE", "SELF_ONLY"


class Setup(BaseModel):
    """How the twin behaves; changed by `set_up`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0, description="A new post is listed only after this.")
    missing_scopes: list[str] = Field(default=[], description="Not granted, whatever the person ticks.")
    processing_polls: int = Field(default=1, ge=0, description="How often a status is PROCESSING_DOWNLOAD first.")
    processing_seconds: float = Field(default=20, ge=0, description="After this it is done, polled or not.")
    moderation_polls: int = Field(default=0, ge=0, description="How often a complete post has no public id yet.")
    fail_reason: str = Field(default="", description="With which every new post fails, e.g. photo_pull_failed.")
    privacy_options: list[str] = Field(default=[PUBLIC, "MUTUAL_FOLLOW_FRIENDS", PRIVATE])
    is_audited: bool = Field(default=True, description="Whether the app may post to everyone.")
    is_banned: bool = Field(default=False, description="Whether the account may not post.")
    posts_a_day: int = 15
    errors_as_200: bool = Field(default=False, description="Whether errors come with HTTP status 200.")
    unverified_hosts: list[str] = Field(default=[], description="Pictures there are refused: not the app's domain.")
    empty_profile_fields: list[str] = []


class Post(BaseModel):
    """A photo post, from the call that started it."""

    publish_id: str
    number: int
    title: str
    description: str
    pictures: tuple[str, ...]
    done_at: datetime
    is_public: bool
    polls_left: int
    moderation_left: int
    fail_reason: str
    is_deleted: bool = False
    at: datetime

    @property
    def is_done(self) -> bool:
        """Whether it is posted."""
        return self.polls_left == 0 and not self.fail_reason

    @property
    def is_shown(self) -> bool:
        """Whether everybody can see it."""
        return self.is_done and self.is_public and self.moderation_left == 0 and not self.is_deleted

    @property
    def status(self) -> str:
        """TikTok's word for how far it is."""
        if self.polls_left:
            return "PROCESSING_DOWNLOAD"
        return "FAILED" if self.fail_reason else "PUBLISH_COMPLETE"
