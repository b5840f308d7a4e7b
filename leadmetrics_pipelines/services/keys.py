"""Rotating the key of stored secrets: everything that is sealed is sealed anew with the newest key.

In batches, each its own transaction: it can be stopped and started again at any point, and work goes on beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel, ConnectAttempt
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

BATCH = 200
_FIRST = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class RotationReport:
    """What was done. `unreadable`: ids whose key is not in the ring; they stay as they are."""

    resealed: int
    current: int
    """Sealed with the newest key already."""
    unreadable: tuple[str, ...] = ()


def rotate_keys(
    runtime: Runtime, actor: Actor, *, batch: int = BATCH, tell: Callable[[int], object] | None = None
) -> RotationReport:
    """Seal all credentials and pending attempts with the newest key. `tell`: called with the number seen so far.

    Every process must know the newest key before (set it first in LEADMETRICS_ENCRYPTION_KEYS, restart, then rotate);
    the old key may go when nothing is `unreadable` and nothing was resealed in a second run.
    """
    actor.require(Permission.MANAGE_PLATFORM)
    resealed = current = 0
    unreadable: list[str] = []
    for model, column in ((Channel, "credentials"), (ConnectAttempt, "secrets")):
        last: UUID | None = _FIRST
        while last is not None:
            with runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
                last, done, kept = _reseal(runtime, work, model, column, last, batch, unreadable)
            resealed, current = resealed + done, current + kept
            if tell is not None:
                tell(resealed + current + len(unreadable))
    with runtime.unit_of_work(tenant=all_tenants, actor=actor) as work:
        detail = {"resealed": resealed, "current": current, "unreadable": len(unreadable)}
        work.audit("keys.rotated", subject_kind="platform", subject_id="keys", detail=detail)
    return RotationReport(resealed=resealed, current=current, unreadable=tuple(unreadable))


def _reseal(
    runtime: Runtime, work: UnitOfWork, model: type[Channel | ConnectAttempt], column: str, after: UUID,
    batch: int, unreadable: list[str],
) -> tuple[UUID | None, int, int]:  # fmt: skip
    """One batch: the last id seen (None: there are no more), how many were sealed anew, how many were current."""
    field = getattr(model, column)
    query: Select[Any] = select(model).where(model.id > after, field.is_not(None)).order_by(model.id).limit(batch)
    rows: Sequence[Channel | ConnectAttempt] = work.session.scalars(query.with_for_update(key_share=True)).all()
    done = kept = 0
    for row in rows:
        try:
            sealed = runtime.keyring.reseal(getattr(row, column))
        except InvalidInput:
            unreadable.append(f"{model.__tablename__} {row.id}")
            continue
        if sealed is None:
            kept += 1
        else:
            setattr(row, column, sealed)
            done += 1
    return (rows[-1].id if len(rows) == batch else None), done, kept
