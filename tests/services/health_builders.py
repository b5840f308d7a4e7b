"""Builders of the health score's tests: channels with snapshots, as a reader would have stored them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import DAYS_ELAPSED
from leadmetrics_pipelines.services.scores import ScoresReport, compute_scores
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.scores.models import ChannelScore, ChannelSnapshot
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER

# A Google Business Profile in good order but for its reviews.
GOOGLE: dict[str, Any] = {
    "verified": True, "has_hours": True, "has_special_hours": True, "has_description": True, "has_phone": True,
    "has_website": True, "has_address": True, "has_category": True, "photos": 12, "reviews": 20, "review_average": 3.1,
    "reviews_unanswered": 3, "posts_this_month": 8, "days_since_last_post": 2,
}  # fmt: skip
LINKEDIN: dict[str, Any] = dict.fromkeys((t.fact for t in FORMULAS["linkedin"].dimensions[0].terms), True) | {
    "has_cover": False, "has_logo": False, "has_tagline": False, "posts_in_month": 9, "days_since_last_post": 4,
    "engagement_rate": 0.021, "follower_growth": 0.01, "content_kinds": 3,
}  # fmt: skip


def add_channel(database: Database, tenant: Tenant, platform: str, name: str = "") -> UUID:
    """A connected channel without credentials."""
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        channel = Channel(
            tenant_id=tenant.id, platform=platform, name=name or f"{tenant.name} on {platform}",
            base_url=f"https://{platform}.example", account_id=name or platform, status=ChannelStatus.CONNECTED,
            created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
        work.session.flush()
        return channel.id


def add_snapshot(
    database: Database, tenant: Tenant, channel_id: UUID, facts: dict[str, Any], month: Month = NOVEMBER, days: int = 30
) -> None:
    """What was read of a channel in a month; put in place of what was there."""
    stored = [
        {"name": name, "value": value, "source": f"GET {name}", "why_unknown": "" if value is not None else "Refused.",
         "unknown_since": None if value is not None else "2026-10-03"}
        for name, value in {DAYS_ELAPSED: days, **facts}.items()
    ]  # fmt: skip
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        row = work.session.scalar(
            select(ChannelSnapshot).where(
                ChannelSnapshot.channel_id == channel_id, ChannelSnapshot.month == month.first_day
            )
        )
        if row is None:
            row = ChannelSnapshot(tenant_id=tenant.id, channel_id=channel_id, month=month.first_day)
            work.session.add(row)
        row.facts, row.taken_at = stored, work.now


def score(database: Database, *slugs: str, month: Month = NOVEMBER) -> ScoresReport:
    """Score one month of those tenants, as Dagster would."""
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        return compute_scores(work, [(slug, month) for slug in slugs], run_id="run-1")


def read_scores(database: Database, tenant: Tenant) -> list[ChannelScore]:
    """The tenant's scores, oldest month first."""
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(work.session.scalars(select(ChannelScore).order_by(ChannelScore.month, ChannelScore.channel_id)))
