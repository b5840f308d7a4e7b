"""Pipeline templates: the steps of the mission, in order, each waiting for what it needs."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.domain.activities import AssigneeKind
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.pipelines import (
    APPROVE_PLAN,
    BLOG_POSTS,
    PLAN,
    PUBLISH,
    REVIEW,
    SOCIAL_POSTS,
    TEMPLATES,
    WRITE,
    DeliverableKind,
    PipelineTemplate,
    template_for,
    template_of_ad_hoc,
)
from leadmetrics_pipelines.errors import InvalidInput


def test_blog_posts_go_through_the_five_steps_of_the_mission() -> None:
    """Research and the list once a month; writing, review and publishing once a post."""
    assert [(step.key, step.assignee.value, step.repeat_per_unit) for step in BLOG_POSTS.steps] == [
        ("plan", "agent", False), ("approve_plan", "human", False), ("write", "agent", True),
        ("review", "human", True), ("publish", "agent", True),
    ]  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.kind)
def test_steps_wait_for_earlier_steps_only_and_name_who_does_them(template: PipelineTemplate) -> None:
    """No circle, no name of a step that is not there, and what people decide is not an agent's."""
    seen: set[str] = set()
    for step in template.steps:
        assert {*step.blocked_by, *([step.input_from] if step.input_from else [])} <= seen
        assert (step.agent_role is not None) is (step.assignee is AssigneeKind.AGENT)
        assert (step.human_role is not None) is (step.assignee is AssigneeKind.HUMAN)
        assert not step.is_approval or step.assignee is AssigneeKind.HUMAN
        assert template.step(step.key) is step
        seen.add(step.key)
    assert template.first.blocked_by == ()


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.kind)
def test_every_kind_has_the_same_five_steps(template: PipelineTemplate) -> None:
    """What finds a step by its key finds it whatever the kind."""
    assert [step.key for step in template.steps] == [PLAN, APPROVE_PLAN, WRITE, REVIEW, PUBLISH]


def test_social_posts_go_through_the_steps_of_the_mission() -> None:
    """In its words."""
    assert [step.name for step in SOCIAL_POSTS.steps] == [
        "Create social content calendar", "Review & approve content calendar", "Write post content",
        "Review & approve post", "Publish to channel",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ContentKind)
def test_every_kind_of_content_can_be_asked_for_ad_hoc(kind: ContentKind) -> None:
    """It goes the way of the deliverable of its kind."""
    assert template_of_ad_hoc(kind).content is kind


def test_a_kind_without_a_pipeline_is_refused_by_name() -> None:
    """And the kinds there are, are told."""
    assert template_for("blog_posts") is template_for(DeliverableKind.BLOG_POSTS) is BLOG_POSTS
    with pytest.raises(InvalidInput, match=r"kind 'podcasts'\. Kinds with a pipeline: blog_posts") as caught:
        template_for("podcasts")
    assert caught.value.field == "kind"
