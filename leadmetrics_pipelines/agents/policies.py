"""Rules an answer must keep that depend on what was asked.

Each returns the broken rules as sentences; none: the answer is good. Rules of the answer alone are in `schemas.py`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leadmetrics_pipelines.kit.text import count_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadmetrics_pipelines.agents.facts import DraftFacts, TopicFacts
    from leadmetrics_pipelines.agents.schemas import BlogDraft, TopicList

LEAST_WORDS = 150
MOST_WORDS = 3_000


def check_topics(facts: TopicFacts, answer: TopicList) -> tuple[str, ...]:
    """As many topics as wanted (or one per topic to revise), no title twice, none that is taken."""
    problems = [*(_check_revised(facts, answer) if facts.revise else _check_new(facts, answer))]
    titles = Counter(_plain(topic.title) for topic in answer.topics)
    problems += [f"The title {title!r} comes {count} times." for title, count in titles.items() if count > 1]
    taken = {_plain(title) for title in facts.existing_titles}
    repeated = [topic.title for topic in answer.topics if _plain(topic.title) in taken]
    problems += [f"The title {title!r} is taken already." for title in repeated]
    return tuple(problems)


def _check_new(facts: TopicFacts, answer: TopicList) -> Iterable[str]:
    if len(answer.topics) != facts.wanted:
        yield f"{facts.wanted} topics were wanted, {len(answer.topics)} came."
    if any(topic.replaces is not None for topic in answer.topics):
        yield "A new topic must have replaces = null: nothing was to be revised."


def _check_revised(facts: TopicFacts, answer: TopicList) -> Iterable[str]:
    wanted = Counter(topic.request_id for topic in facts.revise)
    came = Counter(topic.replaces for topic in answer.topics)
    if wanted != came:
        yield (
            f"Exactly one topic was wanted for each of the requests {', '.join(sorted(wanted))}; "
            f"the answer has {len(answer.topics)}, for {', '.join(sorted(str(name) for name in came))}."
        )


def check_draft(facts: DraftFacts, answer: BlogDraft) -> tuple[str, ...]:
    """A post's length, and that a rework is not the old text again."""
    problems = []
    words = count_words(answer.body_markdown)
    if not LEAST_WORDS <= words <= MOST_WORDS:
        problems.append(f"The body has {words} words; between {LEAST_WORDS} and {MOST_WORDS:,} are accepted.")
    previous = facts.previous_draft
    if previous and facts.notes and previous.body_markdown.strip() == answer.body_markdown:
        problems.append("The body is the one that was sent back, unchanged; the notes were not followed.")
    return tuple(problems)


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
