"""Deliverables: the monthly promises of a tenant. Their months are in `months.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.pipelines import template_for
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.services.targets import check_targets
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable

MOST_PER_MONTH = 500
LONGEST_NAME = 120
LONGEST_GOAL = 2000


class _Unchanged:
    """The type of `UNCHANGED`."""


# For a value that may be None and still be left as it is.
UNCHANGED: Final = _Unchanged()


def add_deliverable(
    work: UnitOfWork, *, kind: str, name: str, monthly_quantity: int, channel_id: UUID | None = None,
    channel_ids: Sequence[UUID] = (), goal: str = "",
) -> Deliverable:  # fmt: skip
    """Promise so many units a month, from the next month that is started on.

    `channel_ids`: of social posts every channel each of them goes to. Raises InvalidInput: a kind without pipeline, a
    quantity outside 1 to 500, a channel that does not carry the kind; NotFound: a channel of nobody here.
    """
    work.actor.require(Permission.MANAGE_DELIVERABLES)
    template = template_for(kind)
    main, channels = check_targets(work, template, channel_id, channel_ids)
    row = Deliverable(
        tenant_id=work.tenant_id, kind=template.kind.value, name=_check_name(name),
        monthly_quantity=_check_quantity(monthly_quantity), channel_id=main, channel_ids=list(channels),
        goal=_check_goal(goal), created_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.audit(
        "deliverable.added", subject_kind="deliverable", subject_id=row.id, to_state="active",
        detail={"kind": row.kind, "name": row.name, "monthly_quantity": row.monthly_quantity},
    )  # fmt: skip
    return row


def change_deliverable(
    work: UnitOfWork, deliverable_id: UUID, *, name: str | None = None, monthly_quantity: int | None = None,
    channel_id: UUID | _Unchanged | None = UNCHANGED, channel_ids: Sequence[UUID] | None = None,
    goal: str | None = None, is_active: bool | None = None,
) -> Deliverable:  # fmt: skip
    """Change a promise for the months to come; None leaves a value as it is. Months that run keep their target."""
    work.actor.require(Permission.MANAGE_DELIVERABLES)
    row = get_deliverable(work, deliverable_id)
    wanted: dict[str, object] = {
        "name": row.name if name is None else _check_name(name),
        "monthly_quantity": row.monthly_quantity if monthly_quantity is None else _check_quantity(monthly_quantity),
        **_targets(work, row, channel_id, channel_ids),
        "goal": row.goal if goal is None else _check_goal(goal),
        "is_active": row.is_active if is_active is None else is_active,
    }
    changes = {key: value for key, value in wanted.items() if value != getattr(row, key)}
    if changes:
        before = {key: _plain(getattr(row, key)) for key in changes}
        for key, value in changes.items():
            setattr(row, key, value)
        after = {key: _plain(value) for key, value in changes.items()}
        work.audit(
            "deliverable.changed", subject_kind="deliverable", subject_id=row.id,
            detail={"before": before, "after": after},
        )  # fmt: skip
    return row


def _targets(
    work: UnitOfWork, row: Deliverable, channel_id: UUID | _Unchanged | None, channel_ids: Sequence[UUID] | None
) -> dict[str, object]:
    """Where it goes from now on: one channel in place of all, several, or as before."""
    if isinstance(channel_id, _Unchanged) and channel_ids is None:
        return {}
    wanted = row.channel_id if isinstance(channel_id, _Unchanged) and row.channel_id in (channel_ids or ()) else None
    one = wanted if isinstance(channel_id, _Unchanged) else channel_id
    main, channels = check_targets(work, template_for(row.kind), one, channel_ids or ())
    return {"channel_id": main, "channel_ids": list(channels)}


def get_deliverable(work: UnitOfWork, deliverable_id: UUID) -> Deliverable:
    """One promise of this tenant, or NotFound."""
    row = work.session.scalar(
        select(Deliverable).where(Deliverable.id == deliverable_id, Deliverable.tenant_id == work.tenant_id)
    )
    if row is None:
        raise NotFound("There is no such deliverable in this tenant.")
    return row


def list_deliverables(work: UnitOfWork, *, include_inactive: bool = False) -> tuple[Deliverable, ...]:
    """The tenant's promises, oldest first."""
    query = select(Deliverable).where(Deliverable.tenant_id == work.tenant_id).order_by(Deliverable.id)
    if not include_inactive:
        query = query.where(Deliverable.is_active)
    return tuple(work.session.scalars(query))


def _check_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"A deliverable's name has 1 to {LONGEST_NAME} characters.", field="name")
    return name


def _check_goal(goal: str) -> str:
    goal = goal.strip()
    if len(goal) > LONGEST_GOAL:
        raise InvalidInput(f"A goal has at most {LONGEST_GOAL} characters, this one has {len(goal)}.", field="goal")
    return goal


def _check_quantity(quantity: int) -> int:
    if not 1 <= quantity <= MOST_PER_MONTH:
        msg = f"{quantity} a month cannot be promised: choose 1 to {MOST_PER_MONTH}."
        raise InvalidInput(msg, field="monthly_quantity")
    return quantity


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value
