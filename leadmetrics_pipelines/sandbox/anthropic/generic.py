"""Values that fit a JSON schema: what a good writer supplies, completed and trimmed until it fits."""

from __future__ import annotations

import math
from typing import Any

from leadmetrics_pipelines.sandbox.anthropic.choice import pick

Schema = dict[str, Any]  # JSON schema: any JSON object

_MOST_DEPTH = 12
_SENTENCES = (
    "Nothing in the brief speaks against it.",
    "This follows from the facts that were given.",
    "A person should look at this before it is used.",
    "The figures are plausible, the source is the brief.",
)
_FORMATS = {
    "date-time": "2026-11-02T09:00:00Z",
    "date": "2026-11-02",
    "time": "09:00:00Z",
    "email": "somebody@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_MISSING = object()


def fitting(schema: Schema, proposal: object = _MISSING, *, seed: str = "") -> object:
    """A value that fits the schema: the proposal where it does, made-up values where it does not."""
    return _fit(schema, schema, proposal, seed, 0)


def _fit(schema: Schema, root: Schema, proposal: object, seed: str, depth: int) -> object:
    schema = _resolved(schema, root)
    branches = schema.get("anyOf") or schema.get("oneOf")
    if "const" in schema or "enum" in schema:
        allowed = [schema["const"]] if "const" in schema else schema["enum"]
        return proposal if proposal in allowed else pick(allowed, seed)
    if branches:
        return _fit(_branch(branches, root, proposal), root, proposal, seed, depth)
    kind = _kind(schema, proposal)
    if kind == "object":
        return _object(schema, root, proposal, seed, depth)
    if kind == "array":
        return _array(schema, root, proposal, seed, depth)
    return _scalar(kind, schema, proposal, seed)


def _kind(schema: Schema, proposal: object) -> str:
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        is_null = "null" in kind and (proposal is None or len(kind) == 1)
        return "null" if is_null else next(str(name) for name in kind if name != "null")
    return str(kind)


def _scalar(kind: str, schema: Schema, proposal: object, seed: str) -> object:
    match kind:
        case "integer" | "number":
            return _number(schema, proposal, seed, is_whole=kind == "integer")
        case "boolean":
            return proposal if isinstance(proposal, bool) else True
        case "null":
            return None
        case _:
            return _string(schema, proposal, seed)


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for part in filter(None, schema["$ref"].removeprefix("#").split("/")):
            target = target[part]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    for part in schema.get("allOf", ()):
        schema = {**_resolved(part, root), **schema}
    return schema


def _branch(branches: list[Schema], root: Schema, proposal: object) -> Schema:
    """The branch that suits the proposal; null only when null was proposed."""
    resolved = [_resolved(branch, root) for branch in branches]
    if proposal is None:
        wanted = [branch for branch in resolved if branch.get("type") == "null"]
    else:
        wanted = [branch for branch in resolved if branch.get("type") == _type_name(proposal)]
    return (wanted or [branch for branch in resolved if branch.get("type") != "null"] or resolved)[0]


def _type_name(value: object) -> str:
    names = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
    return next((name for kind, name in names if isinstance(value, kind)), "")


def _object(schema: Schema, root: Schema, proposal: object, seed: str, depth: int) -> dict[str, object]:
    offered = proposal if isinstance(proposal, dict) else {}
    properties: dict[str, Schema] = schema.get("properties", {})
    required = schema.get("required", [])
    value: dict[str, object] = {}
    for name, inner in properties.items():
        # Optional parts of a recursive schema end somewhere.
        if name in required or name in offered or depth < _MOST_DEPTH // 4:
            value[name] = _fit(inner, root, offered.get(name, _MISSING), f"{seed}.{name}", depth + 1)
    return value


def _array(schema: Schema, root: Schema, proposal: object, seed: str, depth: int) -> list[object]:
    items: Schema = schema.get("items", {})
    least = int(schema.get("minItems", 0))
    most = int(schema.get("maxItems", 10_000))
    offered = list(proposal) if isinstance(proposal, list) else []
    if not isinstance(proposal, list):
        offered = [_MISSING] * (min(2, most) if depth < _MOST_DEPTH else 0)
    offered = (offered + [_MISSING] * (least - len(offered)))[:most]
    return [_fit(items, root, item, f"{seed}[{place}]", depth + 1) for place, item in enumerate(offered)]


def _number(schema: Schema, proposal: object, seed: str, *, is_whole: bool) -> float:
    low = float(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))
    high = float(schema.get("maximum", schema.get("exclusiveMaximum", max(low, 0) + 101) - 1))
    step = float(schema.get("multipleOf", 1))
    if isinstance(proposal, int | float) and not isinstance(proposal, bool) and low <= proposal <= high:
        return round(proposal) if is_whole else proposal
    first = math.ceil(low / step)
    last = max(first, math.floor(high / step))
    value = pick(range(first, last + 1), seed) * step
    return round(value) if is_whole else min(max(value, low), max(low, high))


def _string(schema: Schema, proposal: object, seed: str) -> str:
    if schema.get("format") in _FORMATS and not isinstance(proposal, str):
        return _FORMATS[schema["format"]]
    text = proposal if isinstance(proposal, str) else pick(_SENTENCES, seed)
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10_000_000))
    while len(text) < least:
        text = f"{text} {pick(_SENTENCES, seed, len(text))}"
    return text[:most]
