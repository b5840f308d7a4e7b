"""The Messages API twin over HTTP: what it refuses, how it counts, and when it stops."""

from __future__ import annotations

import json

import httpx
import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import BLOG_DRAFT, KEY, TENANT, TOPIC_LIST, a_question, ask, value_in

FACTS: dict[str, object] = {"tenant": TENANT, "month": "2026-11", "wanted": 10, "existing_titles": [], "revise": []}


def test_a_structured_answer_is_json_of_the_schema(sandbox: RunningSandbox) -> None:
    """One text block, end_turn, marked as the sandbox's in header and model."""
    answer = ask(sandbox, a_question(FACTS, TOPIC_LIST))
    body = answer.json()
    assert (answer.status_code, body["type"], body["stop_reason"]) == (200, "message", "end_turn")
    assert (body["model"], answer.headers["x-sandbox"]) == ("claude-sonnet-5-5+sandbox", "leadmetrics")
    assert answer.headers["request-id"].startswith("req_")
    assert len(value_in(answer)["topics"]) == 10


def test_the_same_question_has_the_same_answer(sandbox: RunningSandbox) -> None:
    """Deterministic, whatever was asked in between."""
    first = value_in(ask(sandbox, a_question(FACTS, TOPIC_LIST)))
    ask(sandbox, a_question())
    assert value_in(ask(sandbox, a_question(FACTS, TOPIC_LIST))) == first


@pytest.mark.parametrize("header", [{}, {"authorization": "Basic x"}, {"authorization": "Bearer"}, {"x-api-key": "k"}])
def test_without_a_bearer_token_it_is_401(sandbox: RunningSandbox, header: dict[str, str]) -> None:
    """authentication_error, in the API's shape."""
    headers = {"anthropic-version": "2026-10-21", **header}
    answer = httpx.post(f"{sandbox.anthropic_url}/v1/messages", json=a_question(), headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert answer.json()["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_tokens": None}, "max_tokens: "),
        ({"max_tokens": 0}, "max_tokens: "),
        ({"messages": []}, "messages: "),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 'first message must use the "user" role'),
        ({"messages": [{"role": "user", "content": ""}]}, "messages.0: all messages must have non-empty content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "messages.0.content.0.text"),
        ({"temperature": 0.5}, "temperature: Extra inputs are not permitted"),
        ({"top_p": 0.5}, "top_p: Extra inputs are not permitted"),
        ({"top_k": 5}, "top_k: Extra inputs are not permitted"),
        ({"tool_choice": {"type": "any"}}, "tool_choice: Tools must be provided"),
    ],
)
def test_a_wrong_request_is_400_and_says_where(
    sandbox: RunningSandbox, fields: dict[str, object], message: str
) -> None:
    """invalid_request_error with the field's path."""
    answer = ask(sandbox, a_question() | fields)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert message in answer.json()["error"]["message"]


def test_a_loose_schema_is_refused(sandbox: RunningSandbox) -> None:
    """Structured output wants closed objects and knows no bounds: transform_schema sees to both."""
    loose = ask(sandbox, a_question(schema={"type": "object", "properties": {}}))
    assert "'additionalProperties' must be explicitly set to false" in loose.json()["error"]["message"]
    bound = {"type": "object", "additionalProperties": False, "properties": {"n": {"type": "integer", "minimum": 1}}}
    assert "property 'minimum' is not supported" in ask(sandbox, a_question(schema=bound)).json()["error"]["message"]


def test_an_unknown_model_is_404_and_broken_json_400(sandbox: RunningSandbox) -> None:
    """not_found_error names the model."""
    answer = ask(sandbox, a_question(model="gpt-x"))
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "model: gpt-x")
    broken = httpx.post(f"{sandbox.anthropic_url}/v1/messages", content=b"{", headers=KEY, trust_env=False)
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_request_error")


def test_an_answer_over_max_tokens_is_really_cut(sandbox: RunningSandbox) -> None:
    """stop_reason max_tokens, text that ends in the middle, and no more tokens than allowed."""
    answer = ask(sandbox, a_question(FACTS, TOPIC_LIST, max_tokens=50))
    body = answer.json()
    assert (body["stop_reason"], body["usage"]["output_tokens"]) == ("max_tokens", 50)
    with pytest.raises(json.JSONDecodeError):
        value_in(answer)


def test_a_forced_tool_is_used(sandbox: RunningSandbox) -> None:
    """tool_use with input that fits the tool's schema."""
    tool = {"name": "save", "description": "Save", "input_schema": BLOG_DRAFT, "strict": True}
    asked = a_question({"tenant": TENANT}, tools=[tool], tool_choice={"type": "tool", "name": "save"})
    body = ask(sandbox, asked).json()
    (block,) = body["content"]
    assert (body["stop_reason"], block["type"], block["name"]) == ("tool_use", "tool_use", "save")
    assert set(block["input"]) == {"title", "slug", "excerpt", "body_markdown"}
    wrong = ask(sandbox, asked | {"tool_choice": {"type": "tool", "name": "load"}})
    assert (wrong.status_code, "Tool 'load' not found" in wrong.text) == (400, True)


