"""What the score pages and the API show: each channel's newest score with its history, one channel in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from leadmetrics_pipelines.domain.activities import OPEN
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.goals import GoalView, list_goals
from leadmetrics_pipelines.services.improvements import STEP
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.scores.models import ChannelScore, ChannelSnapshot

MONTHS_SHOWN = 12
_HISTORY = text("""
SELECT c.id, c.name, c.platform, c.status, s.month, s.total, s.known, s.formula
FROM channels c
LEFT JOIN LATERAL (
    SELECT month, total, known, formula FROM channel_scores WHERE channel_id = c.id ORDER BY month DESC LIMIT :months
) s ON true
WHERE c.platform = ANY(:platforms) AND c.status <> 'disconnected'
  AND (CAST(:channel AS uuid) IS NULL OR c.id = :channel)
ORDER BY c.name, c.id, s.month
""")


@dataclass(frozen=True, kw_only=True)
class ScorePoint:
    """A channel's score of one month. `total` None: nothing was known. `known`: 0 to 1."""

    month: Month
    total: float | None
    known: float
    formula: str


@dataclass(frozen=True, kw_only=True)
class ChannelHistory:
    """A channel and its scores of the last twelve months that have one, the oldest first."""

    channel_id: UUID
    name: str
    platform: str
    status: str
    points: tuple[ScorePoint, ...]

    @property
    def newest(self) -> ScorePoint | None:
        """The newest score."""
        return self.points[-1] if self.points else None

    @property
    def delta(self) -> float | None:
        """The newest score against that of the month before; None unless both are known."""
        if len(self.points) < 2:  # noqa: PLR2004 - two are needed for a difference
            return None
        before, now = self.points[-2:]
        if before.total is None or now.total is None or before.month != now.month.preceding():
            return None
        return now.total - before.total

    @property
    def same_formula(self) -> bool:
        """Whether the two scores of the delta were worked out alike."""
        return len({point.formula for point in self.points[-2:]}) <= 1


@dataclass(frozen=True, kw_only=True)
class ImprovementView:
    """A task that a low score made."""

    id: UUID
    name: str
    instructions: str
    status: str
    is_open: bool
    since: datetime


@dataclass(frozen=True, kw_only=True)
class ChannelScorePage:
    """One channel in full."""

    history: ChannelHistory
    dimensions: Sequence[Mapping[str, Any]]
    """As `services/scores.py` stores them: title, score, weight, known, facts with value, points, source, reason."""
    computed_at: datetime | None
    read_at: datetime | None
    problem: str | None
    """Why the last reading failed; the facts are those of before."""
    improvements: Sequence[ImprovementView]
    goals: Sequence[GoalView]


def read_histories(work: UnitOfWork, channel_id: UUID | None = None) -> list[ChannelHistory]:
    """Every channel that is scored, by name, in one statement."""
    values = {"months": MONTHS_SHOWN, "platforms": list(FORMULAS), "channel": channel_id}
    channels: dict[UUID, tuple[Any, list[ScorePoint]]] = {}
    for row in work.session.execute(_HISTORY, values):
        _, points = channels.setdefault(row.id, (row, []))
        if row.month is not None:
            points.append(ScorePoint(month=Month(row.month), total=row.total, known=row.known, formula=row.formula))
    return [
        ChannelHistory(
            channel_id=row.id, name=row.name, platform=row.platform, status=row.status, points=tuple(points)
        )
        for row, points in channels.values()
    ]  # fmt: skip


def read_score_page(work: UnitOfWork, channel_id: UUID) -> ChannelScorePage:
    """One channel with everything behind its newest score. Raises NotFound."""
    channel = work.session.get(Channel, channel_id)
    found = read_histories(work, channel_id)
    if channel is None or not found:
        msg = "There is no such channel with a score."
        raise NotFound(msg)
    score = work.session.scalar(_newest(ChannelScore, channel_id))
    snapshot = work.session.scalar(_newest(ChannelSnapshot, channel_id))
    return ChannelScorePage(
        history=found[0], dimensions=score.dimensions if score else (),
        computed_at=score.computed_at if score else None, read_at=snapshot.taken_at if snapshot else None,
        problem=snapshot.problem if snapshot else None, improvements=_improvements(work, channel_id),
        goals=list_goals(work, channel_id=channel_id),
    )  # fmt: skip


def _newest(table: Any, channel_id: UUID) -> Any:  # noqa: ANN401 - either of two tables of the same shape
    return select(table).where(table.channel_id == channel_id).order_by(table.month.desc()).limit(1)


def _improvements(work: UnitOfWork, channel_id: UUID) -> list[ImprovementView]:
    query = (
        select(Activity).where(Activity.channel_id == channel_id, Activity.step_key == STEP)
        .order_by(Activity.status.in_(OPEN).desc(), Activity.status_since.desc(), Activity.id).limit(20)
    )  # fmt: skip
    return [
        ImprovementView(
            id=row.id, name=row.name, instructions=row.instructions, status=row.status, is_open=row.status in OPEN,
            since=row.status_since,
        )
        for row in work.session.scalars(query)
    ]  # fmt: skip
