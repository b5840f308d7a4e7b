"""Health scores: worked out of snapshots, for any number of tenants, channels and months at once.

One statement reads the snapshots, one writes the scores; what follows from them (tasks, goals) is set-based as well.
Nothing here asks a platform; `score_channel_now` does, by way of `snapshots.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import explain_term, score_channel
from leadmetrics_pipelines.domain.scoring.values import DimensionScore, Fact, Score, TermScore
from leadmetrics_pipelines.services.goals import update_channel_goals
from leadmetrics_pipelines.services.improvements import ScoredChannel, follow_scores
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.snapshots import READER, SnapshotsReport, take_snapshots
from leadmetrics_pipelines.storage.database import UnitOfWork

_WANTED = text("""
SELECT s.id, s.tenant_id, t.slug, s.channel_id, s.month, c.platform, s.facts,
       NOT EXISTS (SELECT FROM channel_snapshots n WHERE n.channel_id = s.channel_id AND n.month > s.month) AS is_newest
FROM unnest(CAST(:slugs AS text[]), CAST(:months AS date[])) AS w (slug, month)
JOIN tenants t ON t.slug = w.slug
JOIN channel_snapshots s ON s.tenant_id = t.id AND s.month = w.month
JOIN channels c ON c.id = s.channel_id
WHERE c.platform = ANY(:platforms) AND (CAST(:channel AS uuid) IS NULL OR c.id = :channel)
""")
# Scoring the same facts again changes nothing but the run and the time.
_STORE = text("""
INSERT INTO channel_scores (
    id, tenant_id, channel_id, month, total, known, dimensions, formula, snapshot_id, run_id, computed_at)
SELECT uuidv7(), tenant_id, channel_id, month, total, known, d.dimensions, formula, snapshot_id, :run_id, :now
FROM unnest(CAST(:tenants AS uuid[]), CAST(:channels AS uuid[]), CAST(:months AS date[]),
            CAST(:totals AS double precision[]), CAST(:known AS double precision[]), CAST(:formulas AS text[]),
            CAST(:snapshots AS uuid[])) WITH ORDINALITY
    AS s (tenant_id, channel_id, month, total, known, formula, snapshot_id, n)
JOIN jsonb_array_elements(CAST(:dimensions AS jsonb)) WITH ORDINALITY AS d (dimensions, n) USING (n)
ON CONFLICT (channel_id, month) DO UPDATE SET
    total = excluded.total, known = excluded.known, dimensions = excluded.dimensions, formula = excluded.formula,
    snapshot_id = excluded.snapshot_id, run_id = excluded.run_id, computed_at = excluded.computed_at
""")


# Four kilobytes each, and Postgres takes 256 MB in one JSON value.
_STORED_AT_ONCE = 5000


@dataclass(frozen=True, kw_only=True)
class TenantScores:
    """What scoring one tenant's month gave."""

    tenant: str
    month: Month
    channels: int
    lowest: float | None


@dataclass(frozen=True, kw_only=True)
class ScoresReport:
    """What scoring gave. `opened` and `ended` are improvement tasks, `goals` those whose standing changed."""

    months: tuple[TenantScores, ...]
    scores: int
    unknown: int
    opened: int
    ended: int
    goals: int


def compute_scores(
    work: UnitOfWork, keys: Sequence[tuple[str, Month]], *, run_id: str | None = None, channel_id: UUID | None = None
) -> ScoresReport:
    """Score the snapshots of the given (tenant slug, month) pairs, across tenants or in one. Repeatable.

    Only a channel's newest month makes and ends tasks; a backfill of past months fills the history alone.
    """
    work.actor.require(Permission.PROPOSE)
    wanted = sorted(set(keys))
    rows = work.session.execute(
        _WANTED,
        {
            "slugs": [slug for slug, _ in wanted], "months": [month.first_day for _, month in wanted],
            "platforms": list(FORMULAS), "channel": channel_id,
        },
    ).all()  # fmt: skip
    scored = [(row, score_channel(FORMULAS[row.platform], read_facts(row.facts))) for row in rows]
    _store(work, scored, run_id)
    newest = [
        ScoredChannel(tenant_id=row.tenant_id, channel_id=row.channel_id, score=score)
        for row, score in scored if row.is_newest
    ]  # fmt: skip
    followed = follow_scores(work, newest, run_id=run_id)
    goals = update_channel_goals(work, [channel.channel_id for channel in newest])
    return ScoresReport(
        months=tuple(_sum_up(scored)), scores=len(scored), unknown=sum(score.total is None for _, score in scored),
        opened=followed.opened, ended=followed.ended, goals=goals,
    )  # fmt: skip


