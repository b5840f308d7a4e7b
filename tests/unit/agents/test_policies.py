"""Rules of an answer that depend on what was asked."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.agents.facts import PreviousDraft, ReviewNote, TopicToRevise
from leadmetrics_pipelines.agents.policies import check_draft, check_topics
from leadmetrics_pipelines.agents.schemas import Topic, TopicList
from tests.unit.agents.builders import BODY, a_topic, draft, draft_facts, topic_facts, topics

REVISE = tuple(
    TopicToRevise(request_id=name, title="Old", decision="rejected", notes="Too broad") for name in ("r-1", "r-2")
)


def answer_to(*replaced: str | None) -> TopicList:
    """Topics with different titles that replace these requests."""
    return TopicList(topics=tuple(Topic(**a_topic(title=f"T{i}", replaces=r)) for i, r in enumerate(replaced)))


def test_as_many_topics_as_wanted_are_accepted() -> None:
    """Two were wanted, two came."""
    assert check_topics(topic_facts(), topics("One", "Two")) == ()


@pytest.mark.parametrize("titles", [("One",), ("One", "Two", "Three")])
def test_another_number_of_topics_is_told(titles: tuple[str, ...]) -> None:
    """A month's promise is a number; neither more nor fewer keep it."""
    assert check_topics(topic_facts(), topics(*titles)) == (f"2 topics were wanted, {len(titles)} came.",)


def test_a_title_twice_or_taken_is_told() -> None:
    """Whatever the spelling in capitals and spaces."""
    assert len(check_topics(topic_facts(), topics("One  tea", "one Tea"))) == 1
    assert check_topics(topic_facts(existing_titles=("ONE",)), topics("One", "Two")) == (
        "The title 'One' is taken already.",
    )


def test_new_topics_replace_nothing() -> None:
    """Else somebody's request would be overwritten."""
    assert len(check_topics(topic_facts(), answer_to("r-1", None))) == 1


@pytest.mark.parametrize(
    ("replaced", "is_good"),
    [
        (("r-1", "r-2"), True),
        (("r-2", "r-1"), True),
        (("r-1",), False),
        (("r-1", "r-1"), False),
        (("r-1", "r-3"), False),
        (("r-1", None), False),
        (("r-1", "r-2", None), False),
    ],
)
def test_a_revision_has_one_topic_for_each_that_was_sent_back(replaced: tuple[str | None, ...], is_good: bool) -> None:  # noqa: FBT001
    """In any order; `wanted` does not count then."""
    facts = topic_facts(wanted=10, revise=REVISE)
    assert (check_topics(facts, answer_to(*replaced)) == ()) is is_good


@pytest.mark.parametrize(("words", "is_good"), [(149, False), (150, True), (3000, True), (3001, False)])
def test_a_draft_has_a_length(words: int, is_good: bool) -> None:  # noqa: FBT001
    """Neither a stub nor a book."""
    assert (check_draft(draft_facts(), draft(body_markdown="tea " * words)) == ()) is is_good


def test_a_rework_that_changed_nothing_is_told() -> None:
    """The notes were not followed if the text is the same."""
    previous = PreviousDraft(title="T", excerpt="E", body_markdown=BODY)
    notes = (ReviewNote(by="Rita", decision="changes_requested", text="Shorter"),)
    facts = draft_facts(previous_draft=previous, notes=notes)
    assert "sent back, unchanged" in check_draft(facts, draft())[0]
    assert check_draft(facts, draft(body_markdown=BODY + " More.")) == ()