def test_tokens_are_a_quarter_of_the_characters(sandbox: RunningSandbox) -> None:
    """count_tokens and the answer's usage agree."""
    question = a_question(messages=[{"role": "user", "content": "x" * 4000}])
    count = {name: question[name] for name in ("model", "messages")}
    url = f"{sandbox.anthropic_url}/v1/messages/count_tokens"
    counted = httpx.post(url, json=count, headers=KEY, trust_env=False).json()
    assert counted == {"input_tokens": 1000}
    assert ask(sandbox, question).json()["usage"]["input_tokens"] == 1000


def test_a_marked_prefix_is_written_then_read_until_it_expires(sandbox: RunningSandbox, clock: FixedClock) -> None:
    """Cache creation first, cache read within five minutes, creation again after; the total stays the same."""
    system = [{"type": "text", "text": "c" * 4000, "cache_control": {"type": "ephemeral"}}]

    def usage(text: str) -> tuple[int, int, int]:
        body = ask(sandbox, a_question(system=system, messages=[{"role": "user", "content": text}])).json()
        used = body["usage"]
        return used["cache_creation_input_tokens"], used["cache_read_input_tokens"], used["input_tokens"]

    assert usage("a" * 40) == (1000, 0, 10)
    clock.advance(seconds=299)
    assert usage("b" * 80) == (0, 1000, 20)
    clock.advance(seconds=301)
    assert usage("c" * 40) == (1000, 0, 10)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error"), (401, "authentication_error")]
)
def test_errors_on_demand_have_the_apis_shape(sandbox: RunningSandbox, status: int, kind: str) -> None:
    """429 carries the retry-after that was asked for."""
    sandbox.set_fault("anthropic", "status", status=status, headers={"retry-after": "3"})
    answer = ask(sandbox, a_question())
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert answer.headers["retry-after"] == "3"
    assert ask(sandbox, a_question()).status_code == 200


def test_bad_answers_on_demand(sandbox: RunningSandbox) -> None:
    """Cut off, not matching the schema, refused: each once, then a good one."""
    question = a_question(FACTS, TOPIC_LIST)
    sandbox.set_fault("anthropic", "cut_answer")
    cut = ask(sandbox, question)
    assert cut.json()["stop_reason"] == "max_tokens"
    with pytest.raises(json.JSONDecodeError):
        value_in(cut)
    sandbox.set_fault("anthropic", "invalid_answer")
    assert "topics" not in value_in(ask(sandbox, question))
    sandbox.set_fault("anthropic", "refusal")
    refused = ask(sandbox, question).json()
    assert (refused["stop_reason"], refused["content"]) == ("refusal", [])
    assert len(value_in(ask(sandbox, question))["topics"]) == 10


def test_without_facts_the_answer_is_still_valid(sandbox: RunningSandbox) -> None:
    """A schema it knows, with nothing to go by."""
    written = value_in(ask(sandbox, a_question(schema=BLOG_DRAFT)))
    assert set(written) == {"title", "slug", "excerpt", "body_markdown"}
    assert value_in(ask(sandbox, a_question(schema=TOPIC_LIST)))["topics"][0]["search_intent"]
    broken = a_question(schema=TOPIC_LIST, messages=[{"role": "user", "content": "<facts>{not json</facts>"}])
    assert value_in(ask(sandbox, broken))["topics"]


def test_plain_text_says_that_it_is_the_sandbox(sandbox: RunningSandbox) -> None:
    """Nobody should take it for a model; stop sequences are obeyed."""
    body = ask(sandbox, a_question(stop_sequences=["language"])).json()
    assert (body["stop_reason"], body["stop_sequence"]) == ("stop_sequence", "language")
    assert body["content"][0]["text"] == "This is the sandbox, not a "


def test_the_page_shows_what_was_asked_and_posted(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Posts by site, the model's calls, faults with buttons; titles are escaped."""
    editor.post("posts", json={"title": "<i>Desk</i>", "slug": "desk", "status": "publish"})
    ask(sandbox, a_question(FACTS, TOPIC_LIST))
    page = sandbox.control.get("/").text
    assert "&lt;i&gt;Desk&lt;/i&gt;" in page
    assert f'href="{sandbox.wordpress_url()}/desk/"' in page
    assert "claude-sonnet-5-5" in page
    pressed = sandbox.control.post("/buttons/fault", data={"preset": "wordpress-maintenance"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/")
    assert editor.get("posts").status_code == 503
    assert "Clear all faults" in sandbox.control.get("/").text
    sandbox.control.post("/buttons/clear")
    assert editor.get("posts").status_code == 200
    assert sandbox.control.post("/buttons/fault", data={"preset": "nonsense"}).status_code == 422
