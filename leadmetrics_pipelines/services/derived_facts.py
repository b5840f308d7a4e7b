"""Facts that no platform tells, and that several readings of it do: follower growth, and days with a story.

Each says of what it was made. With too few readings it stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.platforms.reading import SnapshotFact
from leadmetrics_pipelines.storage.scores.models import ChannelSnapshot

LEAST_LOOKS = 7
"""A story lives for a day: on how many days somebody must have looked before their share says something."""


def derive_facts(
    facts: Sequence[SnapshotFact], *, this: ChannelSnapshot | None, before: ChannelSnapshot | None, now: datetime
) -> list[SnapshotFact]:
    """The facts with ours among them. `this`: the month's snapshot so far; `before`: the newest of an earlier month."""
    told = {fact.name: fact.value for fact in facts}
    ours = [*_growth(told, this, before, now), *_stories(told, this, now)]
    names = {fact.name for fact in ours}
    return [*(fact for fact in facts if fact.name not in names), *ours]


def _growth(
    told: dict[str, Any], this: ChannelSnapshot | None, before: ChannelSnapshot | None, now: datetime
) -> Iterable[SnapshotFact]:
    """Followers now, over those at the end of the month before; only where the platform does not tell itself."""
    month = this.month if this is not None else now.date().replace(day=1)
    if told.get("follower_growth", 0) is not None or before is None:
        return
    earlier, followers = _value(before, "followers"), told.get("followers")
    if before.month == Month(month).preceding().first_day and earlier and isinstance(followers, int | float):
        source = "followers, over those of last month's snapshot"
        yield SnapshotFact(name="follower_growth", value=round(followers / earlier - 1, 4), source=source)


def _stories(told: dict[str, Any], this: ChannelSnapshot | None, now: datetime) -> Iterable[SnapshotFact]:
    """Of the days on which somebody looked, those with a story; one look a day counts."""
    live = told.get("stories_live")
    if "stories_live" not in told:
        return
    looks, days = (_value(this, name) or 0 if this else 0 for name in ("story_looks", "story_days"))
    looked_today = this is not None and this.taken_at.date() == now.date() and looks > 0
    if isinstance(live, int | float) and not looked_today:
        looks, days = looks + 1, days + (live > 0)
    known = looks >= LEAST_LOOKS
    why = "" if known else f"Stories live for a day; somebody has looked on {looks:.0f} days, {LEAST_LOOKS} are needed."
    source = "stories that were live, day by day"
    yield SnapshotFact(name="story_looks", value=looks, source=source)
    yield SnapshotFact(name="story_days", value=days, source=source)
    yield SnapshotFact(
        name="story_day_share", value=round(days / looks, 4) if known else None, source=source, why_unknown=why
    )


def _value(snapshot: ChannelSnapshot, name: str) -> float | None:
    found = next((fact["value"] for fact in snapshot.facts if fact["name"] == name), None)
    return float(found) if isinstance(found, int | float) else None
