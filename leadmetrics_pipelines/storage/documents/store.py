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

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes

# MongoDB refuses documents over 16 MB; half of that leaves room for its own encoding, and is the same in both stores.
LARGEST_BODY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class StoredVersion:
    """One version, without its body."""

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
    """Versions count 1, 2, 3; a body equal to the newest version's stores nothing new."""

    def put(self, tenant_id: UUID, key: str, body: Mapping[str, Any], *, author: str, at: datetime) -> StoredVersion:
        """Store a new version; raise InvalidInput when the body is too large."""
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


def digest_body(body: Mapping[str, Any]) -> str:
    """The digest of a body; raise InvalidInput when it is too large to store."""
    data = canonical_json(body)
    if len(data) > LARGEST_BODY_BYTES:
        msg = (
            f"This text is {len(data) / 1024**2:.1f} MB; at most {LARGEST_BODY_BYTES / 1024**2:.0f} MB can be stored."
            " Shorten it, or link to large material."
        )
        raise InvalidInput(msg, field="body")
    return sha256_bytes(data)
