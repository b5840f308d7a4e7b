"""Tenants: the agency's clients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from leadmetrics_pipelines.storage.base import Base, IdRow


class Tenant(IdRow, Base):
    """One client. `slug` is its partition key in Dagster and never changes."""

    __tablename__ = "tenants"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    website_url: Mapped[str]
    time_zone: Mapped[str]
    # What agents may say about the client: industry, products, audience, tone, location.
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)
    four_eyes: Mapped[bool] = mapped_column(default=True)
    edit_and_approve: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
