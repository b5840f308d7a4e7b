"""Blog drafts: an article from the library, made the tenant's own, that answers what reviewers noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadmetrics_pipelines.kit.text import count_words, make_slug
from leadmetrics_pipelines.sandbox.anthropic.choice import number, pick
from leadmetrics_pipelines.sandbox.anthropic.library import Article, Section, all_articles, fill
from leadmetrics_pipelines.sandbox.anthropic.notes import Wishes, read_notes
from leadmetrics_pipelines.sandbox.anthropic.phrases import ENDINGS, EXTRA, LOCAL, tone_of
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts, at_start
from leadmetrics_pipelines.sandbox.anthropic.topics import find_idea, normalised

LEAST_WORDS, MOST_WORDS = 600, 900
_EXCERPT_CHARACTERS = 200
# Shares no factor with the number of passages, so that neighbours with two of them have none in common.
_STRIDE = 5


@dataclass(frozen=True, kw_only=True)
class _Plan:
    tenant: TenantFacts
    article: Article
    product: str
    title: str
    words: Mapping[str, str]
    wishes: Wishes
    round: int


def write_draft(facts: Mapping[str, object]) -> dict[str, object]:
    """A draft for `facts["request"]`; notes change it visibly."""
    plan = _plan(facts)
    title = _title(plan)
    return {
        "title": title,
        "slug": make_slug(title, "post"),
        "excerpt": _excerpt(plan),
        "body_markdown": _body(plan),
    }


def _plan(facts: Mapping[str, object]) -> _Plan:
    tenant = TenantFacts.read(facts)
    asked = facts.get("request")
    request = asked if isinstance(asked, Mapping) else {}
    title = str(request.get("title") or f"What to know about {tenant.products[0]}")
    about = " ".join(str(request.get(key) or "") for key in ("title", "target_keyword", "brief"))
    idea = find_idea(tenant, title)
    article = idea.article if idea else closest_article(about, title)
    product = idea.product if idea else product_in(about, tenant)
    words = tenant.words(product, str(request.get("target_keyword") or ""))
    texts = note_texts(facts.get("notes"))
    return _Plan(
        tenant=tenant, article=article, product=product, title=title, words=words,
        wishes=read_notes(texts, words), round=len(texts),
    )  # fmt: skip


def note_texts(notes: object) -> list[str]:
    """The words of the notes, oldest first."""
    entries = notes if isinstance(notes, list) else []
    return [str(note.get("text") or "") for note in entries if isinstance(note, Mapping)]


def closest_article(about: str, title: str) -> Article:
    """The article that shares most words with what is asked for."""
    asked = set(normalised(about).split())
    return max(all_articles(), key=lambda article: (len(article.signs & asked), number(article.name, title)))


def product_in(about: str, tenant: TenantFacts) -> str:
    """The product a text names, or one of the tenant's."""
    named = [product for product in tenant.products if product.lower() in about.lower()]
    return named[0] if named else pick(tenant.products, about)


def _title(plan: _Plan) -> str:
    """The approved title; another one of the article's when a reviewer minded it."""
    if not plan.wishes.new_title:
        return plan.title
    titles = [at_start(fill(title, plan.words)) for title in plan.article.titles]
    others = [title for title in titles if normalised(title) != normalised(plan.title)]
    return pick(others, plan.title, plan.round) if others else plan.title


def _excerpt(plan: _Plan) -> str:
    text = fill(plan.article.opening, plan.words).replace("\n", " ")
    if len(text) <= _EXCERPT_CHARACTERS:
        return text
    ends = [place for place in range(60, _EXCERPT_CHARACTERS) if text[place] in ".?!"]
    return text[: ends[-1] + 1] if ends else text[:_EXCERPT_CHARACTERS].rpartition(" ")[0] + "…"


def _body(plan: _Plan) -> str:
    """The article in order, within the limits of words."""
    opening = Section(heading="", body=plan.article.opening)
    main = list(plan.article.sections)
    if plan.wishes.is_shorter and len(main) > 2:  # noqa: PLR2004 - a shorter article keeps two sections
        main.pop()
    passages = list(plan.wishes.passages)
    local, extras = _spread(LOCAL, plan)[0], _spread(EXTRA, plan)
    tone = plan.wishes.tone or tone_of(plan.tenant.tone)
    ending = pick(ENDINGS[tone], plan.title)
    optional = [local, *(extras[:1] if plan.wishes.is_longer else [])]
    middle = [*main[:2], *passages, *main[2:]]
    parts = [opening, *middle, *optional, ending]
    if _length(plan, parts) > MOST_WORDS:
        parts = [opening, *middle, ending]
    for extra in extras:
        if _length(plan, parts) < LEAST_WORDS and extra not in parts:
            parts = [*parts[:-1], extra, ending]
    return "\n\n".join(part.filled(plan.words).markdown() for part in parts)


def _spread(sections: tuple[Section, ...], plan: _Plan) -> list[Section]:
    """The sections, each article starting at another one: ten posts should not share their paragraphs."""
    start = [article.name for article in all_articles()].index(plan.article.name) + number(plan.tenant.name)
    return [sections[(start + _STRIDE * place) % len(sections)] for place in range(len(sections))]


def _length(plan: _Plan, parts: list[Section]) -> int:
    return sum(count_words(part.filled(plan.words).markdown()) for part in parts)
