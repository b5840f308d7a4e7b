"""A month of the calendar: what went out, what will, what has no time yet, and the channels' free slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.slots import WeeklySlot, occurrences, to_instant, to_local
from leadmetrics_pipelines.services.posts import EDITABLE
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ChannelSlot, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant

# More posts than this in one month are counted, not drawn.
MOST_ENTRIES = 500
MOST_UNPLANNED = 50


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """One post. `local`: wall time of the tenant, None while it has no time."""

    post_id: UUID
    version: int
    kind: str
    title: str
    status: PostStatus
    channel_id: UUID | None
    channel_name: str
    platform: str
    local: datetime | None
    is_movable: bool


@dataclass(frozen=True, kw_only=True)
class FreeSlot:
    """A slot that no post has."""

    channel_id: UUID
    channel_name: str
    local: datetime


@dataclass(frozen=True, kw_only=True)
class CalendarDay:
    """One local day."""

    day: date
    entries: tuple[CalendarEntry, ...]
    free: tuple[FreeSlot, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarMonth:
    """Whole weeks, Monday to Sunday, that a month touches. `left_out`: posts that are not drawn."""

    month: Month
    zone: str
    days: tuple[CalendarDay, ...]
    unplanned: tuple[CalendarEntry, ...]
    channels: tuple[tuple[UUID, str, str], ...]
    left_out: int


def read_calendar_month(work: UnitOfWork, month: Month, *, channel_id: UUID | None = None) -> CalendarMonth:
    """The calendar of a month in the tenant's zone; `channel_id`: of one channel only."""
    zone = work.session.get_one(Tenant, work.tenant_id).time_zone
    first = month.first_day - timedelta(days=month.first_day.weekday())
    last = month.last_day + timedelta(days=6 - month.last_day.weekday())
    start = to_instant(datetime.combine(first, time()), zone)
    end = to_instant(datetime.combine(last + timedelta(days=1), time()), zone)
    rows = _planned(work, start, end, channel_id)
    entries = [_read(row, zone, work.now) for row in rows[:MOST_ENTRIES]]
    by_day: dict[date, list[CalendarEntry]] = defaultdict(list)
    for entry in entries:
        if entry.local is not None:
            by_day[entry.local.date()].append(entry)
    taken = {(row.channel_id, row.at) for row in rows}
    free: dict[date, list[FreeSlot]] = defaultdict(list)
    for slot in _free_slots(work, zone, first, last, taken, channel_id):
        free[slot.local.date()].append(slot)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    channels = work.session.execute(select(Channel.id, Channel.name, Channel.platform).order_by(Channel.name)).all()
    return CalendarMonth(
        month=month, zone=zone,
        days=tuple(
            CalendarDay(day=day, entries=tuple(by_day[day]), free=tuple(sorted(free[day], key=lambda s: s.local)))
            for day in days
        ),
        unplanned=tuple(_read(row, zone, work.now) for row in _unplanned(work, channel_id)),
        channels=tuple((row.id, row.name, row.platform) for row in channels), left_out=max(0, len(rows) - MOST_ENTRIES),
    )  # fmt: skip


def _columns() -> tuple[Any, ...]:
    return (
        Post.id, Post.version, Post.kind, Post.title, Post.status, Post.channel_id, Channel.name.label("channel_name"),
        Channel.platform, func.coalesce(Post.published_at, Post.publish_at).label("at"),
    )  # fmt: skip


def _planned(work: UnitOfWork, start: datetime, end: datetime, channel_id: UUID | None) -> Sequence[Row[Any]]:
    # Two ranges instead of one over coalesce(), so that each can use an index.
    within = or_(
        and_(Post.published_at >= start, Post.published_at < end),
        and_(Post.published_at.is_(None), Post.publish_at >= start, Post.publish_at < end),
    )
    query = select(*_columns()).outerjoin(Channel, Channel.id == Post.channel_id).where(within)
    if channel_id is not None:
        query = query.where(Post.channel_id == channel_id)
    return work.session.execute(query.order_by("at", Post.id)).all()


def _unplanned(work: UnitOfWork, channel_id: UUID | None) -> Sequence[Row[Any]]:
    query = (
        select(*_columns())
        .outerjoin(Channel, Channel.id == Post.channel_id)
        .where(Post.publish_at.is_(None), Post.published_at.is_(None), Post.version > 0, Post.status.in_(EDITABLE))
        .order_by(Post.status_since, Post.id)
        .limit(MOST_UNPLANNED)
    )
    if channel_id is not None:
        query = query.where(Post.channel_id == channel_id)
    return work.session.execute(query).all()


def _read(row: Row[Any], zone: str, now: datetime) -> CalendarEntry:
    status = PostStatus(row.status)
    return CalendarEntry(
        post_id=row.id, version=row.version, kind=row.kind, title=row.title, status=status, channel_id=row.channel_id,
        channel_name=row.channel_name or "No channel", platform=row.platform or "",
        local=to_local(row.at, zone) if row.at else None,
        is_movable=status in EDITABLE and row.version > 0 and (row.at is None or row.at > now),
    )  # fmt: skip


def _free_slots(
    work: UnitOfWork, zone: str, first: date, last: date, taken: set[tuple[UUID | None, datetime]],
    channel_id: UUID | None,
) -> Iterator[FreeSlot]:  # fmt: skip
    query = select(ChannelSlot, Channel.name).join(Channel, Channel.id == ChannelSlot.channel_id)
    if channel_id is not None:
        query = query.where(ChannelSlot.channel_id == channel_id)
    by_channel: dict[tuple[UUID, str], list[WeeklySlot]] = defaultdict(list)
    for slot, name in work.session.execute(query):
        by_channel[slot.channel_id, name].append(WeeklySlot(slot.weekday, slot.local_time))
    for (identity, name), slots in by_channel.items():
        for found in occurrences(slots, zone, first, last):
            if found.instant > work.now and (identity, found.instant) not in taken:
                yield FreeSlot(channel_id=identity, channel_name=name, local=found.local)
