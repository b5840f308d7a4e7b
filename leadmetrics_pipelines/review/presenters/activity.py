"""An activity as its template shows it: life cycle, transcript, calls, tokens and cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.item import run_href
from leadmetrics_pipelines.review.presenters.words import (
    ACTIVITY_BADGES,
    SESSION_BADGES,
    Clockwork,
    Fact,
    Time,
    cost,
    plural,
)
from leadmetrics_pipelines.services.views.activity_page import ActivityPage, EventView, ModelCallView, SessionView

_STATE_WORDS = {status.value: badge.label for status, badge in ACTIVITY_BADGES.items()}
_STUCK = (ActivityStatus.FAILED, ActivityStatus.BLOCKED)


def present_activity(place: Place, activity: ActivityPage, clock: Clockwork) -> dict[str, Any]:
    """What the template of an activity needs."""
    path = f"{place.base}/activities/{activity.id}"
    stuck = activity.status in _STUCK and place.may(Permission.UNBLOCK)
    publishing = activity.step_key == pipelines.PUBLISH
    hand = stuck and activity.status is ActivityStatus.FAILED and not publishing
    retry = f"{place.base}/posts/{activity.post_id}/retry" if publishing else f"{path}/retry"
    return {
        "path": path,
        "name": activity.name,
        "badge": ACTIVITY_BADGES[activity.status],
        "since": clock.ago(activity.status_since),
        "problem": activity.problem or "",
        "facts": _facts(place, activity, clock),
        "notes": [
            {
                "by": str(n.get("by", "")),
                "decision": str(n.get("decision", "")).replace("_", " "),
                "text": str(n.get("text", "")),
            }
            for n in activity.notes
        ],
        "sessions": [present_session(place, session, clock) for session in activity.sessions],
        "trail": [
            {
                "who": line.actor_name,
                "when": clock.at(line.at),
                "reason": line.reason,
                "move": _move(line.from_state, line.to_state) or line.action.replace(".", " ").replace("_", " "),
            }
            for line in activity.trail
        ],
        "retry": retry if stuck else "",
        "by_hand": f"{path}/by-hand" if hand else "",
        "cancel": f"{path}/cancel" if stuck else "",
    }


def present_session(place: Place, session: SessionView, clock: Clockwork) -> dict[str, Any]:
    """One execution."""
    took = (session.ended_at - session.started_at).total_seconds() if session.ended_at else None
    return {
        "id": str(session.id),
        "role": session.agent_role,
        "badge": SESSION_BADGES[session.status],
        "started": clock.at(session.started_at),
        "took": f"{took:.1f} s" if took is not None else "still running",
        "error": session.error or "",
        "sums": _sums(session),
        "run": run_href(place, session.run_id) if session.run_id and place.may(Permission.UNBLOCK) else "",
        "events": [_event(event, clock) for event in session.events],
        "calls": [_call(call, clock) for call in session.calls],
    }


def _sums(session: SessionView) -> str:
    tokens = f"{plural(session.input_tokens, 'token')} in, {session.output_tokens:,} out"
    return f"{tokens}, {cost(session.cost_microusd)}"


def _facts(place: Place, activity: ActivityPage, clock: Clockwork) -> list[Fact]:
    who = activity.agent_role or (activity.human_role or "").replace("_", " ")
    facts = [
        Fact(label="Status", badge=ACTIVITY_BADGES[activity.status]),
        Fact(label="Assigned to", text=f"{activity.assignee}: {who}" if who else activity.assignee),
    ]
    if activity.period:
        month = activity.period.month
        facts.append(
            Fact(
                label="Deliverable",
                text=f"{activity.period.deliverable_name}, {month.title}",
                href=f"{place.base}/month?month={month}",
            )
        )
    if activity.request_id and activity.request_title:
        facts.append(
            Fact(label="Request", text=activity.request_title, href=f"{place.base}/requests/{activity.request_id}")
        )
    if activity.post_id and activity.post_title:
        facts.append(Fact(label="Post", text=activity.post_title, href=f"{place.base}/posts/{activity.post_id}"))
    if activity.public_url:
        facts.append(Fact(label="Live at", text="See it on the site", href=activity.public_url, outside=True))
    if activity.claimed_by:
        facts.append(Fact(label="Worker", text=activity.claimed_by))
        facts.append(Fact(label="Owned until", time=clock.at(activity.lease_until)))
    if activity.run_id and place.may(Permission.UNBLOCK):
        facts.append(Fact(label="Run", text=activity.run_id[:8], href=run_href(place, activity.run_id), outside=True))
    facts.append(Fact(label="Created", time=clock.at(activity.created_at)))
    if activity.completed_at:
        facts.append(Fact(label="Completed", time=clock.at(activity.completed_at)))
    return facts


def _event(event: EventView, clock: Clockwork) -> dict[str, Any]:
    body = {key: value for key, value in event.body.items() if key != "summary"}
    when: Time = clock.time(event.at)
    return {
        "when": when,
        "kind": event.kind.replace("_", " "),
        "summary": str(event.body.get("summary", "")),
        "detail": _readable(body),
    }


def _readable(body: Mapping[str, Any]) -> str:
    """The data of a line as text; a lone string stands for itself."""
    if not body:
        return ""
    if len(body) == 1 and isinstance(only := next(iter(body.values())), str):
        return only
    return json.dumps(body, indent=2, ensure_ascii=False, default=str)


def _call(call: ModelCallView, clock: Clockwork) -> dict[str, Any]:
    return {
        "when": clock.at(call.at),
        "model": call.model,
        "stop": call.stop_reason.replace("_", " "),
        "input": f"{call.input_tokens:,}",
        "cached": f"{call.cached_tokens:,}",
        "output": f"{call.output_tokens:,}",
        "cost": cost(call.cost_microusd),
        "took": f"{call.milliseconds / 1000:.1f} s",
    }


def _move(before: str | None, after: str | None) -> str:
    words = [_STATE_WORDS.get(state, state) for state in (before, after) if state]
    return " → ".join(words)
