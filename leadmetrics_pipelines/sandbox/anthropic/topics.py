"""Topic lists for a tenant's blog: clearly different, new each month, and different again after a rejection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadmetrics_pipelines.sandbox.anthropic.choice import number, shuffled
from leadmetrics_pipelines.sandbox.anthropic.library import Article, all_articles, fill
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts, at_start

_MOST_ROUNDS = 40


@dataclass(frozen=True, kw_only=True)
class Idea:
    """An article about a product under one of its titles."""

    article: Article
    product: str
    title: str


def write_topics(facts: Mapping[str, object]) -> dict[str, object]:
    """A topic list: `wanted` new ones, or one in place of each entry of `revise`."""
    tenant = TenantFacts.read(facts)
    revised = [entry for entry in _entries(facts.get("revise")) if isinstance(entry, Mapping)]
    known = [str(title) for title in _entries(facts.get("existing_titles"))]
    known += [str(entry.get("title", "")) for entry in revised]
    after = str(revised[-1].get("title", "")) if revised else ""
    ideas = new_ideas(tenant, str(facts.get("month", "")), known, after)
    if revised:
        return {"topics": [_revised_topic(tenant, entry, next(ideas)) for entry in revised]}
    wanted = int(str(facts.get("wanted") or 10))
    return {"topics": [_topic(tenant, next(ideas)) for _ in range(wanted)]}


def find_idea(tenant: TenantFacts, title: str) -> Idea | None:
    """The article and product behind a title that this module made up."""
    wanted = normalised(title)
    return next((idea for idea in _all_ideas(tenant) if normalised(idea.title) == wanted), None)


def normalised(title: str) -> str:
    """A title without case and punctuation."""
    return " ".join("".join(char if char.isalnum() else " " for char in title.lower()).split())


def new_ideas(tenant: TenantFacts, month: str, known: list[str], after: str) -> Iterator[Idea]:
    """Ideas whose titles are not known yet, unused angles first.

    `after` is a rejected title: going on from its place, a chain of rejections does not come back to the first.
    """
    taken = {normalised(title) for title in known}
    used = {idea.article.name for title in known if (idea := find_idea(tenant, title))}
    order = shuffled(all_articles(), tenant.name, month)
    rejected = find_idea(tenant, after)
    if rejected is not None:
        place = order.index(rejected.article) + 1
        order = order[place:] + order[:place]
    order.sort(key=lambda article: article.name in used)
    for turn in range(_MOST_ROUNDS):
        for place, article in enumerate(order):
            product = tenant.products[(place + turn + number(month)) % len(tenant.products)]
            for idea in _ideas(tenant, article, product, turn):
                if normalised(idea.title) not in taken:
                    taken.add(normalised(idea.title))
                    yield idea
                    break
    raise RuntimeError("the sandbox ran out of topics")


def _ideas(tenant: TenantFacts, article: Article, product: str, turn: int) -> Iterator[Idea]:
    words = tenant.words(product)
    start = number(tenant.name, article.name)
    for place in range(len(article.titles)):
        title = at_start(fill(article.titles[(start + place) % len(article.titles)], words))
        yield Idea(article=article, product=product, title=title)
    if turn >= len(tenant.products):
        title = at_start(fill(article.titles[0], words))
        yield Idea(article=article, product=product, title=f"{title} (part {turn + 1})")


def _all_ideas(tenant: TenantFacts) -> Iterator[Idea]:
    for article in all_articles():
        for product in tenant.products:
            yield from _ideas(tenant, article, product, turn=0)


def _topic(tenant: TenantFacts, idea: Idea) -> dict[str, object]:
    words = tenant.words(idea.product)
    return {
        "replaces": None,
        "title": idea.title,
        "target_keyword": fill(idea.article.keyword, words).lower(),
        "search_intent": idea.article.intent,
        "audience": at_start(tenant.audience),
        "brief": fill(idea.article.brief, words),
    }


def _revised_topic(tenant: TenantFacts, entry: Mapping[str, object], idea: Idea) -> dict[str, object]:
    notes = " ".join(str(entry.get("notes") or "").split())
    old_title = str(entry.get("title") or "the earlier proposal")
    reason = f" The reviewer's note guides it: “{notes}”" if notes else ""
    topic = _topic(tenant, idea)
    brief = f"{topic['brief']} Takes the place of “{old_title}”.{reason}"
    return {**topic, "replaces": entry.get("request_id"), "brief": brief}


def _entries(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
