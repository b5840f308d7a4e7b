"""The roles an agent can have, as data.

A new role is a prompt file, a schema, a policy and an entry here; running it needs no new code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.agents.facts import DraftFacts, Facts, TopicFacts
from leadmetrics_pipelines.agents.policies import check_draft, check_topics
from leadmetrics_pipelines.agents.schemas import BlogDraft, TopicList
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

ROLES: dict[str, AgentRole[Any, Any]] = {role.name: role for role in (SEO_SPECIALIST, COPYWRITER)}


def role_named(name: str) -> AgentRole[Any, Any]:
    """The role of that name, or InvalidInput naming the roles there are."""
    try:
        return ROLES[name]
    except KeyError:
        msg = f"There is no agent role '{name}'. Roles: {', '.join(ROLES)}."
        raise InvalidInput(msg, field="role") from None
