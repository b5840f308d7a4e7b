"""Improvement tasks: what people do about low scores. Made once per channel and fact, ended when the fact is good.

The rules are those of `alerts.open_task` (one live task per `dedupe_key`), here for thousands of channels in two
statements. A task that a person finished or skipped while the fact is still bad keeps its key, so that it does not
come again each month; the key is given up when the fact is good again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.pipelines import HumanRole
from leadmetrics_pipelines.domain.scoring.scoring import LOW, find_low_terms, word_task
from leadmetrics_pipelines.domain.scoring.values import Score
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.database import UnitOfWork

STEP = "improve_channel"
# Of one channel, the worst first: a list of twenty chores is read by nobody.
MOST_TASKS = 5

_OPEN = text("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:channels AS uuid[]), CAST(:keys AS text[]),
                         CAST(:names AS text[]), CAST(:hows AS text[])) AS w (tenant_id, channel_id, key, name, how)
), kept AS (
    UPDATE activities a SET name = w.name, instructions = w.how FROM wanted w
    WHERE a.tenant_id = w.tenant_id AND a.dedupe_key = w.key
      AND (a.name, a.instructions) IS DISTINCT FROM (w.name, w.how)
      AND a.status NOT IN ('completed', 'cancelled', 'skipped')
), made AS (
    INSERT INTO activities (
        id, tenant_id, channel_id, dedupe_key, step_key, name, instructions, assignee, human_role, status, attempt,
        fence, ready_at, notes, run_id, created_at, status_since)
    SELECT uuidv7(), tenant_id, channel_id, key, :step, name, how, 'human', :role, 'assigned', 0, 0, :now, '[]',
           :run_id, :now, :now
    FROM wanted w
    WHERE NOT EXISTS (SELECT FROM activities a WHERE a.tenant_id = w.tenant_id AND a.dedupe_key = w.key)
    ON CONFLICT DO NOTHING
    RETURNING id, tenant_id, name
), logged AS (
    INSERT INTO audit_log (
        id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state,
        to_state, reason, detail)
    SELECT uuidv7(), tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, 'activity.created', 'activity',
           id::text, NULL, 'assigned', '', jsonb_build_object('name', name) FROM made
)
SELECT count(*) FROM made
""")
_END = text("""
WITH good AS (
    SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:keys AS text[])) AS g (tenant_id, key)
), found AS (
    SELECT a.id, a.status, a.name, a.tenant_id FROM activities a JOIN good g
        ON a.tenant_id = g.tenant_id AND a.dedupe_key = g.key
    FOR NO KEY UPDATE OF a
), ended AS (
    UPDATE activities a SET
        dedupe_key = a.dedupe_key || ':' || a.id,
        status = CASE WHEN f.status IN ('completed', 'cancelled', 'skipped') THEN f.status ELSE 'completed' END,
        completed_at = CASE WHEN f.status IN ('completed', 'cancelled', 'skipped') THEN a.completed_at ELSE :now END,
        status_since = CASE WHEN f.status IN ('completed', 'cancelled', 'skipped') THEN a.status_since ELSE :now END,
        problem = NULL
    FROM found f WHERE a.id = f.id
), logged AS (
    INSERT INTO audit_log (
        id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, from_state,
        to_state, reason, detail)
    SELECT uuidv7(), tenant_id, :now, :actor_kind, :actor_id, :actor_name, :route, 'activity.moved', 'activity',
           id::text, status, 'completed', 'The fact behind it is good again', jsonb_build_object('name', name)
    FROM found WHERE status NOT IN ('completed', 'cancelled', 'skipped')
)
SELECT count(*) FROM found WHERE status NOT IN ('completed', 'cancelled', 'skipped')
""")


@dataclass(frozen=True, kw_only=True)
class ScoredChannel:
    """A channel and its newest score."""

    tenant_id: UUID
    channel_id: UUID
    score: Score


@dataclass(frozen=True, kw_only=True)
class ImprovementsReport:
    """How many tasks were made, and how many ended because their fact is good."""

    opened: int
    ended: int


def improvement_key(channel_id: UUID, fact: str) -> str:
    """What names the one live task about a fact of a channel."""
    return f"score:{channel_id}:{fact}"


def follow_scores(work: UnitOfWork, channels: Sequence[ScoredChannel], *, run_id: str | None) -> ImprovementsReport:
    """Make the tasks of low facts and end those of good ones. What is unknown is left as it is."""
    who = {
        "now": work.now, "actor_kind": work.actor.kind, "actor_id": work.actor.id, "actor_name": work.actor.name,
        "route": work.actor.route,
    }  # fmt: skip
    good = [pair for channel in channels for pair in _good(channel)]
    ended = _run(work, _END, who | {"tenants": [tenant for tenant, _ in good], "keys": [key for _, key in good]})
    low = [row for channel in channels for row in _low(channel)]
    columns: dict[str, Any] = {
        name: [row[at] for row in low] for at, name in enumerate(("tenants", "channels", "keys", "names", "hows"))
    }
    made = {"step": STEP, "role": HumanRole.REVIEWER, "run_id": run_id}
    opened = _run(work, _OPEN, who | columns | made)
    return ImprovementsReport(opened=opened, ended=ended)


def finish_task(work: UnitOfWork, activity_id: UUID, *, done: bool) -> Activity:
    """A person says that an improvement is done, or that nobody will do it. It comes again once its fact was good.

    Raises NotFound, NotAllowed, or TransitionRefused when it is over already.
    """
    work.actor.require(Permission.EDIT)
    activity = work.session.get(Activity, activity_id, with_for_update=True, populate_existing=True)
    if activity is None or activity.step_key != STEP:
        msg = "There is no such task in this tenant."
        raise NotFound(msg)
    target = ActivityStatus.COMPLETED if done else ActivityStatus.SKIPPED
    move_activity(work, activity, target, f"{'Done' if done else 'Skipped'} by {work.actor.name}")
    return activity


def _run(work: UnitOfWork, statement: Any, values: dict[str, Any]) -> int:  # noqa: ANN401 - a text clause
    return int(work.session.execute(statement, values).scalar_one())


def _low(channel: ScoredChannel) -> Iterable[tuple[UUID, UUID, str, str, str]]:
    for _, term in find_low_terms(channel.score)[:MOST_TASKS]:
        if term.term.task is not None:
            name, how = word_task(term, term.term.task)
            yield channel.tenant_id, channel.channel_id, improvement_key(channel.channel_id, term.fact.name), name, how


def _good(channel: ScoredChannel) -> Iterable[tuple[UUID, str]]:
    for dimension in channel.score.dimensions:
        for term in dimension.terms:
            if term.points is not None and term.points >= LOW:
                yield channel.tenant_id, improvement_key(channel.channel_id, term.fact.name)
