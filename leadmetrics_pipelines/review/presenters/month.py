"""The month's board as its template shows it: weeks with cells, stages in numbers, stuck work with its ways out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.item import run_href
from leadmetrics_pipelines.review.presenters.words import (
    ACTIVITY_BADGES,
    HEALTH_BADGES,
    PERIOD_BADGES,
    Badge,
    Clockwork,
    Tone,
)
from leadmetrics_pipelines.services.views.month_board import Lane, MonthBoard, StageLine, StuckWork, Unit, UnitState

UNIT_BADGES = {
    UnitState.DONE: Badge(Tone.GOOD, "check", "Live"),
    UnitState.MOVING: Badge(Tone.INFO, "half", "In work"),
    UnitState.WAITING: Badge(Tone.ATTENTION, "eye", "Waits for a person"),
    UnitState.STUCK: Badge(Tone.BLOCKED, "warn", "Stuck"),
    UnitState.EMPTY: Badge(Tone.QUIET, "dashed", "No topic yet"),
}


def present_board(place: Place, board: MonthBoard, clock: Clockwork) -> dict[str, Any]:
    """The whole board."""
    return {
        "month": board.month,
        "lanes": [present_lane(place, lane, board, clock) for lane in board.lanes],
        "legend": list(UNIT_BADGES.values()),
        "before": f"{place.base}/month?month={board.month.preceding()}",
        "after": f"{place.base}/month?month={board.month.following()}",
        "months": [
            {"label": m.title, "href": f"{place.base}/month?month={m}", "current": m == board.month}
            for m in board.months
        ],
        "stamp": stamp_of(board),
    }


def stamp_of(board: MonthBoard) -> str:
    """Changes whenever the board would look different."""
    lanes = [
        f"{lane.completed}/{lane.target}:"
        + "".join(f"{u.state[0]}{u.sentence[:12]}" for u in lane.units)
        + f":{len(lane.stuck)}:"
        + ",".join(f"{s.done}.{s.waiting}.{s.moving}.{s.stuck}" for s in lane.stages)
        for lane in board.lanes
    ]
    return sha256_bytes("|".join(lanes).encode())[:16]


def present_lane(place: Place, lane: Lane, board: MonthBoard, clock: Clockwork) -> dict[str, Any]:
    """One deliverable."""
    missing = lane.forecast is not None and lane.forecast < lane.target
    running = lane.forecast is not None and lane.completed < lane.target
    return {
        "name": lane.name,
        "channel": lane.channel_name or "No channel",
        "goal": lane.goal,
        "completed": lane.completed,
        "target": lane.target,
        "health": HEALTH_BADGES[lane.health],
        "status": PERIOD_BADGES[lane.status],
        "forecast": f"At this pace {lane.forecast} by the end of the month" if running and missing else "",
        "run": run_href(place, lane.run_id) if lane.run_id and place.may(Permission.UNBLOCK) else "",
        "weeks": _weeks(place, lane, board, clock),
        "stages": [_stage(stage) for stage in lane.stages],
        "stuck": [present_stuck(place, stuck, clock) for stuck in lane.stuck],
        "units": [_cell(place, unit, clock) for unit in lane.units],
    }


def present_stuck(place: Place, stuck: StuckWork, clock: Clockwork) -> dict[str, Any]:
    """Stuck work and its three ways out, as far as the person may take them."""
    path = f"{place.base}/activities/{stuck.activity_id}"
    may = place.may(Permission.UNBLOCK)
    publishing = stuck.step_key == pipelines.PUBLISH
    by_hand = may and stuck.step_key in (pipelines.WRITE, pipelines.PLAN)
    retry = f"{place.base}/posts/{stuck.post_id}/retry" if publishing and stuck.post_id else f"{path}/retry"
    return {
        "href": path,
        "name": stuck.name,
        "badge": ACTIVITY_BADGES[stuck.status],
        "problem": stuck.problem,
        "since": clock.ago(stuck.since),
        "retry": retry if may else "",
        "by_hand": f"{path}/by-hand" if by_hand else "",
        "cancel": f"{path}/cancel" if may else "",
    }


def _weeks(place: Place, lane: Lane, board: MonthBoard, clock: Clockwork) -> list[dict[str, Any]]:
    weeks = []
    for first, last in weeks_of(board.month):
        units = [
            unit
            for unit in lane.units
            if first <= min(max(unit.due, board.month.first_day), board.month.last_day) <= last
        ]
        weeks.append(
            {
                "label": _span(first, last),
                "now": first <= board.today <= last,
                "cells": [_cell(place, unit, clock) for unit in units],
            }
        )
    return weeks


def _span(first: date, last: date) -> str:
    return f"{last.day} {last:%b}" if first == last else f"{first.day}–{last.day} {last:%b}"


def weeks_of(month: Month) -> list[tuple[date, date]]:
    """The calendar weeks (Monday to Sunday) of a month, cut at its ends."""
    weeks, day = [], month.first_day
    while day <= month.last_day:
        end = min(day + timedelta(days=6 - day.weekday()), month.last_day)
        weeks.append((day, end))
        day = end + timedelta(days=1)
    return weeks


def _cell(place: Place, unit: Unit, clock: Clockwork) -> dict[str, Any]:
    badge = UNIT_BADGES[unit.state]
    since = clock.ago(unit.since)
    waits = f" Waits for {unit.waits_for}{f', since {since.text}' if since else ''}." if unit.waits_for else ""
    title = f"{unit.title}: " if unit.title else ""
    if unit.activity_id is not None:
        href = f"{place.base}/activities/{unit.activity_id}"
    elif unit.post_id is not None:
        href = f"{place.base}/posts/{unit.post_id}"
    else:
        href = f"{place.base}/requests/{unit.request_id}" if unit.request_id else ""
    return {
        "number": unit.number,
        "badge": badge,
        "href": href,
        "empty": unit.state is UnitState.EMPTY,
        "label": f"{unit.number}. {title}{unit.sentence.rstrip('.')}.{waits}",
        "title": unit.title or "No topic yet",
        "sentence": unit.sentence,
        "waits_for": unit.waits_for,
        "since": since,
    }


def _stage(stage: StageLine) -> dict[str, Any]:
    notes = []
    if stage.stuck:
        notes.append(f"{stage.stuck} stuck")
    if stage.waiting:
        notes.append(f"{stage.waiting} with the {stage.who.replace('_', ' ')}")
    if stage.handed_in:
        notes.append(f"{stage.handed_in} handed in")
    if stage.moving:
        notes.append(f"{stage.moving} in work")
    if stage.done >= stage.total:
        tone, icon = Tone.GOOD, "done"
    elif stage.stuck:
        tone, icon = Tone.BLOCKED, "warn"
    elif stage.waiting:
        tone, icon = Tone.ATTENTION, "eye"
    elif stage.moving or stage.handed_in:
        tone, icon = Tone.INFO, "half"
    else:
        tone, icon = Tone.QUIET, "dashed"
    return {
        "name": stage.name,
        "value": f"{min(stage.done, stage.total)}/{stage.total}",
        "tone": tone,
        "icon": icon,
        "note": ", ".join(notes) or ("Done" if stage.done >= stage.total else "Not begun"),
    }
