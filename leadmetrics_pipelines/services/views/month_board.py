"""A month as lanes: for each deliverable its units, what each waits for, and the work that is stuck.

A unit is one promised post: a request and what became of it, or an empty place while nobody has proposed one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select

from leadmetrics_pipelines.domain.activities import ActivityStatus, AssigneeKind
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.periods import Health, Month, PeriodStatus, judge_health
from leadmetrics_pipelines.domain.pipelines import PipelineTemplate, template_for
from leadmetrics_pipelines.domain.release import ReleaseState, Verdict
from leadmetrics_pipelines.services.release import release_verdicts
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod


class UnitState(StrEnum):
    """How a unit is doing, in the five ways that matter on the board."""

    DONE = "done"
    MOVING = "moving"
    WAITING = "waiting"
    STUCK = "stuck"
    EMPTY = "empty"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One promised post. `waits_for` and `since` say for whom, and since when (UTC)."""

    number: int
    state: UnitState
    title: str
    sentence: str
    waits_for: str
    since: datetime | None
    due: date
    request_id: UUID | None
    post_id: UUID | None
    activity_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class StageLine:
    """One step of the pipeline: how many units are through, and how many are in it.

    `waiting`: with a person; `handed_in`: an agent's work whose approval is the next step's.
    """

    name: str
    done: int
    total: int
    waiting: int
    handed_in: int
    moving: int
    stuck: int
    who: str


