"""A channel's weekly slots: list, add, remove, the next free one, and what is known of the best times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.slots import (
    Sample,
    SlotTime,
    Suggestion,
    WeeklySlot,
    next_free,
    suggest_times,
    to_local,
)
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.services.channels import get_channel
from leadmetrics_pipelines.storage.content.models import ChannelSlot, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.scores.models import ChannelFigure
from leadmetrics_pipelines.storage.tenants.models import Tenant

MOST_SLOTS = 50
_LAST_WEEKDAY = 6
# How far back posts tell something about the best time.
LOOKED_BACK = timedelta(days=365)
# The figure that says how a post was taken, by the platforms' reporters; the first one that a channel has.
ENGAGEMENT_METRICS = ("engagements", "engagement", "interactions", "clicks")
PLANNED = (PostStatus.REVIEW, PostStatus.APPROVED, PostStatus.SCHEDULED)


def list_slots(work: UnitOfWork, channel_id: UUID) -> Sequence[ChannelSlot]:
    """The slots of a channel, Monday first."""
    query = select(ChannelSlot).where(ChannelSlot.channel_id == channel_id)
    return work.session.scalars(query.order_by(ChannelSlot.weekday, ChannelSlot.local_time)).all()


def add_slot(work: UnitOfWork, channel_id: UUID, slot: WeeklySlot) -> ChannelSlot:
    """Let a channel publish at this wall time every week. Raises NotAllowed, NotFound, InvalidInput or Conflict."""
    work.actor.require(Permission.EDIT)
    channel = get_channel(work, channel_id)
    if not 0 <= slot.weekday <= _LAST_WEEKDAY or slot.at.tzinfo is not None:
        msg = "A slot is a weekday from Monday (0) to Sunday (6) and a wall time."
        raise InvalidInput(msg, field="weekday")
    if len(list_slots(work, channel_id)) >= MOST_SLOTS:
        msg = f"{channel.name} has {MOST_SLOTS} slots already. Remove one first."
        raise InvalidInput(msg, field="at")
    at = slot.at.replace(second=0, microsecond=0)
    row = ChannelSlot(
        tenant_id=channel.tenant_id, channel_id=channel.id, weekday=slot.weekday, local_time=at, created_at=work.now
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as error:
        msg = f"{channel.name} has the slot {slot.label} already."
        raise Conflict(msg) from error
    work.audit("slot.added", subject_kind="channel", subject_id=channel.id, detail={"slot": slot.label})
    return row


def remove_slot(work: UnitOfWork, slot_id: UUID) -> UUID:
    """Take a slot away; posts that are planned for it keep their time. Its channel. Raises NotAllowed or NotFound."""
    work.actor.require(Permission.EDIT)
    row = work.session.get(ChannelSlot, slot_id)
    if row is None:
        msg = "There is no such slot here; somebody may have removed it."
        raise NotFound(msg)
    slot = WeeklySlot(row.weekday, row.local_time)
    work.session.delete(row)
    work.audit("slot.removed", subject_kind="channel", subject_id=row.channel_id, detail={"slot": slot.label})
    return row.channel_id


def next_free_slot(work: UnitOfWork, channel_id: UUID, *, after: datetime | None = None) -> SlotTime | None:
    """The channel's next slot that no post has; None without slots."""
    channel = get_channel(work, channel_id)
    zone = work.session.get_one(Tenant, channel.tenant_id).time_zone
    slots = [WeeklySlot(row.weekday, row.local_time) for row in list_slots(work, channel_id)]
    after = after or work.now
    taken = work.session.scalars(
        select(Post.publish_at).where(Post.channel_id == channel_id, Post.publish_at > after, Post.status.in_(PLANNED))
    )
    return next_free(slots, zone, after=after, taken={at for at in taken if at is not None})


def suggest_slots(work: UnitOfWork, channel_id: UUID) -> Suggestion:
    """The best times of the channel, from posts that were alone on their day and that day's engagement."""
    channel = get_channel(work, channel_id)
    zone = work.session.get_one(Tenant, channel.tenant_id).time_zone
    since = work.now - LOOKED_BACK
    published = work.session.scalars(
        select(Post.published_at).where(Post.channel_id == channel_id, Post.published_at >= since)
    )
    by_day: dict[object, list[datetime]] = {}
    for at in published:
        if at is not None:
            local = to_local(at, zone)
            by_day.setdefault(local.date(), []).append(local)
    figures = _engagement(work, channel_id, since)
    samples = [
        Sample(locals_[0], figures[day])
        for day, locals_ in sorted(by_day.items(), key=lambda item: item[1][0])
        if len(locals_) == 1 and day in figures
    ]
    return suggest_times(samples)


def check_cap(work: UnitOfWork, post: Post, at: datetime, *, cap: int) -> None:
    """Raise Conflict when the hour around an instant is full on the post's channel: bursts get accounts banned."""
    span = timedelta(minutes=30)
    others = work.session.scalar(
        select(func.count()).where(
            Post.channel_id == post.channel_id, Post.id != post.id, Post.status.in_(PLANNED),
            Post.publish_at > at - span, Post.publish_at <= at + span,
        )
    )  # fmt: skip
    if (others or 0) >= cap:
        msg = (
            f"{others} posts are planned on this channel within that hour, and {cap} is the most. Choose another time."
        )
        raise Conflict(msg)


def parse_slot(weekday: int, at: str) -> WeeklySlot:
    """A slot as forms and commands give it, `at` as HH:MM. Raises InvalidInput."""
    try:
        return WeeklySlot(weekday, time.fromisoformat(at))
    except ValueError:
        msg = f"'{at}' is no time of day. Write it like 09:30."
        raise InvalidInput(msg, field="at") from None


def _engagement(work: UnitOfWork, channel_id: UUID, since: datetime) -> dict[object, float]:
    rows = work.session.execute(
        select(ChannelFigure.day, ChannelFigure.metric, ChannelFigure.value).where(
            ChannelFigure.channel_id == channel_id, ChannelFigure.day >= since.date(), ChannelFigure.dimension == "",
            ChannelFigure.metric.in_(ENGAGEMENT_METRICS),
        )
    ).all()  # fmt: skip
    for metric in ENGAGEMENT_METRICS:
        found: dict[object, float] = {row.day: row.value for row in rows if row.metric == metric}
        if found:
            return found
    return {}
