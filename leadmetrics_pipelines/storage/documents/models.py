"""Documents in Postgres: one immutable row per version."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, TenantRow


class Document(TenantRow, Base):
    """One version of one document, e.g. `post/<id>` version 3. Append-only."""

    __tablename__ = "documents"
    __table_args__ = (CheckConstraint("version >= 1", "version"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    digest: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]