@dataclass(frozen=True, kw_only=True)
class StuckWork:
    """An activity that needs a person."""

    activity_id: UUID
    name: str
    step_key: str
    status: ActivityStatus
    problem: str
    since: datetime
    period_id: UUID | None
    post_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One deliverable in the month."""

    period_id: UUID
    name: str
    channel_name: str | None
    goal: str
    unit: str
    status: PeriodStatus
    health: Health
    completed: int
    target: int
    forecast: int | None
    run_id: str | None
    units: tuple[Unit, ...]
    stages: tuple[StageLine, ...]
    stuck: tuple[StuckWork, ...]


@dataclass(frozen=True, kw_only=True)
class MonthBoard:
    """A month of one tenant."""

    month: Month
    today: date
    lanes: tuple[Lane, ...]
    months: tuple[Month, ...]


# Before a tenth of the month, one early post would promise ten.
_EARLIEST_FORECAST = 0.1


def read_month_board(work: UnitOfWork, month: Month) -> MonthBoard:
    """The board of a month: four statements, whatever its size."""
    periods = work.session.execute(
        select(DeliverablePeriod, Deliverable, Channel.name.label("channel_name"))
        .join(Deliverable, Deliverable.id == DeliverablePeriod.deliverable_id)
        .outerjoin(Channel, Channel.id == Deliverable.channel_id)
        .where(DeliverablePeriod.tenant_id == work.tenant_id, DeliverablePeriod.month == month.first_day)
        .order_by(Deliverable.id)
    ).all()
    ids = [row.DeliverablePeriod.id for row in periods]
    requests = _requests(work, ids)
    activities = _activities(work, ids)
    waiting = [r.post_id for rows in requests.values() for r in rows if r.post_status in _ASK_RELEASE]
    verdicts = release_verdicts(work, waiting) if waiting else {}
    known = work.session.scalars(
        select(DeliverablePeriod.month)
        .where(DeliverablePeriod.tenant_id == work.tenant_id)
        .distinct()
        .order_by(DeliverablePeriod.month.desc())
        .limit(24)
    )
    lanes = tuple(
        _lane(work, row, requests[row.DeliverablePeriod.id], activities[row.DeliverablePeriod.id], verdicts)
        for row in periods
    )
    return MonthBoard(month=month, today=work.now.date(), lanes=lanes, months=tuple(Month(day) for day in known))


_ASK_RELEASE = (PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED)
_STUCK = (ActivityStatus.FAILED, ActivityStatus.BLOCKED)
_GONE = (ActivityStatus.CANCELLED, ActivityStatus.SKIPPED)


def _requests(work: UnitOfWork, period_ids: Sequence[UUID]) -> Mapping[UUID, list[Row[*tuple[Any, ...]]]]:
    query = (
        select(
            ContentRequest.id,
            ContentRequest.period_id,
            ContentRequest.title,
            ContentRequest.status,
            ContentRequest.status_since,
            ContentRequest.publish_at,
            Post.id.label("post_id"),
            Post.status.label("post_status"),
            Post.title.label("post_title"),
            Post.status_since.label("post_since"),
            Post.published_at,
            Post.publish_at.label("post_publish_at"),
            Post.problem,
        )
        .outerjoin(Post, Post.request_id == ContentRequest.id)
        .where(
            ContentRequest.period_id.in_(period_ids),
            ContentRequest.is_ad_hoc.is_(False),
            ContentRequest.status != RequestStatus.CLOSED,
        )
        .order_by(ContentRequest.position, ContentRequest.id, Post.id)
    )
    found: defaultdict[UUID, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in work.session.execute(query):
        found[row.period_id].append(row)
    return found


def _activities(work: UnitOfWork, period_ids: Sequence[UUID]) -> Mapping[UUID, list[Activity]]:
    found: defaultdict[UUID, list[Activity]] = defaultdict(list)
    query = (
        select(Activity).where(Activity.period_id.in_(period_ids), Activity.status.not_in(_GONE)).order_by(Activity.id)
    )
    for row in work.session.scalars(query):
        if row.period_id is not None:
            found[row.period_id].append(row)
    return found


def _lane(
    work: UnitOfWork,
    row: Row[*tuple[Any, ...]],
    requests: Sequence[Row[*tuple[Any, ...]]],
    activities: Sequence[Activity],
    verdicts: Mapping[UUID, Verdict],
) -> Lane:
    period, deliverable = row.DeliverablePeriod, row.Deliverable
    template = template_for(deliverable.kind)
    month = Month(period.month)
    elapsed = month.elapsed(work.now)
    by_unit: defaultdict[UUID | None, list[Activity]] = defaultdict(list)
    for activity in activities:
        by_unit[activity.request_id].append(activity)
    units = list(_units(month, period.target_quantity, requests, by_unit, verdicts))
    forecast = None
    if _EARLIEST_FORECAST <= elapsed < 1:
        forecast = max(period.completed_count, min(period.target_quantity, round(period.completed_count / elapsed)))
    return Lane(
        period_id=period.id,
        name=deliverable.name,
        channel_name=row.channel_name,
        goal=deliverable.goal,
        unit=template.unit,
        status=PeriodStatus(period.status),
        completed=period.completed_count,
        health=judge_health(completed=period.completed_count, target=period.target_quantity, elapsed=elapsed),
        target=period.target_quantity,
        forecast=forecast,
        run_id=period.run_id,
        units=tuple(units),
        stages=tuple(_stages(template, period.target_quantity, max(1, len(deliverable.channel_ids)), activities)),
        stuck=tuple(view_stuck(a) for a in activities if a.status in _STUCK),
    )


def view_stuck(activity: Activity) -> StuckWork:
    """A failed or blocked activity, for people."""
    return StuckWork(
        activity_id=activity.id,
        name=activity.name,
        step_key=activity.step_key,
        status=ActivityStatus(activity.status),
        problem=activity.problem or "It stopped without saying why.",
        since=activity.status_since,
        period_id=activity.period_id,
        post_id=activity.post_id,
    )


def _units(
    month: Month,
    target: int,
    requests: Sequence[Row[*tuple[Any, ...]]],
    by_unit: Mapping[UUID | None, list[Activity]],
    verdicts: Mapping[UUID, Verdict],
) -> Iterator[Unit]:
    count = 0
    for count, (request_id, rows) in enumerate(groupby(requests, key=lambda row: row.id), start=1):
        pace = _pace(month, count, target)
        yield _unit_of([_unit(count, row, by_unit.get(request_id, []), verdicts, pace) for row in rows])
    period_level = [a for a in by_unit.get(None, []) if a.status != ActivityStatus.COMPLETED]
    for number in range(count + 1, target + 1):
        yield _empty_unit(number, period_level, _pace(month, number, target))


def _unit_of(posts: Sequence[Unit]) -> Unit:
    """A unit with a post per channel stands where the one that needs people most stands."""
    worst = min(posts, key=lambda unit: _URGENCY.index(unit.state))
    done = sum(unit.state is UnitState.DONE for unit in posts)
    if len(posts) == 1 or done == len(posts):
        return worst
    return replace(worst, sentence=f"{done} of {len(posts)} live. {worst.sentence}")


_URGENCY = (UnitState.STUCK, UnitState.WAITING, UnitState.MOVING, UnitState.EMPTY, UnitState.DONE)


def _pace(month: Month, number: int, target: int) -> date:
    """The day by which the unit is due when the month's units are spread evenly."""
    days = (month.last_day - month.first_day).days + 1
    return month.first_day + timedelta(days=min(days, round(days * number / max(1, target))) - 1)


