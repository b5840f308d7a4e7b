"""States, times and amounts as people read them: a word, an icon and a tone each. Used by every presenter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.periods import Health, PeriodStatus
from leadmetrics_pipelines.domain.sessions import SessionStatus

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_RELATIVE_UNTIL = timedelta(days=7)


class Tone(StrEnum):
    """The four state colours, and none."""

    GOOD = "good"
    ATTENTION = "attention"
    BLOCKED = "blocked"
    INFO = "info"
    QUIET = "quiet"


@dataclass(frozen=True)
class Badge:
    """A state: never colour alone, always with icon and word."""

    tone: Tone
    icon: str
    label: str


@dataclass(frozen=True)
class Time:
    """An instant: `text` as shown, `full` in the tenant's zone, `iso` for machines."""

    text: str
    full: str
    iso: str
    relative: bool = False


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A line in a list of facts; exactly one of text, badge and time is shown."""

    label: str
    text: str = ""
    href: str = ""
    outside: bool = False
    badge: Badge | None = None
    time: Time | None = None


@dataclass(frozen=True)
class Clockwork:
    """Shows instants to one person: now, and their tenant's time zone."""

    now: datetime
    zone: str

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def ago(self, at: datetime | None) -> Time | None:
        """How long ago, or a date when that is long."""
        if at is None:
            return None
        gone = self.now - at
        if abs(gone) > _RELATIVE_UNTIL:
            return Time(self._date(at), self._full(at), _iso(at))
        return Time(age(gone), self._full(at), _iso(at), relative=True)

    def brief(self, at: datetime) -> Time:
        """How long ago, for long lists: without the date in full, which costs more than the rest of a row."""
        gone = self.now - at
        text = age(gone) if abs(gone) <= _RELATIVE_UNTIL else self._date(at)
        return Time(text, "", _iso(at), relative=abs(gone) <= _RELATIVE_UNTIL)

    def at(self, instant: datetime | None) -> Time | None:
        """The date and time in the tenant's zone."""
        if instant is None:
            return None
        local = instant.astimezone(self._zone)
        return Time(f"{local:%d %b %Y, %H:%M}", self._full(instant), _iso(instant))

    def time(self, instant: datetime) -> Time:
        """The time of day with seconds, where the date is told already."""
        return Time(f"{instant.astimezone(self._zone):%H:%M:%S}", self._full(instant), _iso(instant))

    def _date(self, instant: datetime) -> str:
        local = instant.astimezone(self._zone)
        return f"{local:%d %b}" if local.year == self.now.year else f"{local:%d %b %Y}"

    def _full(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%A, %d %B %Y, %H:%M:%S} ({self.zone})"


