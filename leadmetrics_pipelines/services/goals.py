"""Goals of a client: set, listed, closed, and brought up to date with each scoring (mission 1, "Score lifecycle")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, text

from leadmetrics_pipelines.domain.goals import RUNNING, GoalKind, GoalStatus, judge_goal, measure_progress
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.scores.models import ChannelScore, Goal

LONGEST_NAME = 200
MOST_MONTHS = 24
_LATEST = text("""
SELECT g.id, g.tenant_id, g.status, g.start_value, g.current_value, g.target_value, g.starts_on, g.target_date,
       s.total, s.month
FROM goals g
LEFT JOIN LATERAL (
    SELECT total, month FROM channel_scores WHERE channel_id = g.channel_id AND total IS NOT NULL
    ORDER BY month DESC LIMIT 1) s ON true
WHERE g.kind = :kind AND g.status = ANY(:running) AND g.channel_id = ANY(:channels)
FOR NO KEY UPDATE OF g
""")
_UPDATE = text("""
WITH judged AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:starts AS double precision[]),
                         CAST(:currents AS double precision[]), CAST(:statuses AS text[]))
        AS j (id, start_value, current_value, status)
), moved AS (
    UPDATE goals g SET start_value = j.start_value, current_value = j.current_value, status = j.status,
        status_since = CASE WHEN g.status = j.status THEN g.status_since ELSE :now END
    FROM judged j, goals old WHERE g.id = j.id AND old.id = g.id
    RETURNING g.id, g.tenant_id, g.name, old.status AS before, g.status AS after
), logged AS (
    INSERT INTO audit_log (
        id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state,
        to_state, reason, detail)
    SELECT uuidv7(), tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, 'goal.moved', 'goal', id::text,
           before, after, '', jsonb_build_object('name', name) FROM moved WHERE before <> after
)
SELECT count(*) FROM moved WHERE before <> after
""")


@dataclass(frozen=True, kw_only=True)
class GoalView:
    """A goal and how far it is. `progress`: 0 to 1, None while a value is unknown."""

    id: UUID
    kind: str
    name: str
    channel_id: UUID | None
    start_value: float | None
    current_value: float | None
    target_value: float
    starts_on: date
    target_date: date
    status: GoalStatus
    progress: float | None


def set_score_goal(work: UnitOfWork, channel_id: UUID, *, target: float, months: int, name: str = "") -> GoalView:
    """Set the goal to raise a channel's score to `target` (1 to 100) within so many months, from what it is now.

    Raises NotFound, InvalidInput, or Conflict while the channel has another goal that runs.
    """
    work.actor.require(Permission.MANAGE_DELIVERABLES)
    # Locked: of two people who set a goal at once, the second hears of the first.
    channel = work.session.get(Channel, channel_id, with_for_update={"key_share": True})
    if channel is None or channel.platform not in FORMULAS:
        msg = "There is no such channel with a score."
        raise NotFound(msg)
    start = work.session.scalar(
        select(ChannelScore.total).where(ChannelScore.channel_id == channel_id, ChannelScore.total.is_not(None))
        .order_by(ChannelScore.month.desc()).limit(1)
    )  # fmt: skip
    _check(target, months, start)
    running = _running(work, channel_id)
    if running is not None:
        msg = f"This channel has a goal already: {running.name}. Close it first."
        raise Conflict(msg)
    today = work.now.date()
    goal = Goal(
        id=new_id(), tenant_id=work.tenant_id, kind=GoalKind.CHANNEL_SCORE, metric="score", channel_id=channel_id,
        name=_name(name, channel.name, start, target, months), start_value=start, current_value=start,
        target_value=target, starts_on=today, target_date=_later(today, months), status=GoalStatus.ON_TRACK,
        created_at=work.now, status_since=work.now,
    )  # fmt: skip
    work.session.add(goal)
    work.session.flush()
    work.audit("goal.created", subject_kind="goal", subject_id=goal.id, to_state=goal.status, reason=goal.name)
    return view_goal(goal)


def list_goals(work: UnitOfWork, *, channel_id: UUID | None = None) -> list[GoalView]:
    """The tenant's goals, the running ones and the newest first."""
    query = select(Goal).order_by(Goal.status.in_(RUNNING).desc(), Goal.created_at.desc(), Goal.id)
    if channel_id is not None:
        query = query.where(Goal.channel_id == channel_id)
    return [view_goal(goal) for goal in work.session.scalars(query)]


