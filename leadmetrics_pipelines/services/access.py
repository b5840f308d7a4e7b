"""Whether a channel's access stands: how it is lost and regained, and who hears of it.

A lost access raises one alert with one task for the client's admin, due before the next post is; both end when the
access is back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from leadmetrics_pipelines.domain.channels import CHANNEL, ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.platforms.facts import PLATFORMS
from leadmetrics_pipelines.services.alerts import PersonTask, Severity, raise_alert, resolve_alert
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork

_TASK_WITHIN = timedelta(days=1)
_AHEAD_OF_POST = timedelta(hours=1)
_RELEASED = (PostStatus.APPROVED, PostStatus.SCHEDULED)


def access_key(channel_id: UUID) -> str:
    """The name of the concern that a channel's access is lost or ends soon."""
    return f"channel:{channel_id}:access"


def lose_access(work: UnitOfWork, channel: Channel, status: ChannelStatus, reason: str) -> None:
    """The access is over: status, alert, and a task. `status`: expired (by time) or revoked (refused)."""
    if channel.status == status or CHANNEL.allows(ChannelStatus(channel.status), status):
        if channel.status != status:
            move_channel(work, channel, status, reason)
        channel.status_reason = reason
    title = f"{_title(channel)} must be connected again"
    tell_admin(
        work, channel, kind=f"channel_{status}", severity=Severity.BLOCKED, title=title, detail=reason,
        due_at=find_deadline(work, channel),
    )  # fmt: skip


def tell_admin(
    work: UnitOfWork, channel: Channel, *, kind: str, severity: Severity, title: str, detail: str, due_at: datetime
) -> None:
    """Raise the channel's alert about its access, with the task for the client's admin."""
    instructions = f"{detail} Open Channels and press Connect again at {channel.name}."
    task = PersonTask(step_key="reconnect_channel", name=title, instructions=instructions, due_at=due_at)
    raise_alert(
        work, kind=kind, severity=severity, dedupe_key=access_key(channel.id), title=title, detail=detail,
        subject_kind="channel", subject_id=channel.id, channel_id=channel.id, task=task,
    )  # fmt: skip


def regain_access(work: UnitOfWork, channel: Channel, reason: str) -> None:
    """The access stands (again): status, and the end of alert and task."""
    if channel.status != ChannelStatus.CONNECTED:
        move_channel(work, channel, ChannelStatus.CONNECTED, reason)
    channel.status_reason = None
    resolve_alert(work, access_key(channel.id), reason)


def move_channel(work: UnitOfWork, channel: Channel, target: ChannelStatus, reason: str) -> None:
    """Move a channel to another status, with its row in the audit log. Raises TransitionRefused."""
    before = ChannelStatus(channel.status)
    channel.status = CHANNEL.check(before, target)
    channel.status_reason = None if target is ChannelStatus.CONNECTED else reason
    work.audit(
        "channel.moved", subject_kind="channel", subject_id=channel.id, from_state=before, to_state=target,
        reason=reason, detail={"name": channel.name, "platform": channel.platform}, tenant_id=channel.tenant_id,
    )  # fmt: skip


def find_deadline(work: UnitOfWork, channel: Channel) -> datetime:
    """Until when somebody should have connected it again: an hour before the next post is due, a day at the latest."""
    query = select(func.min(func.coalesce(Post.publish_at, work.now))).where(
        Post.channel_id == channel.id, Post.status.in_(_RELEASED)
    )
    next_post = work.session.scalar(query)
    latest = work.now + _TASK_WITHIN
    return latest if next_post is None else max(work.now, min(latest, next_post - _AHEAD_OF_POST))


def _title(channel: Channel) -> str:
    facts = PLATFORMS.get(channel.platform)
    return f"{facts.title if facts else channel.platform}: {channel.name}"