def age(gone: timedelta) -> str:
    """A span in one word, the way `app.js` keeps it up to date: now, 5 min ago, 3 h ago, 2 d ago, in 3 h."""
    ahead = gone < timedelta(0)
    span = abs(gone)
    if span < _MINUTE:
        return "now"
    count, unit = (
        (span // _MINUTE, "min") if span < _HOUR else (span // _HOUR, "h") if span < _DAY else (span // _DAY, "d")
    )
    return f"in {count} {unit}" if ahead else f"{count} {unit} ago"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def cost(microusd: int | None) -> str:
    """Money with its unit; small sums keep the digits that matter."""
    if microusd is None:
        return "cost not known"
    dollars = microusd / 1e6
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 item`, `3 items`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


_G, _A, _B, _I, _Q = Tone.GOOD, Tone.ATTENTION, Tone.BLOCKED, Tone.INFO, Tone.QUIET

KIND_ICON = {SubjectKind.REQUEST: "request", SubjectKind.POST: "content", SubjectKind.LATE_POST: "late"}
KIND_WORD = {SubjectKind.REQUEST: "Request", SubjectKind.POST: "Post", SubjectKind.LATE_POST: "Late release"}
KIND_SHORT = {SubjectKind.REQUEST: "Requests", SubjectKind.POST: "Posts", SubjectKind.LATE_POST: "Late"}
KIND_WORDS = {SubjectKind.REQUEST: "Requests", SubjectKind.POST: "Posts", SubjectKind.LATE_POST: "Late releases"}

REQUEST_BADGES: Mapping[RequestStatus, Badge] = {
    RequestStatus.DRAFT: Badge(_Q, "dashed", "Draft"),
    RequestStatus.PENDING_APPROVAL: Badge(_A, "eye", "Waits for approval"),
    RequestStatus.APPROVED: Badge(_G, "check", "Approved"),
    RequestStatus.IN_PROGRESS: Badge(_I, "half", "In progress"),
    RequestStatus.COMPLETED: Badge(_G, "done", "Completed"),
    RequestStatus.REJECTED: Badge(_B, "undo", "Sent back"),
    RequestStatus.CLOSED: Badge(_Q, "stop", "Closed"),
}
POST_BADGES: Mapping[PostStatus, Badge] = {
    PostStatus.DRAFT: Badge(_Q, "dashed", "Not written yet"),
    PostStatus.WRITING: Badge(_I, "half", "Being written"),
    PostStatus.REVIEW: Badge(_A, "eye", "Waits for review"),
    PostStatus.APPROVED: Badge(_G, "check", "Approved"),
    PostStatus.SCHEDULED: Badge(_I, "clock", "Scheduled"),
    PostStatus.PUBLISHED: Badge(_G, "live", "Live"),
    PostStatus.PUBLISH_FAILED: Badge(_B, "warn", "Not published"),
}
ACTIVITY_BADGES: Mapping[ActivityStatus, Badge] = {
    ActivityStatus.CREATED: Badge(_Q, "dashed", "Created"),
    ActivityStatus.ASSIGNED: Badge(_I, "circle", "Ready"),
    ActivityStatus.IN_PROGRESS: Badge(_I, "half", "In progress"),
    ActivityStatus.AWAITING_APPROVAL: Badge(_A, "eye", "Waits for approval"),
    ActivityStatus.APPROVED: Badge(_G, "check", "Approved"),
    ActivityStatus.COMPLETED: Badge(_G, "done", "Completed"),
    ActivityStatus.REJECTED: Badge(_A, "undo", "Sent back"),
    ActivityStatus.FAILED: Badge(_B, "warn", "Failed"),
    ActivityStatus.BLOCKED: Badge(_B, "hold", "Blocked"),
    ActivityStatus.SKIPPED: Badge(_Q, "skip", "Skipped"),
    ActivityStatus.CANCELLED: Badge(_Q, "stop", "Cancelled"),
}
APPROVAL_BADGES: Mapping[ApprovalStatus, Badge] = {
    ApprovalStatus.OPEN: Badge(_A, "eye", "Open"),
    ApprovalStatus.APPROVED: Badge(_G, "check", "Approved"),
    ApprovalStatus.REJECTED: Badge(_B, "cross", "Rejected"),
    ApprovalStatus.CHANGES_REQUESTED: Badge(_A, "undo", "Changes requested"),
    ApprovalStatus.SUPERSEDED: Badge(_Q, "skip", "Superseded"),
    ApprovalStatus.CANCELLED: Badge(_Q, "stop", "Cancelled"),
}
PERIOD_BADGES: Mapping[PeriodStatus, Badge] = {
    PeriodStatus.PLANNED: Badge(_Q, "dashed", "Planned"),
    PeriodStatus.DM_REVIEW: Badge(_A, "eye", "In review"),
    PeriodStatus.CLIENT_PREVIEW: Badge(_A, "eye", "With the client"),
    PeriodStatus.ACTIVE: Badge(_I, "half", "Active"),
    PeriodStatus.COMPLETED: Badge(_G, "done", "Completed"),
    PeriodStatus.MISSED: Badge(_B, "warn", "Missed"),
    PeriodStatus.REJECTED: Badge(_B, "cross", "Rejected"),
}
HEALTH_BADGES: Mapping[Health, Badge] = {
    Health.ON_TRACK: Badge(_G, "check", "On track"),
    Health.AT_RISK: Badge(_A, "warn", "At risk"),
    Health.COMPLETED: Badge(_G, "done", "Completed"),
    Health.MISSED: Badge(_B, "cross", "Missed"),
}
CHANNEL_BADGES: Mapping[ChannelStatus, Badge] = {
    ChannelStatus.PENDING: Badge(_Q, "dashed", "Pending"),
    ChannelStatus.CONNECTED: Badge(_G, "check", "Connected"),
    ChannelStatus.EXPIRED: Badge(_A, "clock", "Expired"),
    ChannelStatus.REVOKED: Badge(_B, "stop", "Access revoked"),
    ChannelStatus.DISCONNECTED: Badge(_Q, "cross", "Disconnected"),
}
SESSION_BADGES: Mapping[SessionStatus, Badge] = {
    SessionStatus.PENDING: Badge(_Q, "dashed", "Pending"),
    SessionStatus.RUNNING: Badge(_I, "half", "Running"),
    SessionStatus.WAITING_HUMAN: Badge(_A, "eye", "Waits for a person"),
    SessionStatus.AWAITING_TOOL: Badge(_I, "clock", "Waits for a tool"),
    SessionStatus.COMPLETED: Badge(_G, "done", "Completed"),
    SessionStatus.FAILED: Badge(_B, "warn", "Failed"),
    SessionStatus.CANCELLED: Badge(_Q, "stop", "Cancelled"),
}
ROLE_WORDS: Mapping[Role, str] = {
    Role.OPERATOR: "Operator",
    Role.REVIEWER: "Reviewer",
    Role.TENANT_ADMIN: "Client admin",
    Role.PLATFORM_ADMIN: "Platform admin",
}