def close_goal(work: UnitOfWork, goal_id: UUID, reason: str = "") -> GoalView:
    """Give a goal up, or put it away. Raises NotFound, or Conflict when it is over already."""
    work.actor.require(Permission.MANAGE_DELIVERABLES)
    goal = work.session.get(Goal, goal_id, with_for_update=True, populate_existing=True)
    if goal is None:
        msg = "There is no such goal in this tenant."
        raise NotFound(msg)
    if goal.status not in RUNNING:
        msg = f"This goal is {goal.status.replace('_', ' ')} since {goal.status_since:%Y-%m-%d}."
        raise Conflict(msg)
    work.audit(
        "goal.moved", subject_kind="goal", subject_id=goal.id, from_state=goal.status, to_state=GoalStatus.CLOSED,
        reason=reason.strip(), detail={"name": goal.name},
    )  # fmt: skip
    goal.status, goal.status_since = GoalStatus.CLOSED, work.now
    return view_goal(goal)


def update_channel_goals(work: UnitOfWork, channels: Sequence[UUID]) -> int:
    """Judge the running goals of these channels by their newest score; the number whose standing changed.

    A score of the month in which a goal's day lies still counts for it, although it is worked out after that day.
    """
    values = {"kind": GoalKind.CHANNEL_SCORE, "running": list(RUNNING), "channels": list(channels)}
    rows = work.session.execute(_LATEST, values).all()
    if not rows:
        return 0
    judged = []
    for row in rows:
        start = row.start_value if row.start_value is not None else row.total
        in_time = row.month is not None and row.month <= row.target_date
        current = row.total if in_time else row.current_value
        status = judge_goal(
            start=start, current=current, target=row.target_value, starts_on=row.starts_on,
            target_date=row.target_date, today=work.now.date(),
        )  # fmt: skip
        judged.append((row.id, start, current, status))
    columns = dict(zip(("ids", "starts", "currents", "statuses"), map(list, zip(*judged, strict=True)), strict=True))
    who = {"actor_kind": work.actor.kind, "actor_id": work.actor.id, "actor_name": work.actor.name}
    moved = work.session.execute(_UPDATE, columns | who | {"route": work.actor.route, "now": work.now})
    return int(moved.scalar_one())


def view_goal(goal: Goal) -> GoalView:
    """A goal as it is shown."""
    progress = measure_progress(start=goal.start_value, current=goal.current_value, target=goal.target_value)
    return GoalView(
        id=goal.id, kind=goal.kind, name=goal.name, channel_id=goal.channel_id, start_value=goal.start_value,
        current_value=goal.current_value, target_value=goal.target_value, starts_on=goal.starts_on,
        target_date=goal.target_date, status=GoalStatus(goal.status), progress=progress,
    )  # fmt: skip


def _running(work: UnitOfWork, channel_id: UUID) -> Goal | None:
    return work.session.scalar(select(Goal).where(Goal.channel_id == channel_id, Goal.status.in_(RUNNING)).limit(1))


def _check(target: float, months: int, start: float | None) -> None:
    if not 1 <= target <= 100:  # noqa: PLR2004 - the range of a score
        msg = "A target is a score from 1 to 100."
        raise InvalidInput(msg, field="target")
    if start is not None and target <= start:
        msg = f"The score is {start:.0f} already. Choose a higher target."
        raise InvalidInput(msg, field="target")
    if not 1 <= months <= MOST_MONTHS:
        msg = f"Choose 1 to {MOST_MONTHS} months."
        raise InvalidInput(msg, field="months")


def _name(given: str, channel: str, start: float | None, target: float, months: int) -> str:
    given = " ".join(given.split())
    if len(given) > LONGEST_NAME:
        msg = f"A goal's name has at most {LONGEST_NAME} characters."
        raise InvalidInput(msg, field="name")
    span = f"{months} month{'' if months == 1 else 's'}"
    begin = f" from {start:.0f}" if start is not None else ""
    return given or f"Improve {channel} score{begin} to {target:.0f} in {span}"


def _later(day: date, months: int) -> date:
    month = Month(day.replace(day=1))
    for _ in range(months):
        month = month.following()
    return day.replace(year=month.first_day.year, month=month.first_day.month, day=min(day.day, month.last_day.day))
