"""Pipeline templates: the steps that produce a deliverable (mission 1, "Pipeline Activity Templates" and its examples).

A template is data. `services/pipelines.py` spawns activities from it. Every kind has the same five steps, so that a
step is found by its key whatever the kind; what the step is called, and who does it, is the kind's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadmetrics_pipelines.domain.activities import AssigneeKind
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.errors import InvalidInput


class DeliverableKind(StrEnum):
    """What the agency promises. Only kinds with a pipeline template can be started."""

    BLOG_POSTS = "blog_posts"
    SOCIAL_POSTS = "social_posts"
    GBP_POSTS = "gbp_posts"
    EMAIL_NEWSLETTERS = "email_newsletters"


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
    """The steps of one kind of deliverable, first to last.

    `content`: what its requests and posts are. `platforms`: kinds of platforms it can go to (`PlatformKind` values).
    """

    kind: DeliverableKind
    title: str
    unit: str
    content: ContentKind
    platforms: tuple[str, ...]
    steps: tuple[Step, ...]

    def step(self, key: str) -> Step:
        """The step of that key."""
        return next(step for step in self.steps if step.key == key)

    @property
    def first(self) -> Step:
        """The step that is spawned when the period starts."""
        return self.steps[0]


# The keys of the five steps, the same in every template.
PLAN = "plan"
APPROVE_PLAN = "approve_plan"
WRITE = "write"
REVIEW = "review"
PUBLISH = "publish"

# Names of agent roles (`agents/roles.py`).
SEO_SPECIALIST = "seo-specialist"
SOCIAL_MEDIA_MANAGER = "social-media-manager"
EMAIL_MARKETER = "email-marketer"
COPYWRITER = "copywriter"
SOCIAL_COPYWRITER = "social-copywriter"
NEWSLETTER_COPYWRITER = "newsletter-copywriter"


def _steps(names: tuple[str, str, str, str, str], *, planner: str, writer: str, publisher: str) -> tuple[Step, ...]:
    plan, approve_plan, write, review, publish = names
    agent, human = AssigneeKind.AGENT, AssigneeKind.HUMAN
    return (
        Step(key=PLAN, name=plan, assignee=agent, agent_role=planner),
        Step(
            key=APPROVE_PLAN, name=approve_plan, assignee=human, human_role=HumanRole.REVIEWER, input_from=PLAN,
            is_approval=True, blocked_by=(PLAN,),
        ),
        Step(
            key=WRITE, name=write, assignee=agent, agent_role=writer, input_from=APPROVE_PLAN, repeat_per_unit=True,
            blocked_by=(APPROVE_PLAN,),
        ),
        Step(
            key=REVIEW, name=review, assignee=human, human_role=HumanRole.REVIEWER, input_from=WRITE, is_approval=True,
            repeat_per_unit=True, blocked_by=(WRITE,),
        ),
        Step(
            key=PUBLISH, name=publish, assignee=agent, agent_role=publisher, input_from=REVIEW, repeat_per_unit=True,
            blocked_by=(REVIEW,),
        ),
    )  # fmt: skip


BLOG_POSTS = PipelineTemplate(
    kind=DeliverableKind.BLOG_POSTS,
    title="Blog posts",
    unit="blog post",
    content=ContentKind.BLOG,
    platforms=("cms",),
    steps=_steps(
        (
            "Research topics", "Approve topic list", "Write blog post", "Review and approve blog post",
            "Publish to the site",
        ),
        planner=SEO_SPECIALIST, writer=COPYWRITER, publisher="publisher",
    ),
)  # fmt: skip

SOCIAL_POSTS = PipelineTemplate(
    kind=DeliverableKind.SOCIAL_POSTS,
    title="Social posts",
    unit="social post",
    content=ContentKind.SOCIAL,
    platforms=("social", "local"),
    steps=_steps(
        (
            "Create social content calendar", "Review & approve content calendar", "Write post content",
            "Review & approve post", "Publish to channel",
        ),
        planner=SOCIAL_MEDIA_MANAGER, writer=SOCIAL_COPYWRITER, publisher=SOCIAL_MEDIA_MANAGER,
    ),
)  # fmt: skip

GBP_POSTS = PipelineTemplate(
    kind=DeliverableKind.GBP_POSTS,
    title="Google Business Profile posts",
    unit="GBP post",
    content=ContentKind.SOCIAL,
    platforms=("local",),
    steps=_steps(
        (
            "Create GBP post requests", "Review GBP post requests", "Write GBP post", "Review GBP post",
            "Publish to GBP",
        ),
        planner=SOCIAL_MEDIA_MANAGER, writer=SOCIAL_COPYWRITER, publisher=SOCIAL_MEDIA_MANAGER,
    ),
)  # fmt: skip

EMAIL_NEWSLETTERS = PipelineTemplate(
    kind=DeliverableKind.EMAIL_NEWSLETTERS,
    title="Email newsletters",
    unit="newsletter",
    content=ContentKind.NEWSLETTER,
    platforms=("email",),
    steps=_steps(
        (
            "Plan newsletters", "Review & approve newsletter plan", "Write newsletter", "Review & approve newsletter",
            "Send campaign",
        ),
        planner=EMAIL_MARKETER, writer=NEWSLETTER_COPYWRITER, publisher=EMAIL_MARKETER,
    ),
)  # fmt: skip

TEMPLATES = {template.kind: template for template in (BLOG_POSTS, SOCIAL_POSTS, GBP_POSTS, EMAIL_NEWSLETTERS)}
# What is raised ad hoc goes the way of the deliverable of its kind.
_AD_HOC = {
    ContentKind.BLOG: BLOG_POSTS,
    ContentKind.SOCIAL: SOCIAL_POSTS,
    ContentKind.NEWSLETTER: EMAIL_NEWSLETTERS,
}


def template_for(kind: DeliverableKind | str) -> PipelineTemplate:
    """The template of a kind, or InvalidInput naming the kinds there are."""
    try:
        return TEMPLATES[DeliverableKind(kind)]
    except (KeyError, ValueError):
        kinds = ", ".join(TEMPLATES)
        msg = f"There is no pipeline for deliverables of kind '{kind}'. Kinds with a pipeline: {kinds}."
        raise InvalidInput(msg, field="kind") from None


def template_of_ad_hoc(content: ContentKind | str) -> PipelineTemplate:
    """The template that a request outside any deliverable follows."""
    return _AD_HOC[ContentKind(content)]
