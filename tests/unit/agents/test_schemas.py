"""What an answer must be, whoever asked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leadmetrics_pipelines.agents.schemas import BlogDraft, Topic, TopicList
from tests.unit.agents.builders import a_draft, a_topic, draft


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": "   "}, "letters or digits"),
        ({"title": "🎉🎉"}, "letters or digits"),
        ({"title": "a\nb"}, "one line"),
        ({"title": "Tea <b>now</b>"}, "without HTML"),
        ({"title": "x" * 161}, "at most 160"),
        ({"excerpt": ""}, "letters or digits"),
        ({"excerpt": "one\n\ntwo"}, "one line"),
        ({"slug": ""}, "at least 1"),
        ({"slug": "Green Tea"}, "pattern"),
        ({"slug": "-tea"}, "pattern"),
        ({"slug": "tea\n"}, None),
        ({"slug": "a" * 191}, "at most 190"),
        ({"body_markdown": "  \n "}, "letters or digits"),
        ({"body_markdown": "# Tea\n\nText"}, "level-1 heading"),
        ({"body_markdown": "Tea\n===\n\nText"}, "level-1 heading"),
        ({"body_markdown": "Text\n\n<h1>Tea</h1>"}, "level-1 heading"),
        ({"body_markdown": "Text\n\n<script>alert(1)</script>"}, "<script>"),
        ({"body_markdown": "Text with <SCRIPT src=x></SCRIPT> inside"}, "<script>"),
        ({"body_markdown": "Text\n\n<iframe src=x></iframe>"}, "<iframe>"),
        ({"body_markdown": "x" * 60_001}, "at most 60000"),
        ({"extra": 1}, "Extra inputs"),
    ],
)
def test_a_spoilt_draft_is_refused(changes: dict[str, Any], says: str | None) -> None:
    """With a sentence that names the rule; space around a value is the one thing that is mended."""
    if says is None:
        assert draft(**changes).slug == "tea"
        return
    with pytest.raises(ValidationError, match=says):
        BlogDraft(**a_draft(**changes))


@pytest.mark.parametrize(
    "body",
    [
        "Use `<script>` with care.",
        "```html\n<script>x</script>\n# not a heading\n```",
        "5 < 6 and <b>bold</b>",
        "## Two",
    ],
)
def test_writing_about_code_is_allowed(body: str) -> None:
    """Only markup that would be live, or a real heading, is refused."""
    assert draft(body_markdown=body).body_markdown == body


@pytest.mark.parametrize("field", ["title", "target_keyword", "search_intent", "audience", "brief", "replaces"])
def test_a_topic_needs_every_field(field: str) -> None:
    """Nothing is filled in for the model."""
    incomplete = a_topic()
    del incomplete[field]
    with pytest.raises(ValidationError, match=field):
        Topic(**incomplete)


def test_an_unknown_intent_is_refused() -> None:
    """There are four."""
    with pytest.raises(ValidationError, match="search_intent"):
        Topic(**a_topic(search_intent="curious"))


def test_a_list_has_topics() -> None:
    """An empty answer is no answer."""
    with pytest.raises(ValidationError, match="at least 1"):
        TopicList(topics=())


def test_titles_in_any_script_are_titles() -> None:
    """Letters are not only ASCII."""
    assert Topic(**a_topic(title=" 緑茶の淹れ方 ")).title == "緑茶の淹れ方"
