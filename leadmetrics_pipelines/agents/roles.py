"""The roles an agent can have, as data.

A new role is a prompt file, a schema, a policy and an entry here; running it needs no new code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.agents.facts import (
    CalendarFacts,
    DraftFacts,
    Facts,
    NewsletterFacts,
    SocialFacts,
    TopicFacts,
)
from leadmetrics_pipelines.agents.policies import (
    check_calendar,
    check_draft,
    check_newsletter,
    check_social,
    check_topics,
)
from leadmetrics_pipelines.agents.schemas import BlogDraft, ContentCalendar, NewsletterDraft, SocialDraft, TopicList
from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.errors import InvalidInput

F = TypeVar("F", bound=Facts)
A = TypeVar("A", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class AgentRole(Generic[F, A]):
    """What an agent of this role is told, may answer, and costs at most."""

    name: str
    title: str
    prompt_file: str
    """File in `agents/prompts/`: the role's instructions."""
    facts: type[F]
    output: type[A]
    check: Callable[[F, A], tuple[str, ...]]
    """Rules of the answer that depend on the facts; returns the broken ones as sentences."""
    max_tokens: int
    timeout_seconds: float
    """Of one call; a repeat after a passing error has its own."""
    model: str | None = None
    """None: the model of the settings."""
    reads: tuple[str, ...] = ()
    """What the services collect for it, in the mission's words."""
    gate: SubjectKind | None = None
    """What people decide on afterwards; None: nothing."""


_PLANNERS_READ = (
    "tenant", "client context file", "channels with their limits", "titles of existing posts and requests",
    "rejected requests with notes",
)  # fmt: skip
_WRITERS_READ = (
    "tenant", "client context file", "the channel with its limits and target length", "approved request",
    "previous draft", "review notes",
)  # fmt: skip

SEO_SPECIALIST = AgentRole(
    name="seo-specialist",
    title="SEO specialist",
    prompt_file="seo-specialist.md",
    facts=TopicFacts,
    output=TopicList,
    check=check_topics,
    max_tokens=16_000,
    timeout_seconds=180,
    reads=("tenant", "client context file", "titles of existing posts and requests", "rejected requests with notes"),
    gate=SubjectKind.REQUEST,
)

COPYWRITER = AgentRole(
    name="copywriter",
    title="Copywriter",
    prompt_file="copywriter.md",
    facts=DraftFacts,
    output=BlogDraft,
    check=check_draft,
    max_tokens=8_000,
    timeout_seconds=180,
    reads=("tenant", "client context file", "approved request", "previous draft", "review notes"),
    gate=SubjectKind.POST,
)

SOCIAL_MEDIA_MANAGER = AgentRole(
    name="social-media-manager",
    title="Social media manager",
    prompt_file="social-media-manager.md",
    facts=CalendarFacts,
    output=ContentCalendar,
    check=check_calendar,
    max_tokens=16_000,
    timeout_seconds=180,
    reads=_PLANNERS_READ,
    gate=SubjectKind.REQUEST,
)

EMAIL_MARKETER = AgentRole(
    name="email-marketer",
    title="E-mail marketer",
    prompt_file="email-marketer.md",
    facts=CalendarFacts,
    output=ContentCalendar,
    check=check_calendar,
    max_tokens=8_000,
    timeout_seconds=180,
    reads=_PLANNERS_READ,
    gate=SubjectKind.REQUEST,
)

SOCIAL_COPYWRITER = AgentRole(
    name="social-copywriter",
    title="Copywriter for social media",
    prompt_file="social-copywriter.md",
    facts=SocialFacts,
    output=SocialDraft,
    check=check_social,
    max_tokens=4_000,
    timeout_seconds=120,
    reads=_WRITERS_READ,
    gate=SubjectKind.POST,
)

NEWSLETTER_COPYWRITER = AgentRole(
    name="newsletter-copywriter",
    title="Copywriter for newsletters",
    prompt_file="newsletter-copywriter.md",
    facts=NewsletterFacts,
    output=NewsletterDraft,
    check=check_newsletter,
    max_tokens=8_000,
    timeout_seconds=180,
    reads=_WRITERS_READ,
    gate=SubjectKind.POST,
)

ROLES: dict[str, AgentRole[Any, Any]] = {
    role.name: role
    for role in (
        SEO_SPECIALIST, COPYWRITER, SOCIAL_MEDIA_MANAGER, SOCIAL_COPYWRITER, EMAIL_MARKETER, NEWSLETTER_COPYWRITER,
    )
}  # fmt: skip


def role_named(name: str) -> AgentRole[Any, Any]:
    """The role of that name, or InvalidInput naming the roles there are."""
    try:
        return ROLES[name]
    except KeyError:
        msg = f"There is no agent role '{name}'. Roles: {', '.join(ROLES)}."
        raise InvalidInput(msg, field="role") from None
