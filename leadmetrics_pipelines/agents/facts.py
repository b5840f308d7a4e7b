"""What a role is told: the facts that go into its prompt, as frozen values.

Collecting them from storage is the services' work. Everything in here may come from outside: it is data, never
instruction.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadmetrics_pipelines.domain.content import SearchIntent

MAX_WANTED = 50

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Facts(BaseModel):
    """Base of all facts: frozen, and no field that the contract does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TenantFacts(Facts):
    """Who we write for."""

    name: str
    website: str
    industry: str = ""
    products: tuple[str, ...] = ()
    audience: str = ""
    tone: str = ""
    location: str = ""


class TopicToRevise(Facts):
    """A topic that people sent back, with what they said."""

    request_id: str
    title: str
    decision: Literal["rejected", "changes_requested"]
    notes: str


class TopicFacts(Facts):
    """What the SEO specialist is told. With `revise`, one topic per entry is wanted and `wanted` does not count."""

    tenant: TenantFacts
    month: Month
    wanted: int = Field(ge=1, le=MAX_WANTED)
    existing_titles: tuple[str, ...] = ()
    revise: tuple[TopicToRevise, ...] = ()


class BriefFacts(Facts):
    """The approved request a draft is written for."""

    title: str
    target_keyword: str
    search_intent: SearchIntent
    audience: str
    brief: str


class PreviousDraft(Facts):
    """The version that people sent back."""

    title: str
    excerpt: str
    body_markdown: str


class ReviewNote(Facts):
    """What one person said about the previous version."""

    by: str
    decision: str
    text: str


class DraftFacts(Facts):
    """What the copywriter is told."""

    tenant: TenantFacts
    month: Month
    request: BriefFacts
    previous_draft: PreviousDraft | None = None
    notes: tuple[ReviewNote, ...] = ()


class LimitFacts(Facts):
    """The most a platform takes of something, in its own unit."""

    name: str
    most: int
    unit: str


class ChannelFacts(Facts):
    """Where something goes. `limits` are hard; the target is what readers like (characters, or the limit's unit)."""

    name: str
    platform: str
    title: str
    limits: tuple[LimitFacts, ...] = ()
    target_low: int | None = None
    target_high: int | None = None


class CalendarFacts(Facts):
    """What a planner of posts or newsletters is told. With `revise`, one entry per item is wanted, as with topics.

    `earliest` and `latest`: the days an entry may have.
    """

    tenant: TenantFacts
    month: Month
    unit: str
    wanted: int = Field(ge=1, le=MAX_WANTED)
    earliest: date
    latest: date
    channels: tuple[ChannelFacts, ...] = ()
    existing_titles: tuple[str, ...] = ()
    revise: tuple[TopicToRevise, ...] = ()


class EntryFacts(Facts):
    """The approved request a post or newsletter is written for."""

    title: str
    audience: str
    brief: str


class PreviousPost(Facts):
    """The version of a social post that people sent back."""

    text: str
    link: str | None
    first_comment: str


class SocialFacts(Facts):
    """What the copywriter of a social or local post is told: one channel, one post."""

    tenant: TenantFacts
    month: Month
    channel: ChannelFacts
    request: EntryFacts
    previous_draft: PreviousPost | None = None
    notes: tuple[ReviewNote, ...] = ()


class PreviousNewsletter(Facts):
    """The version of a newsletter that people sent back."""

    subject: str
    preview_text: str
    body_markdown: str


class NewsletterFacts(Facts):
    """What the copywriter of a newsletter is told."""

    tenant: TenantFacts
    month: Month
    channel: ChannelFacts | None
    request: EntryFacts
    previous_draft: PreviousNewsletter | None = None
    notes: tuple[ReviewNote, ...] = ()
