"""Social and local posts: the thought of an article in the manner of each platform, within its length."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leadmetrics_pipelines.sandbox.anthropic.choice import number, pick
from leadmetrics_pipelines.sandbox.anthropic.drafts import closest_article, note_texts, product_in
from leadmetrics_pipelines.sandbox.anthropic.library import Article, fill
from leadmetrics_pipelines.sandbox.anthropic.notes import Wishes, read_notes
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts, at_start
from leadmetrics_pipelines.sandbox.anthropic.topics import find_idea

# Room for what a platform counts double.
_SHARE = 0.9
_SIGNS = ("\U0001f449", "\u2705", "\U0001f4a1", "\U0001f331", "\U0001f5d3")
_QUESTIONS = (
    "What would you add?",
    "Which of these was new to you?",
    "How do you go about it?",
    "What would you want to know first?",
)
_CALLS = (
    "Come by, or write to us: {tenant} answers within a day.",
    "Questions? {tenant} is glad to help.",
    "Stop by and have a look for yourself.",
    "Tell us what you have in mind, and we will say what we would do.",
)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    tenant: TenantFacts
    article: Article
    words: Mapping[str, str]
    title: str
    wishes: Wishes
    longest: int
    most: int


def write_post(facts: Mapping[str, object]) -> dict[str, object]:
    """A post for `facts["channel"]` about `facts["request"]`; notes change it visibly."""
    plan = _plan(facts)
    platform = str(_mapping(facts.get("channel")).get("platform") or "")
    parts, tags = _MANNERS.get(platform, _as_neighbour)(plan)
    link = plan.tenant.website if plan.tenant.website.startswith("http") and platform != "instagram" else None
    room = min(plan.longest, int(plan.most * _SHARE)) - (25 if platform == "x" and link else 0)
    kept = parts[:-1] if plan.wishes.is_shorter else [parts[0], *_wished(plan), *parts[1:]]
    text = _fit(kept, tags, room)
    return {"text": text, "link": link, "first_comment": ""}


def _plan(facts: Mapping[str, object]) -> _Plan:
    tenant = TenantFacts.read(facts)
    request, channel = _mapping(facts.get("request")), _mapping(facts.get("channel"))
    title = str(request.get("title") or f"What to know about {tenant.products[0]}")
    about = f"{title} {request.get('brief') or ''}"
    idea = find_idea(tenant, title)
    article = idea.article if idea else closest_article(about, title)
    words = tenant.words(idea.product if idea else product_in(about, tenant))
    wishes = read_notes(note_texts(facts.get("notes")), words)
    longest = int(str(channel.get("target_high") or 600))
    limits = channel.get("limits")
    caps = [one for one in limits if isinstance(one, Mapping)] if isinstance(limits, list | tuple) else []
    most = next((int(str(cap.get("most"))) for cap in caps if cap.get("name") == "text"), 2000)
    return _Plan(
        tenant=tenant, article=article, words=words, title=title, wishes=wishes, most=most,
        longest=longest // 2 if wishes.is_shorter else longest,
    )  # fmt: skip


def _as_professional(plan: _Plan) -> tuple[list[str], str]:
    points = [f"\u2192 {heading}. {_first_sentence(section)}" for heading, section in _points(plan)]
    parts = [plan.title, *_sentences(plan)[:3], "\n\n".join(points), pick(_QUESTIONS, plan.title)]
    return parts, _tags(plan, 3)


def _as_photographer(plan: _Plan) -> tuple[list[str], str]:
    start = number(plan.title)
    points = [f"{_SIGNS[(start + n) % len(_SIGNS)]} {heading}" for n, (heading, _) in enumerate(_points(plan))]
    return [plan.title, "\n".join(points), fill(pick(_CALLS, plan.title), plan.words)], _tags(plan, 5)


def _as_neighbour(plan: _Plan) -> tuple[list[str], str]:
    parts = [plan.title, *_sentences(plan)[:2], fill(pick(_CALLS, plan.title), plan.words)]
    return parts, _tags(plan, 2)


def _as_passer_by(plan: _Plan) -> tuple[list[str], str]:
    return [plan.title, *_sentences(plan)[:1]], _tags(plan, 1)


def _as_shop(plan: _Plan) -> tuple[list[str], str]:
    opening = f"In {plan.tenant.location}: {plan.title[:1].lower()}{plan.title[1:]}."
    return [opening, *_sentences(plan)[:1], fill(pick(_CALLS, plan.title), plan.words)], ""


_MANNERS = {
    "linkedin": _as_professional,
    "instagram": _as_photographer,
    "facebook": _as_neighbour,
    "x": _as_passer_by,
    "tiktok": _as_passer_by,
    "google_business": _as_shop,
}


def _wished(plan: _Plan) -> list[str]:
    """The first sentence of what answers each note."""
    texts = [passage.filled(plan.words).body for passage in plan.wishes.passages]
    return [re.split(r"(?<=[.!?])\s", _plain(text))[0] for text in texts]


def _points(plan: _Plan) -> list[tuple[str, str]]:
    """Heading and text of the first sections."""
    filled = [section.filled(plan.words) for section in plan.article.sections[:3]]
    return [(_plain(section.heading), section.body) for section in filled]


def _first_sentence(body: str) -> str:
    return re.split(r"(?<=[.!?:])\s", _plain(body.partition("\n")[0]))[0]


def _sentences(plan: _Plan) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", _plain(fill(plan.article.opening, plan.words)))


def _tags(plan: _Plan, count: int) -> str:
    names = [plan.words["product"], plan.tenant.location, plan.tenant.industry, plan.tenant.name, "Good to know"]
    tags = ["".join(at_start(word) for word in re.findall(r"\w+", name)) for name in names]
    return " ".join(f"#{tag}" for tag in list(dict.fromkeys(filter(None, tags)))[:count])


def _fit(parts: list[str], tags: str, room: int) -> str:
    """As many parts as there is room for, the first cut if it must be, and the hashtags where they fit."""
    text = _cut(parts[0], room)
    for part in parts[1:]:
        if len(text) + len(part) + len(tags) + 4 <= room:
            text = f"{text}\n\n{part}"
    return f"{text}\n\n{tags}" if tags and len(text) + len(tags) + 2 <= room else text


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rpartition(" ")[0] + "\u2026"


def _plain(markdown: str) -> str:
    """Without the marks of Markdown: a platform shows them as they are."""
    without_links = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return " ".join(re.sub(r"[*_`#>|]", "", without_links).split())


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
