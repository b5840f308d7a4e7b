"""Snapshots: the facts of each channel for a month, read from its platform and stored with their sources.

A platform is asked outside of any transaction. A channel that cannot be read keeps the facts of before, with the
problem beside them; a fact that is not told is stored as unknown, with the reason and since when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Actor, system_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import DAYS_ELAPSED
from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.derived_facts import derive_facts
from leadmetrics_pipelines.services.reading import (
    ChannelProblem,
    find_readable,
    is_scored,
    open_reporter,
    read_until,
)
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.scores.models import ChannelSnapshot

if TYPE_CHECKING:
    from leadmetrics_pipelines.platforms.reading import SnapshotFact

log = structlog.get_logger(__name__)
READER = system_actor("reader", "service")
NOT_TOLD = "It is not among what is read of this platform."


@dataclass(frozen=True, kw_only=True)
class SnapshotsReport:
    """What was read of one tenant's month. `skipped`: why nothing was tried."""

    taken: int
    facts: int
    unknown: int
    problems: tuple[ChannelProblem, ...] = ()
    skipped: str = ""


def take_snapshots(
    runtime: Runtime, *, tenant: UUID, month: Month, run_id: str | None = None, channel_id: UUID | None = None,
    actor: Actor = READER,
) -> SnapshotsReport:  # fmt: skip
    """Read the facts of a tenant's connected channels (or of one) and store them, one transaction per channel."""
    today = read_until(month, runtime.clock.now())
    if today is None:
        why = f"{month.title} can no longer be read, or not yet: platforms tell how an account is now."
        return SnapshotsReport(taken=0, facts=0, unknown=0, skipped=why)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channels = [channel for channel in find_readable(work, channel_id) if is_scored(channel.platform)]
    taken: list[ChannelSnapshot] = []
    problems: list[ChannelProblem] = []
    for channel in channels:
        facts, problem = _read(runtime, channel, month, today)
        with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
            taken.append(_store(work, channel, month, facts, problem, run_id))
        if problem is not None:
            problems.append(ChannelProblem(channel=channel.name, problem=problem))
    known = [fact["value"] is not None for snapshot in taken for fact in snapshot.facts]
    return SnapshotsReport(
        taken=len(taken), facts=sum(known), unknown=len(known) - sum(known), problems=tuple(problems)
    )


def _read(
    runtime: Runtime, channel: Channel, month: Month, today: date
) -> tuple[Sequence[SnapshotFact] | None, str | None]:
    """The facts, or why there are none."""
    try:
        return open_reporter(runtime, channel).snapshot(month.first_day, today), None
    except LeadmetricsError as error:
        return None, str(error)
    except Exception:
        # An answer that a room did not expect must not cost the other channels theirs.
        log.exception("snapshot failed", channel=channel.id, platform=channel.platform)
        return None, "The platform's answer was not understood; the log has more. Tell an operator."


def _store(
    work: UnitOfWork, channel: Channel, month: Month, facts: Sequence[SnapshotFact] | None, problem: str | None,
    run_id: str | None,
) -> ChannelSnapshot:  # fmt: skip
    snapshot, before = _find(work, channel, month)
    earlier = snapshot or before
    since = {fact["name"]: fact for fact in earlier.facts} if earlier else {}
    if facts is not None:
        facts = derive_facts(facts, this=snapshot, before=before, now=work.now)
    if snapshot is None:
        snapshot = ChannelSnapshot(id=new_id(), tenant_id=work.tenant_id, channel_id=channel.id, month=month.first_day)
        snapshot.facts = [] if facts is not None else _unknown(channel, problem or "", since, work.now.date())
        work.session.add(snapshot)
    if facts is not None:
        today = read_until(month, work.now) or month.last_day
        snapshot.facts = list(_dump(channel, facts, since, today, work.now.date()))
    snapshot.problem, snapshot.run_id, snapshot.taken_at = problem, run_id, work.now
    return snapshot


def _find(work: UnitOfWork, channel: Channel, month: Month) -> tuple[ChannelSnapshot | None, ChannelSnapshot | None]:
    """This month's snapshot, and the newest of an earlier month."""
    # Two readers of one channel wait for each other, whether its row is there yet or not.
    work.session.get(Channel, channel.id, with_for_update={"key_share": True})
    of_channel = select(ChannelSnapshot).where(ChannelSnapshot.channel_id == channel.id)
    this = work.session.scalar(of_channel.where(ChannelSnapshot.month == month.first_day))
    earlier = of_channel.where(ChannelSnapshot.month < month.first_day).order_by(ChannelSnapshot.month.desc()).limit(1)
    return this, work.session.scalar(earlier)


def _dump(
    channel: Channel, facts: Iterable[SnapshotFact], earlier: Mapping[str, Mapping[str, Any]], today: date, now: date
) -> Iterable[dict[str, Any]]:
    """The facts as they are stored; those that the formula asks for and nobody told are among them, as unknown."""
    told = {fact.name for fact in facts}
    yield {"name": DAYS_ELAPSED, "value": today.day, "source": "the calendar", "why_unknown": "", "unknown_since": None}
    for fact in facts:
        unknown = fact.value is None
        yield {
            "name": fact.name, "value": fact.value, "source": fact.source, "why_unknown": fact.why_unknown,
            "unknown_since": _since(earlier, fact.name, now) if unknown else None,
        }  # fmt: skip
    for name in FORMULAS[channel.platform].facts:
        if name not in told:
            yield _nothing(name, NOT_TOLD, earlier, now)


def _unknown(
    channel: Channel, problem: str, earlier: Mapping[str, Mapping[str, Any]], now: date
) -> list[dict[str, Any]]:
    return [_nothing(name, problem, earlier, now) for name in FORMULAS[channel.platform].facts]


def _nothing(name: str, why: str, earlier: Mapping[str, Mapping[str, Any]], now: date) -> dict[str, Any]:
    since = _since(earlier, name, now)
    return {"name": name, "value": None, "source": "", "why_unknown": why, "unknown_since": since}


def _since(earlier: Mapping[str, Mapping[str, Any]], name: str, now: date) -> str:
    """The day since which nobody has told a fact: that of before, while it was unknown then, too."""
    return str((earlier.get(name) or {}).get("unknown_since") or now)
