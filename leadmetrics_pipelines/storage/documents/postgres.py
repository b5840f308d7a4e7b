"""Documents in Postgres, in the transaction of the unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from leadmetrics_pipelines.storage.documents.models import Document
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion, check_entry, no_such_document


class PostgresDocumentStore:
    """A DocumentStore on the table `documents`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, tenant_id: UUID, key: str, body: Mapping[str, Any], *, author: str, at: datetime) -> StoredVersion:
        digest = check_entry(key, body)
        # Writers of one document queue up, so that each gets its own number.
        self._session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{tenant_id}/{key}"}
        )
        newest = self._newest(tenant_id, key)
        if newest is not None and newest.digest == digest:
            return _version_of(newest)
        row = Document(
            tenant_id=tenant_id, key=key, version=newest.version + 1 if newest else 1, body=dict(body), digest=digest,
            author=author, created_at=at,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        return _version_of(row)

    def get(self, tenant_id: UUID, key: str, version: int | None = None) -> StoredDocument:
        row = (
            self._newest(tenant_id, key) if version is None else self._session.get(Document, (tenant_id, key, version))
        )
        if row is None:
            raise no_such_document(key, version)
        return StoredDocument(
            key=key, version=row.version, digest=row.digest, author=row.author, created_at=row.created_at, body=row.body
        )

    def history(self, tenant_id: UUID, key: str) -> tuple[StoredVersion, ...]:
        rows = self._session.scalars(
            select(Document).where(Document.tenant_id == tenant_id, Document.key == key).order_by(Document.version)
        )
        return tuple(_version_of(row) for row in rows)

    def keys(self, tenant_id: UUID, prefix: str = "") -> tuple[str, ...]:
        rows = self._session.scalars(
            select(Document.key)
            .where(Document.tenant_id == tenant_id, func.starts_with(Document.key, prefix))
            .distinct()
        )
        # Sorted here: Postgres would follow the server's collation, and each server has its own.
        return tuple(sorted(rows))

    def _newest(self, tenant_id: UUID, key: str) -> Document | None:
        return self._session.scalar(
            select(Document)
            .where(Document.tenant_id == tenant_id, Document.key == key)
            .order_by(Document.version.desc())
            .limit(1)
        )


def _version_of(row: Document) -> StoredVersion:
    return StoredVersion(
        key=row.key, version=row.version, digest=row.digest, author=row.author, created_at=row.created_at
    )
