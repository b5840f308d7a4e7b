"""The page of the JSON API, made from its own OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from leadmetrics_pipelines.domain.people import AGENT_SCOPES, PERMISSIONS, Permission, Role
from leadmetrics_pipelines.review.api.app import PREFIX, api_router, openapi_document
from leadmetrics_pipelines.review.api.problems import MEDIA_TYPE
from leadmetrics_pipelines.services.runtime import Runtime
from scripts.reference.markdown import code, page, table

_ABOUT = f"""
The review app serves the API under `{PREFIX}`; the OpenAPI description is at `{PREFIX}/openapi.json`. Send a token
with every request: `Authorization: Bearer lmp_...`. A token belongs to one tenant, so no address names one. A first
call, step by step: [use the API](../how-to/use-the-api.md).
"""
_RULES = f"""
## Rules of every route

- Bodies and answers are JSON; an unknown field in a body is refused. Instants are UTC, ISO 8601 with an offset.
- Lists are paged: give `next` of one answer as `after` of the following request.
- A failure is `{MEDIA_TYPE}`: `detail` is for people, `code` (`AlreadyDecided`, `SealMismatch`, ...) for programs.
- The scope is checked before the body is read. Another tenant's id answers as one that does not exist: 404.
"""


def make_page() -> str:
    """`docs/reference/api.md`."""
    # Routes are only described: nothing of the runtime is used.
    document = openapi_document(api_router(cast("Runtime", None)))
    rows: dict[str, list[tuple[str, ...]]] = {}
    for tag, row in _routes(document):
        rows.setdefault(tag, []).append(row)
    headings = ("route", "scope", "what it does")
    routes = [f"### {tag.capitalize()}\n\n{table(headings, found)}" for tag, found in rows.items()]
    return page("JSON API", _ABOUT, _RULES, "## Scopes", _scopes(), "## Routes", *routes)


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            about, _, scope = route["description"].rpartition("Scope: ")
            text = about.strip() or route["summary"]
            yield route["tags"][0], (code(f"{method.upper()} {path}"), scope.rstrip("."), text)


def _scopes() -> str:
    rows = [
        (
            code(permission),
            *("yes" if permission in allowed else "" for allowed in (AGENT_SCOPES, *PERMISSIONS.values())),
        )
        for permission in Permission
    ]
    about = (
        "A person's token acts as that person: their role's permissions *and* the token's scopes, judged anew at each "
        "call. An agent's token never gets more than the column *agent*, whatever its scopes say."
    )
    return f"{about}\n\n{table(('scope', 'agent', *map(_words, PERMISSIONS)), rows)}"


def _words(role: Role) -> str:
    return role.replace("_", " ")
