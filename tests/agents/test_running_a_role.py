"""One run of a role, with its transcript."""

from __future__ import annotations

import dataclasses
import json

import pytest

from leadmetrics_pipelines.agents.calls import ModelAnswerInvalid
from leadmetrics_pipelines.agents.facts import PreviousDraft, ReviewNote, TopicFacts, TopicToRevise
from leadmetrics_pipelines.agents.language_model import LanguageModel
from leadmetrics_pipelines.agents.roles import COPYWRITER, SEO_SPECIALIST
from leadmetrics_pipelines.agents.runner import Event, run_role
from leadmetrics_pipelines.agents.schemas import TopicList
from leadmetrics_pipelines.errors import PlatformUnavailable
from leadmetrics_pipelines.kit.text import count_words, markdown_to_html
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.unit.agents.builders import draft_facts, topic_facts


def test_the_specialist_proposes_as_many_topics_as_wanted(model: LanguageModel) -> None:
    """And the transcript tells question, answer and verdict, as JSON."""
    events: list[Event] = []
    result = run_role(SEO_SPECIALIST, topic_facts(wanted=10), "Acme sells tea.", model, events.append)
    assert len(result.output.topics) == 10
    assert [event.kind for event in events] == ["prompt", "model_answer", "validation"]
    assert json.loads(json.dumps(events[1].data))["call"]["request_id"] == result.calls[0].request_id
    assert events[2].data == {"valid": True}


def test_a_topic_that_was_sent_back_is_replaced(model: LanguageModel) -> None:
    """One for one."""
    back = TopicToRevise(request_id="r-1", title="Tea", decision="rejected", notes="Too broad")
    result = run_role(SEO_SPECIALIST, topic_facts(revise=(back,)), "", model, lambda _: None)
    assert [topic.replaces for topic in result.output.topics] == ["r-1"]


def test_the_copywriter_writes_a_post_that_can_be_shown(model: LanguageModel) -> None:
    """Within the length, without a first-level heading, and still there after sanitising."""
    output = run_role(COPYWRITER, draft_facts(), "Acme sells tea.", model, lambda _: None).output
    assert 600 <= count_words(output.body_markdown) <= 900
    html = markdown_to_html(output.body_markdown)
    assert "<h2>" in html
    assert "<h1>" not in html


def test_notes_change_the_draft(model: LanguageModel) -> None:
    """What people said reaches the prompt, and the answer is another one."""
    first = run_role(COPYWRITER, draft_facts(), "", model, lambda _: None).output
    previous = PreviousDraft(title=first.title, excerpt=first.excerpt, body_markdown=first.body_markdown)
    notes = (ReviewNote(by="Rita", decision="changes_requested", text="Mention the teapots from Hamburg."),)
    events: list[Event] = []
    again = run_role(COPYWRITER, draft_facts(previous_draft=previous, notes=notes), "", model, events.append).output
    assert again.body_markdown != first.body_markdown
    assert "Mention the teapots from Hamburg." in events[0].data["message"]


@pytest.mark.parametrize("effect", ["cut_answer", "invalid_answer"])
def test_an_unusable_answer_is_in_the_transcript(sandbox: RunningSandbox, model: LanguageModel, effect: Effect) -> None:
    """With its text and figures, then the verdict."""
    sandbox.set_fault("anthropic", effect)
    events: list[Event] = []
    with pytest.raises(Exception, match="claude-sonnet-5-5") as caught:
        run_role(SEO_SPECIALIST, topic_facts(), "", model, events.append)
    assert [event.kind for event in events] == ["prompt", "model_answer", "validation"]
    assert events[1].data["call"]["output_tokens"] >= 0
    assert (events[2].data["valid"], events[2].summary) == (False, str(caught.value))


def test_an_answer_that_breaks_a_rule_of_the_role_is_refused(model: LanguageModel) -> None:
    """It fits the schema and not what was asked; the verdict names the rule and the call is not lost."""

    def refuse_all(_facts: TopicFacts, answer: TopicList) -> tuple[str, ...]:
        return tuple(f"The title {topic.title!r} is dull." for topic in answer.topics)

    strict = dataclasses.replace(SEO_SPECIALIST, check=refuse_all)
    events: list[Event] = []
    with pytest.raises(
        ModelAnswerInvalid, match=r"SEO specialist's answer breaks its rules: The title .* is dull"
    ) as caught:
        run_role(strict, topic_facts(), "", model, events.append)
    assert caught.value.call.output_tokens > 0
    assert [event.kind for event in events] == ["prompt", "model_answer", "validation"]


def test_a_fault_is_in_the_transcript(sandbox: RunningSandbox, model: LanguageModel) -> None:
    """After the question, with the family's name."""
    sandbox.set_fault("anthropic", "status", status=529, times=None)
    events: list[Event] = []
    with pytest.raises(PlatformUnavailable):
        run_role(SEO_SPECIALIST, topic_facts(), "", model, events.append)
    assert [(event.kind, event.data.get("error")) for event in events][1:] == [("failure", "PlatformUnavailable")]
