"""Pipeline templates: the steps of the mission, in order, each waiting for what it needs."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.domain.activities import AssigneeKind
from leadmetrics_pipelines.domain.pipelines import BLOG_POSTS, TEMPLATES, DeliverableKind, template_for
from leadmetrics_pipelines.errors import InvalidInput


def test_blog_posts_go_through_the_five_steps_of_the_mission() -> None:
    """Research and the list once a month; writing, review and publishing once a post."""
    assert [(step.key, step.assignee.value, step.repeat_per_unit) for step in BLOG_POSTS.steps] == [
        ("research_topics", "agent", False), ("approve_topic_list", "human", False), ("write_blog_post", "agent", True),
        ("review_blog_post", "human", True), ("publish_blog_post", "agent", True),
    ]  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=str)
def test_steps_wait_for_earlier_steps_only_and_name_who_does_them(template: object) -> None:
    """No circle, no name of a step that is not there, and what people decide is not an agent's."""
    assert template is BLOG_POSTS
    seen: set[str] = set()
    for step in BLOG_POSTS.steps:
        assert {*step.blocked_by, *([step.input_from] if step.input_from else [])} <= seen
        assert (step.agent_role is not None) is (step.assignee is AssigneeKind.AGENT)
        assert (step.human_role is not None) is (step.assignee is AssigneeKind.HUMAN)
        assert not step.is_approval or step.assignee is AssigneeKind.HUMAN
        assert BLOG_POSTS.step(step.key) is step
        seen.add(step.key)
    assert BLOG_POSTS.first.blocked_by == ()


def test_a_kind_without_a_pipeline_is_refused_by_name() -> None:
    """And the kinds there are, are told."""
    assert template_for("blog_posts") is template_for(DeliverableKind.BLOG_POSTS) is BLOG_POSTS
    with pytest.raises(InvalidInput, match=r"kind 'podcasts'\. Kinds with a pipeline: blog_posts") as caught:
        template_for("podcasts")
    assert caught.value.field == "kind"
