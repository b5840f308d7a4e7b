"""Alerts, and the tasks for people that go with them: raised once while a concern lasts, ended when it is over.

A concern is named by its `dedupe_key` (`channel:<id>:access`, `post:<id>:live`). Raising it again changes its words,
never its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.activities import ActivityStatus, AssigneeKind
from leadmetrics_pipelines.domain.pipelines import HumanRole
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.alerts.models import Alert
from leadmetrics_pipelines.storage.database import UnitOfWork

_OVER = (ActivityStatus.COMPLETED, ActivityStatus.CANCELLED, ActivityStatus.SKIPPED)


class Severity(StrEnum):
    """How much a concern matters."""

    INFORMATION = "information"
    ATTENTION = "attention"
    BLOCKED = "blocked"


@dataclass(frozen=True, kw_only=True)
class PersonTask:
    """What a person has to do about it. `due_at`: UTC."""

    step_key: str
    name: str
    instructions: str
    role: HumanRole = HumanRole.ADMIN
    due_at: datetime | None = None


def raise_alert(
    work: UnitOfWork, *, kind: str, severity: Severity, dedupe_key: str, title: str, detail: str, subject_kind: str,
    subject_id: object, channel_id: UUID | None = None, task: PersonTask | None = None,
) -> Alert:  # fmt: skip
    """The standing alert of this name: made, with its task, or brought up to date. In a unit of work of one tenant."""
    alert = _find(work, dedupe_key)
    if alert is None:
        alert = Alert(
            id=new_id(), tenant_id=work.tenant_id, kind=kind, severity=severity, dedupe_key=dedupe_key, title=title,
            detail=detail, subject_kind=subject_kind, subject_id=str(subject_id), channel_id=channel_id,
            opened_at=work.now,
        )  # fmt: skip
        work.session.add(alert)
        work.audit("alert.raised", subject_kind="alert", subject_id=alert.id, to_state=severity, reason=title)
    alert.kind, alert.severity, alert.title, alert.detail = kind, severity, title, detail
    if task is not None:
        alert.activity_id = open_task(work, task, dedupe_key=dedupe_key, channel_id=channel_id).id
    work.session.flush()
    return alert


def resolve_alert(work: UnitOfWork, dedupe_key: str, reason: str) -> None:
    """The concern is over: end its alert and complete its task. Nothing to end is no error."""
    alert = _find(work, dedupe_key)
    if alert is not None:
        alert.resolved_at, alert.resolved_by = work.now, work.actor.name
        work.audit("alert.resolved", subject_kind="alert", subject_id=alert.id, reason=reason)
    activity = _find_task(work, dedupe_key)
    if activity is not None:
        move_activity(work, activity, ActivityStatus.COMPLETED, reason)
    work.session.flush()


def open_task(work: UnitOfWork, task: PersonTask, *, dedupe_key: str, channel_id: UUID | None = None) -> Activity:
    """The live task of this name, made and assigned when there is none. Its name and words are kept up to date."""
    activity = _find_task(work, dedupe_key)
    if activity is None:
        activity = Activity(
            id=new_id(), tenant_id=work.tenant_id, step_key=task.step_key, name=task.name, dedupe_key=dedupe_key,
            assignee=AssigneeKind.HUMAN, human_role=task.role, status=ActivityStatus.CREATED, channel_id=channel_id,
            ready_at=work.now, created_at=work.now, status_since=work.now,
        )  # fmt: skip
        work.session.add(activity)
        work.session.flush()
        work.audit(
            "activity.created", subject_kind="activity", subject_id=activity.id, to_state=ActivityStatus.CREATED,
            detail={"name": activity.name},
        )  # fmt: skip
        move_activity(work, activity, ActivityStatus.ASSIGNED)
    activity.name, activity.instructions, activity.due_at = task.name, task.instructions, task.due_at
    return activity


def list_alerts(work: UnitOfWork) -> Sequence[Alert]:
    """The standing alerts, the newest first."""
    query = select(Alert).where(Alert.resolved_at.is_(None)).order_by(Alert.opened_at.desc(), Alert.id)
    return work.session.scalars(query).all()


def _find(work: UnitOfWork, dedupe_key: str) -> Alert | None:
    query = select(Alert).where(
        Alert.tenant_id == work.tenant_id, Alert.dedupe_key == dedupe_key, Alert.resolved_at.is_(None)
    )
    return work.session.scalar(query.with_for_update())


def _find_task(work: UnitOfWork, dedupe_key: str) -> Activity | None:
    query = select(Activity).where(
        Activity.tenant_id == work.tenant_id, Activity.dedupe_key == dedupe_key, Activity.status.not_in(_OVER)
    )
    return work.session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
