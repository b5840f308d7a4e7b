"""Pipeline templates: the steps that produce a deliverable (mission 1, "Pipeline Activity Templates").

A template is data. `services/pipelines.py` spawns activities from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadmetrics_pipelines.domain.activities import AssigneeKind
from leadmetrics_pipelines.errors import InvalidInput


class DeliverableKind(StrEnum):
    """What the agency promises. Only kinds with a pipeline template can be started."""

    BLOG_POSTS = "blog_posts"


class HumanRole(StrEnum):
    """Which people a human step waits for."""

    REVIEWER = "reviewer"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a pipeline."""

    key: str
    name: str
    assignee: AssigneeKind
    agent_role: str | None = None
    human_role: HumanRole | None = None
    input_from: str | None = None
    is_approval: bool = False
    repeat_per_unit: bool = False
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PipelineTemplate:
    """The steps of one kind of deliverable, first to last."""

    kind: DeliverableKind
    title: str
    unit: str
    steps: tuple[Step, ...]

    def step(self, key: str) -> Step:
        """The step of that key."""
        return next(step for step in self.steps if step.key == key)

    @property
    def first(self) -> Step:
        """The step that is spawned when the period starts."""
        return self.steps[0]


RESEARCH = "research_topics"
APPROVE_TOPICS = "approve_topic_list"
WRITE = "write_blog_post"
REVIEW = "review_blog_post"
PUBLISH = "publish_blog_post"

BLOG_POSTS = PipelineTemplate(
    kind=DeliverableKind.BLOG_POSTS,
    title="Blog posts",
    unit="blog post",
    steps=(
        Step(key=RESEARCH, name="Research topics", assignee=AssigneeKind.AGENT, agent_role="seo-specialist"),
        Step(
            key=APPROVE_TOPICS, name="Approve topic list", assignee=AssigneeKind.HUMAN, human_role=HumanRole.REVIEWER,
            input_from=RESEARCH, is_approval=True, blocked_by=(RESEARCH,),
        ),
        Step(
            key=WRITE, name="Write blog post", assignee=AssigneeKind.AGENT, agent_role="copywriter",
            input_from=APPROVE_TOPICS, repeat_per_unit=True, blocked_by=(APPROVE_TOPICS,),
        ),
        Step(
            key=REVIEW, name="Review and approve blog post", assignee=AssigneeKind.HUMAN,
            human_role=HumanRole.REVIEWER, input_from=WRITE, is_approval=True, repeat_per_unit=True,
            blocked_by=(WRITE,),
        ),
        Step(
            key=PUBLISH, name="Publish to WordPress", assignee=AssigneeKind.AGENT, agent_role="publisher",
            input_from=REVIEW, repeat_per_unit=True, blocked_by=(REVIEW,),
        ),
    ),
)  # fmt: skip

TEMPLATES = {BLOG_POSTS.kind: BLOG_POSTS}


def template_for(kind: DeliverableKind | str) -> PipelineTemplate:
    """The template of a kind, or InvalidInput naming the kinds there are."""
    try:
        return TEMPLATES[DeliverableKind(kind)]
    except (KeyError, ValueError):
        kinds = ", ".join(TEMPLATES)
        msg = f"There is no pipeline for deliverables of kind '{kind}'. Kinds with a pipeline: {kinds}."
        raise InvalidInput(msg, field="kind") from None
