"""Reading a prompt: its text, its facts, and which of its prefixes the caller wants cached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.sandbox.anthropic.requests import TokenRequest

_FACTS = re.compile(r"<facts>(.*?)</facts>", re.DOTALL)


def read_facts(request: TokenRequest) -> dict[str, object]:
    """The last `<facts>` object of the user's turns; {} when there is none, or it is not JSON."""
    for message in reversed(request.messages):
        if message.role != "user":
            continue
        for found in reversed(_FACTS.findall(_text_of(message.content))):
            try:
                facts = json.loads(found)
            except ValueError:
                continue
            if isinstance(facts, dict):
                return facts
    return {}


def last_question(request: TokenRequest) -> str:
    """The text of the last user turn."""
    turns = [_text_of(message.content) for message in request.messages if message.role == "user"]
    return turns[-1] if turns else ""


def cut_points(request: TokenRequest) -> tuple[int, list[tuple[str, int, timedelta]]]:
    """The prompt's length in characters, and each cache breakpoint: (digest of the prefix, its length, lifetime)."""
    text = request.model
    start = len(text)
    points: list[tuple[str, int, timedelta]] = []
    for block in _blocks(request):
        text += _text_of([block])
        control = block.get("cache_control")
        if isinstance(control, Mapping):
            lifetime = timedelta(hours=1) if control.get("ttl") == "1h" else timedelta(minutes=5)
            points.append((sha256_bytes(text.encode()), len(text) - start, lifetime))
    return len(text) - start, points


def _blocks(request: TokenRequest) -> Iterator[Mapping[str, object]]:
    for tool in request.tools:
        yield tool.model_dump()
    if request.output_config is not None:
        yield {"type": "config", "config": request.output_config.model_dump()}
    yield from _as_blocks(request.system)
    for message in request.messages:
        yield from _as_blocks(message.content)


def _as_blocks(content: str | list[dict[str, object]] | None) -> list[dict[str, object]]:
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text_of(content: object) -> str:
    """The text of content: text blocks as they are, all others as JSON."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    parts = []
    for block in blocks:
        if block.get("type") == "text":
            parts.append(str(block.get("text", "")))
        else:
            parts.append(json.dumps({key: value for key, value in block.items() if key != "cache_control"}))
    return "\n".join(parts)
