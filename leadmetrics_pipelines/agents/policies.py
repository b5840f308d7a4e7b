"""Rules an answer must keep that depend on what was asked.

Each returns the broken rules as sentences; none: the answer is good. Rules of the answer alone are in `schemas.py`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leadmetrics_pipelines.domain.contents import NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.lengths import Cap, measure_content
from leadmetrics_pipelines.kit.text import count_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadmetrics_pipelines.agents.facts import (
        CalendarFacts,
        ChannelFacts,
        DraftFacts,
        NewsletterFacts,
        SocialFacts,
        TopicFacts,
    )
    from leadmetrics_pipelines.agents.schemas import (
        BlogDraft,
        ContentCalendar,
        NewsletterDraft,
        SocialDraft,
        TopicList,
    )

LEAST_WORDS = 150
MOST_WORDS = 3_000
LEAST_NEWSLETTER_WORDS = 60
MOST_NEWSLETTER_WORDS = 1_200


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


def check_calendar(facts: CalendarFacts, answer: ContentCalendar) -> tuple[str, ...]:
    """As many entries as wanted (or one per entry to revise), on days of the month and platforms of the client."""
    problems = [*_check_count(facts, answer)]
    titles = Counter(_plain(entry.title) for entry in answer.entries)
    problems += [f"The title {title!r} comes {count} times." for title, count in titles.items() if count > 1]
    taken = {_plain(title) for title in facts.existing_titles}
    problems += [f"The title {e.title!r} is taken already." for e in answer.entries if _plain(e.title) in taken]
    problems += [
        f"{entry.date} ({entry.title!r}) is outside {facts.earliest} to {facts.latest}."
        for entry in answer.entries
        if not facts.earliest <= entry.date <= facts.latest
    ]
    known = {channel.platform for channel in facts.channels}
    for entry in answer.entries:
        if unknown := sorted(set(entry.platforms) - known):
            problems.append(f"{entry.title!r} is for {', '.join(unknown)}, which the client has not connected.")
        elif known and not entry.platforms:
            problems.append(f"{entry.title!r} is for no platform.")
    return tuple(problems)


def _check_count(facts: CalendarFacts, answer: ContentCalendar) -> Iterable[str]:
    wanted: Counter[str | None] = Counter(entry.request_id for entry in facts.revise)
    wanted = wanted or Counter({None: facts.wanted})
    came = Counter(entry.replaces for entry in answer.entries)
    if wanted != came:
        yield (
            f"{wanted.total()} entries were wanted, {'one for each sent back' if facts.revise else 'all new'}; "
            f"{len(answer.entries)} came, for {', '.join(sorted(str(name) for name in came))}."
        )


def check_social(facts: SocialFacts, answer: SocialDraft) -> tuple[str, ...]:
    """What the platform takes at most, that a link is a web address, and that a rework is not the old text again."""
    content = SocialContent(text=answer.text, link=answer.link or None, first_comment=answer.first_comment)
    measures = measure_content(facts.channel.platform, _caps(facts.channel), content)
    problems = [one.sentence for one in measures if one.over]
    if answer.link and not answer.link.startswith(("https://", "http://")):
        problems.append(f"{answer.link!r} is no web address.")
    previous = facts.previous_draft
    if previous and facts.notes and previous.text.strip() == answer.text:
        problems.append("The text is the one that was sent back, unchanged; the notes were not followed.")
    return tuple(problems)


def check_newsletter(facts: NewsletterFacts, answer: NewsletterDraft) -> tuple[str, ...]:
    """A newsletter's length, what the platform takes of a subject, and that a rework is not the old text again."""
    content = NewsletterContent(
        subject=answer.subject, preview_text=answer.preview_text, body_markdown=answer.body_markdown, from_name="",
        reply_to="",
    )  # fmt: skip
    channel = facts.channel
    measures = measure_content(channel.platform, _caps(channel), content) if channel else ()
    problems = [one.sentence for one in measures if one.over]
    words = count_words(answer.body_markdown)
    if not LEAST_NEWSLETTER_WORDS <= words <= MOST_NEWSLETTER_WORDS:
        problems.append(
            f"The body has {words} words; between {LEAST_NEWSLETTER_WORDS} and {MOST_NEWSLETTER_WORDS} are accepted."
        )
    previous = facts.previous_draft
    if previous and facts.notes and previous.body_markdown.strip() == answer.body_markdown:
        problems.append("The body is the one that was sent back, unchanged; the notes were not followed.")
    return tuple(problems)


def _caps(channel: ChannelFacts) -> dict[str, Cap]:
    return {limit.name: Cap(most=limit.most, unit=limit.unit) for limit in channel.limits}


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
