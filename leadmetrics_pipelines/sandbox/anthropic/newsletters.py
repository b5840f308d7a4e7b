"""Newsletters: an article's thought as a short letter with two more sections and a way to answer."""

from __future__ import annotations

from collections.abc import Mapping

from leadmetrics_pipelines.kit.text import count_words
from leadmetrics_pipelines.sandbox.anthropic.choice import pick
from leadmetrics_pipelines.sandbox.anthropic.drafts import closest_article, note_texts, product_in
from leadmetrics_pipelines.sandbox.anthropic.library import fill
from leadmetrics_pipelines.sandbox.anthropic.notes import read_notes
from leadmetrics_pipelines.sandbox.anthropic.phrases import ENDINGS, LOCAL, tone_of
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts
from leadmetrics_pipelines.sandbox.anthropic.topics import find_idea

_LONGEST_SUBJECT = 60
_LONGEST_PREVIEW = 110
_MOST_WORDS = 450


def write_newsletter(facts: Mapping[str, object]) -> dict[str, object]:
    """A newsletter for `facts["request"]`; notes change it visibly."""
    tenant = TenantFacts.read(facts)
    given = facts.get("request")
    request = given if isinstance(given, Mapping) else {}
    title = str(request.get("title") or f"News from {tenant.name}")
    about = f"{title} {request.get('brief') or ''}"
    idea = find_idea(tenant, title)
    article = idea.article if idea else closest_article(about, title)
    words = tenant.words(idea.product if idea else product_in(about, tenant))
    wishes = read_notes(note_texts(facts.get("notes")), words)
    opening = fill(article.opening, words)
    ending = pick(ENDINGS[wishes.tone or tone_of(tenant.tone)], title).filled(words).markdown()
    parts = [opening, *(passage.filled(words).markdown() for passage in wishes.passages)]
    for section in (*article.sections[:2], pick(LOCAL, title)):
        text = section.filled(words).markdown()
        if count_words("\n".join([*parts, text, ending])) <= _MOST_WORDS:
            parts.append(text)
    return {
        "subject": _cut(title, _LONGEST_SUBJECT),
        "preview_text": _cut(" ".join(opening.split()), _LONGEST_PREVIEW),
        "body_markdown": "\n\n".join([*parts, ending]),
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rpartition(" ")[0] + "\u2026"
