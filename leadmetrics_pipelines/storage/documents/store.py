"""What a document store does: immutable, numbered versions of JSON documents, sealed per tenant.

Skills, bodies of content, activity outputs and transcripts live here. Two stores fulfil this: Postgres (the default,
in the transaction of the unit of work) and MongoDB. One contract suite tests both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes

# MongoDB refuses documents over 16 MB; half of that leaves room for its own encoding, and is the same in both stores.
LARGEST_BODY_BYTES = 8 * 1024 * 1024
# MongoDB refuses more than 100 levels, its own wrapping included.
DEEPEST_NESTING = 80
LONGEST_KEY = 400


@dataclass(frozen=True, kw_only=True)
class StoredVersion:
    """One version, without its body. `digest` is the body's (kit/digests.py), `created_at` is UTC."""

    key: str
    version: int
    digest: str
    author: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredDocument(StoredVersion):
    """One version with its body."""

    body: Mapping[str, Any]


class DocumentStore(Protocol):
    """Versions count 1, 2, 3; a body equal to the newest version's stores nothing new.

    Two writers at once get two versions. Whoever refers to a document keeps (key, version), not the key alone: a store
    outside Postgres keeps a version even when the transaction that made it is rolled back.
    """

    def put(self, tenant_id: UUID, key: str, body: Mapping[str, Any], *, author: str, at: datetime) -> StoredVersion:
        """Store a new version (or return the newest, if it is equal); raise InvalidInput when it cannot be stored."""
        ...

    def get(self, tenant_id: UUID, key: str, version: int | None = None) -> StoredDocument:
        """One version, the newest by default; raise NotFound when there is none."""
        ...

    def history(self, tenant_id: UUID, key: str) -> tuple[StoredVersion, ...]:
        """All versions, oldest first; empty for an unknown key."""
        ...

    def keys(self, tenant_id: UUID, prefix: str = "") -> tuple[str, ...]:
        """The keys of a tenant that start so, sorted."""
        ...


def check_entry(key: str, body: Mapping[str, Any]) -> str:
    """The digest of a body that either store can keep.

    Raises:
        InvalidInput: the key or body is not of a kind that comes back from both stores as it went in.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(f"A document key has 1 to {LONGEST_KEY} printable characters, not {key!r:.60}.", field="key")
    _check_value(body, depth=1)
    try:
        data = canonical_json(body)
    except ValueError as error:  # NaN, infinity, or half of a surrogate pair
        raise InvalidInput(f"This document cannot be written as JSON: {error}.", field="body") from error
    if len(data) > LARGEST_BODY_BYTES:
        raise InvalidInput(
            f"This text is {len(data) / 1024**2:.1f} MB; at most {LARGEST_BODY_BYTES / 1024**2:.0f} MB can be stored."
            " Shorten it, or link to large material.",
            field="body",
        )
    return sha256_bytes(data)


def no_such_document(key: str, version: int | None) -> NotFound:
    """The error of both stores for what is not there."""
    wanted = f"'{key}'" if version is None else f"'{key}' version {version}"
    return NotFound(f"There is no document {wanted} in this tenant.")


def _check_value(value: object, depth: int) -> None:
    if depth > DEEPEST_NESTING:
        raise InvalidInput(f"This document is nested deeper than {DEEPEST_NESTING} levels.", field="body")
    match value:
        case Mapping():
            for name, inner in value.items():
                if not isinstance(name, str):
                    raise InvalidInput(f"{name!r} is not a name in JSON; only texts are.", field="body")
                _check_scalar(name)
                _check_value(inner, depth + 1)
        case list() | tuple():
            for inner in value:
                _check_value(inner, depth + 1)
        case _:
            _check_scalar(value)


def _check_scalar(value: object) -> None:
    match value:
        case None | bool() | float():
            pass
        case str():
            # Postgres cannot hold the character in JSONB at all.
            if "\0" in value:
                raise InvalidInput("This document holds the character U+0000; remove it.", field="body")
        case int():
            if not -(2**63) <= value < 2**63:
                raise InvalidInput(f"The number {value} is too large to store; make it a text.", field="body")
        case _:
            raise InvalidInput(f"A {type(value).__name__} is not JSON; convert it first.", field="body")
