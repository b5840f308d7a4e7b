"""The vendor's own client against the Messages API twin."""

from __future__ import annotations

import json
from collections.abc import Iterator

import anthropic
import pytest
from pydantic import BaseModel, Field

from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import TENANT


class Topic(BaseModel):
    replaces: str | None
    title: str = Field(min_length=1, max_length=200)
    brief: str


class Topics(BaseModel):
    topics: list[Topic]


PROMPT = f"<facts>{json.dumps({'tenant': TENANT, 'month': '2026-11', 'wanted': 10})}</facts>"


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="sandbox", base_url=sandbox.anthropic_url, max_retries=0, timeout=20) as made:
        yield made


def test_the_sdk_reads_structured_output_usage_and_request_id(client: anthropic.Anthropic) -> None:
    """messages.create with output_config, schema through transform_schema."""
    schema = anthropic.transform_schema(Topics)
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=8000,
        system=[{"type": "text", "text": "You plan blogs. " * 50, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": PROMPT}],
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    (block,) = message.content
    assert block.type == "text"
    assert len(Topics.model_validate_json(block.text).topics) == 10
    assert (message.stop_reason, message.model) == ("end_turn", "claude-sonnet-5-5+sandbox")
    assert message._request_id is not None
    assert (message.usage.cache_creation_input_tokens or 0) >= 200
    assert message.usage.cache_read_input_tokens == 0


def test_the_sdk_uses_a_forced_tool_and_streams(client: anthropic.Anthropic) -> None:
    """Tool input and streamed text arrive whole."""
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=8000,
        messages=[{"role": "user", "content": PROMPT}],
        tools=[{"name": "plan", "input_schema": Topics.model_json_schema()}],
        tool_choice={"type": "tool", "name": "plan"},
    )
    (block,) = message.content
    assert block.type == "tool_use"
    assert len(Topics.model_validate(block.input).topics) == 10
    asked = [{"role": "user", "content": "Hello"}]
    with client.messages.stream(model="claude-sonnet-5-5", max_tokens=100, messages=asked) as stream:  # type: ignore[arg-type]
        text = "".join(stream.text_stream)
        assert (text, stream.get_final_message().stop_reason) == (
            "This is the sandbox, not a language model. You asked: Hello", "end_turn",
        )  # fmt: skip


def test_the_sdk_raises_its_own_errors(client: anthropic.Anthropic, sandbox: RunningSandbox) -> None:
    """429, 529, 400 and a lost connection become the classes that the client code tells apart."""

    def ask() -> None:
        client.messages.create(model="claude-sonnet-5-5", max_tokens=10, messages=[{"role": "user", "content": "Hi"}])

    sandbox.set_fault("anthropic", "status", status=429, headers={"retry-after": "30"})
    with pytest.raises(anthropic.RateLimitError) as limited:
        ask()
    assert limited.value.response.headers["retry-after"] == "30"
    sandbox.set_fault("anthropic", "status", status=529)
    with pytest.raises(anthropic.InternalServerError) as overloaded:
        ask()
    assert overloaded.value.status_code == 529
    sandbox.set_fault("anthropic", "drop_after")
    with pytest.raises(anthropic.APIConnectionError):
        ask()
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        client.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=10,
            messages=[{"role": "user", "content": "Hi"}],
            extra_body={"temperature": 1},
        )


def test_models_and_tokens(client: anthropic.Anthropic) -> None:
    """The two cheap calls."""
    assert "claude-sonnet-5-5" in [model.id for model in client.models.list()]
    counted = client.messages.count_tokens(model="claude-sonnet-5-5", messages=[{"role": "user", "content": "x" * 40}])
    assert counted.input_tokens == 10
