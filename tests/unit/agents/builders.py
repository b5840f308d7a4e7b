"""Facts and answers that are in order, to be spoilt by a test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leadmetrics_pipelines.agents.calls import ModelCall
from leadmetrics_pipelines.agents.facts import BriefFacts, DraftFacts, TenantFacts, TopicFacts
from leadmetrics_pipelines.agents.schemas import BlogDraft, Topic, TopicList
from leadmetrics_pipelines.domain.content import SearchIntent

TENANT = TenantFacts(
    name="Acme",
    website="https://acme.example",
    industry="Tea",
    products=("Green tea", "Teapots"),
    audience="People who drink tea",
    tone="Warm",
    location="Hamburg",
)
BODY = "Tea is good.\n\n## Why\n\n- It is warm.\n- It is wet.\n\n" + "A word about tea follows here. " * 40


def topic_facts(**changes: Any) -> TopicFacts:  # noqa: ANN401  any field
    """Two topics are wanted."""
    return TopicFacts.model_validate({"tenant": TENANT, "month": "2026-11", "wanted": 2, **changes})


def draft_facts(**changes: Any) -> DraftFacts:  # noqa: ANN401  any field
    """A first draft is wanted."""
    request = BriefFacts(
        title="Green tea, brewed right",
        target_keyword="brew green tea",
        search_intent=SearchIntent.INFORMATIONAL,
        audience="Beginners",
        brief="Temperature and time.",
    )
    return DraftFacts.model_validate({"tenant": TENANT, "month": "2026-11", "request": request, **changes})


def a_topic(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  any field
    """A topic as JSON."""
    topic = {
        "replaces": None,
        "title": "Green tea, brewed right",
        "target_keyword": "brew green tea",
        "search_intent": "informational",
        "audience": "Beginners",
        "brief": "Temperature and time.",
    }
    return {**topic, **changes}


def topics(*titles: str, **changes: Any) -> TopicList:  # noqa: ANN401  any field
    """A list with these titles."""
    return TopicList(topics=tuple(Topic(**a_topic(title=title, **changes)) for title in titles))


def a_draft(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  any field
    """A draft as JSON."""
    return {"title": "Green tea", "slug": "green-tea", "excerpt": "How to.", "body_markdown": BODY, **changes}


def draft(**changes: Any) -> BlogDraft:  # noqa: ANN401  any field
    """A draft."""
    return BlogDraft(**a_draft(**changes))


def a_call(**changes: Any) -> ModelCall:  # noqa: ANN401  any field
    """A call that was answered."""
    call: dict[str, Any] = {
        "requested_model": "claude-sonnet-5-5",
        "model": "claude-sonnet-5-5",
        "stop_reason": "end_turn",
        "input_tokens": 100,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 10,
        "cost_microusd": 300,
        "request_id": "req_1",
        "started_at": datetime(2026, 11, 20, tzinfo=UTC),
        "milliseconds": 12,
    }
    return ModelCall(**{**call, **changes})
