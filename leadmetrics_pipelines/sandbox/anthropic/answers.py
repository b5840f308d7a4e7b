"""Composing an answer: which writer, in which block, how long, and for what reason it stops."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from leadmetrics_pipelines.sandbox.anthropic import calendars, drafts, generic, newsletters, social, topics
from leadmetrics_pipelines.sandbox.anthropic.choice import number
from leadmetrics_pipelines.sandbox.anthropic.prompts import last_question, read_facts
from leadmetrics_pipelines.sandbox.anthropic.requests import JSON, MessagesRequest, Tool

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True)
class ComposedAnswer:
    """The content blocks of an answer and why it ended there."""

    content: list[JSON]
    stop_reason: str
    stop_sequence: str | None = None

    @property
    def text(self) -> str:
        """The answer's words, tool input as JSON."""
        return "".join(block.get("text", "") or json.dumps(block.get("input", {})) for block in self.content)

    @property
    def tokens(self) -> int:
        """About a quarter of the characters."""
        return count_tokens(len(self.text))


def count_tokens(characters: int) -> int:
    """Tokens of that many characters, about."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def compose(request: MessagesRequest, effect: str | None) -> ComposedAnswer:
    """The answer to a request. `effect`: cut_answer, invalid_answer or refusal, when a fault asks for it."""
    if effect == "refusal":
        return ComposedAnswer(content=[], stop_reason="refusal")
    tool = _forced_tool(request)
    if tool is not None:
        return _use_tool(request, tool, effect)
    text = _text(request, effect)
    for sequence in request.stop_sequences:
        if sequence in text:
            return ComposedAnswer(
                content=[_text_block(text.partition(sequence)[0])], stop_reason="stop_sequence", stop_sequence=sequence
            )
    if effect == "cut_answer":
        return ComposedAnswer(content=[_text_block(text[: len(text) // 2])], stop_reason="max_tokens")
    if count_tokens(len(text)) > request.max_tokens:
        kept = text[: request.max_tokens * CHARACTERS_PER_TOKEN]
        return ComposedAnswer(content=[_text_block(kept)], stop_reason="max_tokens")
    return ComposedAnswer(content=[_text_block(text)], stop_reason="end_turn")


def write_value(schema: JSON, facts: dict[str, object], seed: str) -> object:
    """A value for the schema, by the writer who knows such schemas."""
    fields = schema.get("properties", {})
    proposal: object = {}
    if "topics" in fields and facts:
        proposal = topics.write_topics(facts)
    elif "entries" in fields and facts:
        proposal = calendars.write_calendar(facts)
    elif "first_comment" in fields and facts:
        proposal = social.write_post(facts)
    elif "subject" in fields and facts:
        proposal = newsletters.write_newsletter(facts)
    elif "body_markdown" in fields and facts:
        proposal = drafts.write_draft(facts)
    return generic.fitting(schema, proposal, seed=seed)


def _forced_tool(request: MessagesRequest) -> Tool | None:
    choice = request.tool_choice
    if choice is None or choice.type not in {"tool", "any"}:
        return None
    return next(tool for tool in request.tools if choice.name in {None, tool.name})


def _use_tool(request: MessagesRequest, tool: Tool, effect: str | None) -> ComposedAnswer:
    value = write_value(tool.input_schema, read_facts(request), last_question(request))
    if effect == "invalid_answer":
        value = {"unexpected": "This does not fit the schema."}
    identifier = f"toolu_{number(tool.name, last_question(request)):024x}"
    is_cut = effect == "cut_answer" or count_tokens(len(json.dumps(value))) > request.max_tokens
    block: JSON = {"type": "tool_use", "id": identifier, "name": tool.name, "input": {} if is_cut else value}
    return ComposedAnswer(content=[block], stop_reason="max_tokens" if is_cut else "tool_use")


def _text(request: MessagesRequest, effect: str | None) -> str:
    form = request.output_config.format if request.output_config else None
    if effect == "invalid_answer":
        return (
            json.dumps({"unexpected": "This does not fit the schema."}) if form else "This is not what was asked for."
        )
    if form is not None:
        value = write_value(form.schema_, read_facts(request), last_question(request))
        return json.dumps(value, ensure_ascii=False)
    question = " ".join(last_question(request).split())
    return f"This is the sandbox, not a language model. You asked: {question[:400]}"


def _text_block(text: str) -> JSON:
    return {"type": "text", "text": text, "citations": None}
