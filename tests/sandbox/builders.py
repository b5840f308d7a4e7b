"""What the tests of the sandbox send."""

from __future__ import annotations

import json
import struct
import zlib

import httpx

from leadmetrics_pipelines.sandbox.running import RunningSandbox

EDITOR = ("editor", "demo demo demo demo demo demo")
AUTHOR = ("author", "auth auth auth auth auth auth")
KEY = {"authorization": "Bearer any", "anthropic-version": "2026-10-21"}

TENANT: dict[str, object] = {
    "name": "Acme Office Furniture",
    "website": "https://acme.example",
    "industry": "Office furniture",
    "products": ["Standing desks", "Office chairs", "Acoustic panels"],
    "audience": "Office managers",
    "tone": "friendly",
    "location": "Lyon",
}
TOPIC_LIST: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["topics"],
    "properties": {"topics": {"type": "array", "items": {"$ref": "#/$defs/Topic"}}},
    "$defs": {
        "Topic": {
            "type": "object",
            "additionalProperties": False,
            "required": ["replaces", "title", "target_keyword", "search_intent", "audience", "brief"],
            "properties": {
                "replaces": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "title": {"type": "string"},
                "target_keyword": {"type": "string"},
                "search_intent": {
                    "type": "string",
                    "enum": ["informational", "commercial", "transactional", "navigational"],
                },
                "audience": {"type": "string"},
                "brief": {"type": "string"},
            },
        }
    },
}
BLOG_DRAFT: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "slug", "excerpt", "body_markdown"],
    "properties": {name: {"type": "string"} for name in ("title", "slug", "excerpt", "body_markdown")},
}


def client_of(sandbox: RunningSandbox, auth: tuple[str, str] | None, site: str = "acme") -> httpx.Client:
    """A client whose paths start at the site's REST API, version wp/v2."""
    url = f"{sandbox.wordpress_url(site)}/wp-json/wp/v2/"
    return httpx.Client(base_url=url, auth=auth, timeout=20, trust_env=False)


def a_post(**fields: object) -> dict[str, object]:
    """A post as a client would send it."""
    return {"title": "Hello", "content": "<p>Text</p>", "slug": "hello", "status": "publish", **fields}


def a_png(width: int = 3, height: int = 2) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x80" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def a_question(
    facts: dict[str, object] | None = None, schema: dict[str, object] | None = None, **fields: object
) -> dict:
    """A Messages API request: instructions, facts and, with a schema, structured output."""
    text = "Write." + (f"\n<facts>{json.dumps(facts)}</facts>" if facts is not None else "")
    asked = {"model": "claude-sonnet-5-5", "max_tokens": 16000, "messages": [{"role": "user", "content": text}]}
    if schema is not None:
        asked["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    return asked | fields


def ask(sandbox: RunningSandbox, question: dict) -> httpx.Response:
    """The answer over HTTP."""
    url = f"{sandbox.anthropic_url}/v1/messages"
    return httpx.post(url, json=question, headers=KEY, timeout=20, trust_env=False)


def value_in(answer: httpx.Response) -> dict:
    """The JSON in an answer's text."""
    value: dict = json.loads(answer.json()["content"][0]["text"])
    return value
