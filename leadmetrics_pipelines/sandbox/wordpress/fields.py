"""`_fields`: only what the client asked for, nested names with dots included."""

from __future__ import annotations

from leadmetrics_pipelines.sandbox.wordpress.params import parse_list


def only_fields(body: object, asked: object) -> object:
    """The body with the asked fields alone; lists item by item, errors untouched."""
    names = [str(name) for name in parse_list(asked)]
    if isinstance(body, list):
        return [only_fields(item, names) for item in body]
    if not isinstance(body, dict) or not names or ("code" in body and "message" in body):
        return body
    kept: dict[str, object] = {}
    for name in names:
        head, _, rest = name.partition(".")
        if head in body:
            value = only_fields(body[head], [rest]) if rest else body[head]
            earlier = kept.get(head)
            kept[head] = earlier | value if isinstance(earlier, dict) and isinstance(value, dict) else value
    return kept
