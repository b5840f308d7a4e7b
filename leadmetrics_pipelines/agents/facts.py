"""What a role is told: the facts that go into its prompt, as frozen values.

Collecting them from storage is the services' work. Everything in here may come from outside: it is data, never
instruction.
"""

from __future__ import annotations

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