def _unit(
    number: int,
    request: Row[*tuple[Any, ...]],
    activities: Sequence[Activity],
    verdicts: Mapping[UUID, Verdict],
    pace: date,
) -> Unit:
    due = request.published_at or request.post_publish_at or request.publish_at
    activities = [a for a in activities if a.post_id == request.post_id]
    live = [a for a in activities if a.status != ActivityStatus.COMPLETED] or list(activities)
    current = next((a for a in live if a.status in _STUCK), live[-1] if live else None)
    state, sentence, waits_for, since = _stand(request, current, verdicts)
    return Unit(
        number=number,
        state=state,
        title=request.post_title or request.title,
        sentence=sentence,
        waits_for=waits_for,
        since=since,
        due=due.date() if due else pace,
        request_id=request.id,
        post_id=request.post_id,
        activity_id=current.id if current else None,
    )


def _stand(
    request: Row[*tuple[Any, ...]], current: Activity | None, verdicts: Mapping[UUID, Verdict]
) -> tuple[UnitState, str, str, datetime | None]:
    if request.post_status == PostStatus.PUBLISHED:
        return UnitState.DONE, "Live on the site", "", request.published_at
    if current is not None and current.status in _STUCK:
        return UnitState.STUCK, current.problem or "Stopped", "a person", current.status_since
    if request.post_id in verdicts:
        return _stand_of_release(verdicts[request.post_id])
    state, sentence, waits_for = _BY_STATUS.get(
        request.post_status or request.status,
        (UnitState.MOVING, f"The request is {request.status.replace('_', ' ')}", ""),
    )
    return state, sentence, waits_for, request.post_since or request.status_since


_BY_STATUS: Mapping[str, tuple[UnitState, str, str]] = {
    PostStatus.REVIEW: (UnitState.WAITING, "The draft waits for review", "a reviewer"),
    PostStatus.DRAFT: (UnitState.MOVING, "About to be written", "the copywriter"),
    PostStatus.WRITING: (UnitState.MOVING, "Being written", "the copywriter"),
    RequestStatus.PENDING_APPROVAL: (UnitState.WAITING, "The topic waits for approval", "a reviewer"),
    RequestStatus.REJECTED: (UnitState.MOVING, "Sent back; a new topic is being researched", "the researcher"),
}
_NEEDS_PERSON = {
    ReleaseState.REFUSED,
    ReleaseState.MISSED,
    ReleaseState.CHANNEL,
    ReleaseState.CHANGED,
    ReleaseState.HELD,
}


def _stand_of_release(verdict: Verdict) -> tuple[UnitState, str, str, datetime | None]:
    if verdict.state is ReleaseState.OUT:
        return UnitState.DONE, verdict.sentence, "", verdict.since
    state = UnitState.STUCK if verdict.state in _NEEDS_PERSON else UnitState.MOVING
    return state, verdict.sentence, verdict.waits_for, verdict.since


def _empty_unit(number: int, period_level: Sequence[Activity], due: date) -> Unit:
    current = period_level[0] if period_level else None
    stuck = current is not None and current.status in _STUCK
    sentence = "No topic yet"
    if current is not None:
        sentence = current.problem or "Stopped" if stuck else "Its topic is being researched"
    return Unit(
        number=number,
        state=UnitState.STUCK if stuck else UnitState.EMPTY,
        title="",
        sentence=sentence,
        waits_for=current.agent_role or current.human_role or "" if current else "",
        since=current.status_since if current else None,
        due=due,
        request_id=None,
        post_id=None,
        activity_id=current.id if current else None,
    )


def _stages(
    template: PipelineTemplate, target: int, channels: int, activities: Sequence[Activity]
) -> Iterator[StageLine]:
    for step in template.steps:
        mine = [a for a in activities if a.step_key == step.key]
        human = step.assignee is AssigneeKind.HUMAN
        done = sum(a.status == ActivityStatus.COMPLETED for a in mine)
        stuck = sum(a.status in _STUCK for a in mine)
        waiting = sum(_waits_for_person(a, human=human) for a in mine)
        handed_in = sum(a.status in (ActivityStatus.AWAITING_APPROVAL, ActivityStatus.APPROVED) for a in mine)
        yield StageLine(
            name=step.name,
            done=done,
            total=target * channels if step.repeat_per_unit else 1,
            waiting=waiting,
            moving=len(mine) - done - stuck - waiting - handed_in,
            handed_in=handed_in,
            stuck=stuck,
            who=(step.human_role if human else step.agent_role) or "",
        )


def _waits_for_person(activity: Activity, *, human: bool) -> bool:
    open_states = (ActivityStatus.ASSIGNED, ActivityStatus.IN_PROGRESS)
    return human and activity.status in open_states


def read_stuck(work: UnitOfWork, limit: int = 20) -> tuple[StuckWork, ...]:
    """The stuck work of the tenant, longest first."""
    query = (
        select(Activity)
        .where(Activity.tenant_id == work.tenant_id, or_(*(Activity.status == state for state in _STUCK)))
        .order_by(Activity.status_since)
        .limit(limit)
    )
    return tuple(view_stuck(row) for row in work.session.scalars(query))
