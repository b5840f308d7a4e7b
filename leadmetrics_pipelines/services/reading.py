"""Which channels are read in a month, with what, and up to which day. Shared by snapshots and daily figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.platforms.reporters import is_read, make_reporter
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

if TYPE_CHECKING:
    from leadmetrics_pipelines.platforms.reading import Reporter

# Platforms finish and restate the last days of a month within these days.
SETTLING = timedelta(days=5)


@dataclass(frozen=True, kw_only=True)
class ChannelProblem:
    """One channel that could not be read, and why; the others were."""

    channel: str
    problem: str


def read_until(month: Month, now: datetime) -> date | None:
    """The last day of the month to read: today, or its last day while it settles. None: too late, or too early.

    What an account looks like is told for now alone: a month that is long over can no longer be read.
    """
    today = now.date()
    if month.first_day <= today <= month.last_day:
        return today
    return month.last_day if month.last_day < today <= month.last_day + SETTLING else None


def find_readable(work: UnitOfWork, channel_id: UUID | None = None) -> list[Channel]:
    """The tenant's connected channels of which anything is read, by name; or that one alone."""
    query = select(Channel).where(Channel.status == ChannelStatus.CONNECTED).order_by(Channel.name, Channel.id)
    if channel_id is not None:
        query = query.where(Channel.id == channel_id)
    return [channel for channel in work.session.scalars(query) if is_read(channel.platform)]


def is_scored(platform: str) -> bool:
    """Whether channels of this platform have a health score."""
    return platform in FORMULAS


def open_reporter(runtime: Runtime, channel: Channel) -> Reporter:
    """The reporter of a channel, with its decrypted credentials. Raises InvalidInput without any."""
    from leadmetrics_pipelines.platforms.registry import Access  # noqa: PLC0415 - only reading needs it

    if channel.credentials is None:
        msg = f"The channel {channel.name} has no credentials. Reconnect it under Channels."
        raise InvalidInput(msg)
    access = Access(
        credentials=runtime.keyring.open(channel.credentials), http=runtime.http, clock=runtime.clock,
        origins=runtime.origins, base_url=channel.base_url, account_id=channel.account_id,
        allow_loopback=runtime.settings.allow_loopback,
    )  # fmt: skip
    return make_reporter(channel.platform, access)