def score_channel_now(runtime: Runtime, tenant: UUID, channel_id: UUID, *, actor: Actor = READER) -> SnapshotsReport:
    """Read one channel and score it, e.g. when it was just connected. What could not be read is in the report."""
    month = Month.of(runtime.clock.now())
    report = take_snapshots(runtime, tenant=tenant, month=month, channel_id=channel_id, actor=actor)
    with runtime.unit_of_work(tenant=tenant, actor=READER) as work:
        slug = work.session.execute(text("SELECT slug FROM tenants WHERE id = :id"), {"id": tenant}).scalar_one()
        compute_scores(work, [(slug, month)], channel_id=channel_id)
    return report


def read_facts(stored: Iterable[Mapping[str, Any]]) -> list[Fact]:
    """The facts of a snapshot, as formulas take them."""
    return [
        Fact(
            name=fact["name"], value=fact["value"], source=fact["source"], why_unknown=fact["why_unknown"],
            unknown_since=date.fromisoformat(since) if (since := fact.get("unknown_since")) else None,
        )
        for fact in stored
    ]  # fmt: skip


def _store(work: UnitOfWork, scored: Sequence[tuple[Any, Score]], run_id: str | None) -> None:
    for first in range(0, len(scored), _STORED_AT_ONCE):
        _store_some(work, scored[first : first + _STORED_AT_ONCE], run_id)


def _store_some(work: UnitOfWork, scored: Sequence[tuple[Any, Score]], run_id: str | None) -> None:
    # One JSON array: as an array of texts every quotation mark would be escaped on the way.
    dimensions = ",".join(json.dumps([_dump(one) for one in score.dimensions]) for _, score in scored)
    work.session.execute(
        _STORE,
        {
            "tenants": [row.tenant_id for row, _ in scored], "channels": [row.channel_id for row, _ in scored],
            "months": [row.month for row, _ in scored], "snapshots": [row.id for row, _ in scored],
            "totals": [score.total for _, score in scored], "known": [score.known for _, score in scored],
            "dimensions": f"[{dimensions}]",
            "formulas": [score.formula.name for _, score in scored], "run_id": run_id, "now": work.now,
        },
    )  # fmt: skip


def _dump(found: DimensionScore) -> dict[str, Any]:
    """A dimension with everything that a person needs to follow its points: facts, sources, formula, reasons."""
    since = found.unknown_since
    return {
        "key": found.dimension.key, "title": found.dimension.title, "score": found.points,
        "weight": found.dimension.weight, "known": found.known,
        "unknown_since": since.isoformat() if since else None,
        "explanation": found.why_unknown if found.points is None else "",
        "facts": [_dump_term(term) for term in found.terms],
    }  # fmt: skip


def _dump_term(term: TermScore) -> dict[str, Any]:
    since = term.fact.unknown_since
    return {
        "name": term.fact.name, "value": term.fact.value, "measured": term.measured, "points": term.points,
        "weight": term.term.weight, "source": term.fact.source, "formula": explain_term(term.term),
        "why_unknown": term.why_unknown, "unknown_since": since.isoformat() if since else None,
    }  # fmt: skip


def _sum_up(scored: Sequence[tuple[Any, Score]]) -> Iterable[TenantScores]:
    found: dict[tuple[str, date], list[float | None]] = {}
    for row, score in scored:
        found.setdefault((row.slug, row.month), []).append(score.total)
    for (slug, month), totals in sorted(found.items()):
        lowest = min((total for total in totals if total is not None), default=None)
        yield TenantScores(tenant=slug, month=Month(month), channels=len(totals), lowest=lowest)
