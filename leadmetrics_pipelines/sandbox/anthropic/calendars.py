"""Content calendars: social posts, local posts or newsletters spread over the days of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from leadmetrics_pipelines.sandbox.anthropic.choice import pick
from leadmetrics_pipelines.sandbox.anthropic.library import fill
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts, at_start
from leadmetrics_pipelines.sandbox.anthropic.topics import Idea, new_ideas

_FORMATS = ("single_image", "text", "question", "link", "carousel")
_ANGLES = {
    "single_image": "One picture, one thought: show {product} in use, not on a white ground.",
    "text": "No picture is needed; the first line carries it.",
    "question": "End with a question that {audience} can answer in one sentence.",
    "link": "Lead to the page about {product}; say what people find there.",
    "carousel": "Three to five pictures, one step on each, the last one with the next step.",
    "offer": "Say what people in {location} can do now, and how they reach {tenant}.",
    "newsletter": "One main thought, two short ones, one link.",
}


def write_calendar(facts: Mapping[str, object]) -> dict[str, object]:
    """A calendar: `wanted` new entries, or one in place of each entry of `revise`."""
    tenant = TenantFacts.read(facts)
    revised = [entry for entry in _entries(facts.get("revise")) if isinstance(entry, Mapping)]
    known = [str(title) for title in _entries(facts.get("existing_titles"))]
    known += [str(entry.get("title", "")) for entry in revised]
    after = str(revised[-1].get("title", "")) if revised else ""
    unit = str(facts.get("unit") or "post")
    # Another order than the blog's topics of the month: the two are planned at the same time.
    ideas = new_ideas(tenant, f"{facts.get('month', '')} {unit}", known, after)
    count = len(revised) or int(str(facts.get("wanted") or 4))
    days = _days(facts, count)
    entries = [_entry(facts, tenant, next(ideas), unit, days[place]) for place in range(count)]
    for entry, old in zip(entries, revised, strict=False):
        notes = " ".join(str(old.get("notes") or "").split())
        entry["replaces"] = old.get("request_id")
        entry["brief"] = f"{entry['brief']} Takes the place of “{old.get('title')}”. The note: “{notes}”"
    return {"entries": entries}


def _entry(facts: Mapping[str, object], tenant: TenantFacts, idea: Idea, unit: str, day: date) -> dict[str, object]:
    words = tenant.words(idea.product)
    channels = [one for one in _entries(facts.get("channels")) if isinstance(one, Mapping)]
    form = _form(unit, idea.title)
    return {
        "replaces": None,
        "title": idea.title,
        "platforms": list(dict.fromkeys(str(channel.get("platform")) for channel in channels)),
        "format": form,
        "audience": at_start(tenant.audience),
        "brief": f"{fill(idea.article.brief, words)} {fill(_ANGLES[form], words)}",
        "date": day.isoformat(),
    }


def _form(unit: str, title: str) -> str:
    if "newsletter" in unit:
        return "newsletter"
    return "offer" if "GBP" in unit else pick(_FORMATS, title)


def _days(facts: Mapping[str, object], count: int) -> list[date]:
    """Days spread evenly from the earliest to the latest."""
    earliest, latest = (date.fromisoformat(str(facts[name])) for name in ("earliest", "latest"))
    span = (latest - earliest).days
    return [earliest + timedelta(days=span * place // max(1, count)) for place in range(count)]


def _entries(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
