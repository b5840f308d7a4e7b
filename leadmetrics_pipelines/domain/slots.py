"""Slots: when a channel publishes, as wall time in the tenant's zone; and what is known of the best time.

People mean wall time ("Tuesdays at nine"), whatever the clocks do that night. So wall time and IANA zone are kept, and
the instant is worked out from them as late as possible (reference/lessons 7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadmetrics_pipelines.errors import InvalidInput

# How far ahead a free slot is looked for. Days.
HORIZON = 62
# Posts with known engagement from which a suggestion is called thin, and from which it is called good.
THIN_FROM, GOOD_FROM = 5, 20
# An hour's mean is pulled towards the overall mean as if so many average posts had been seen there, too: one lucky post
# is no best time.
_SHRINK = 5


@dataclass(frozen=True, order=True)
class WeeklySlot:
    """A time of the week. `weekday`: 0 is Monday."""

    weekday: int
    at: time

    @property
    def label(self) -> str:
        """In words: Tuesday 09:30."""
        names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        return f"{names[self.weekday]} {self.at:%H:%M}"


@dataclass(frozen=True, order=True)
class SlotTime:
    """One occurrence. `instant`: UTC; `local`: wall time as people set it, without a zone."""

    instant: datetime
    local: datetime


class Knowledge(StrEnum):
    """How much a suggestion rests on."""

    NONE = "none"
    THIN = "thin"
    OK = "ok"


@dataclass(frozen=True)
class Sample:
    """One published post: wall time of its publication, and the engagement that followed (any unit, of one channel)."""

    local: datetime
    engagement: float


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """The best times of the week, best first, and how much that is worth."""

    knowledge: Knowledge
    slots: tuple[WeeklySlot, ...]
    samples: int
    detail: str


def check_zone(zone: str) -> ZoneInfo:
    """The zone of an IANA name. Raises InvalidInput."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"'{zone}' is no time zone. Use a name such as Europe/Zurich or America/New_York."
        raise InvalidInput(msg, field="time_zone") from None


def to_instant(local: datetime, zone: str) -> datetime:
    """The instant (UTC) of a wall time.

    A wall time that the clocks skip is taken as many minutes after the jump; one that comes twice is its first.
    """
    if local.tzinfo is not None:
        msg = "A wall time has no zone of its own."
        raise InvalidInput(msg, field="publish_local")
    return local.replace(tzinfo=check_zone(zone), fold=0).astimezone(UTC)


def to_local(instant: datetime, zone: str) -> datetime:
    """The wall time of an instant, without a zone."""
    return instant.astimezone(check_zone(zone)).replace(tzinfo=None)


def occurrences(slots: Iterable[WeeklySlot], zone: str, first: date, last: date) -> Iterator[SlotTime]:
    """Every occurrence from one local day to another, both included, by instant.

    Two slots that fall on one instant (one of them is skipped by the clocks) are one occurrence.
    """
    by_weekday: dict[int, list[time]] = defaultdict(list)
    for slot in sorted(set(slots)):
        by_weekday[slot.weekday].append(slot.at)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        seen: dict[datetime, datetime] = {}
        for at in by_weekday[day.weekday()]:
            local = datetime.combine(day, at)
            # The slot that is really on the clock wins over the one that was moved there.
            instant = to_instant(local, zone)
            if instant not in seen or to_local(instant, zone) == local:
                seen[instant] = local
        yield from (SlotTime(instant, local) for instant, local in sorted(seen.items()))


def next_free(
    slots: Sequence[WeeklySlot], zone: str, *, after: datetime, taken: AbstractSet[datetime]
) -> SlotTime | None:
    """The first slot after an instant (UTC) that nothing has; None when there are no slots, or all are taken."""
    first = to_local(after, zone).date()
    found = occurrences(slots, zone, first, first + timedelta(days=HORIZON))
    return next((slot for slot in found if slot.instant > after and slot.instant not in taken), None)


def suggest_times(samples: Sequence[Sample], *, most: int = 3) -> Suggestion:
    """The hours of the week that did best, from what was published. With too little to go by: no times at all."""
    count = len(samples)
    if count < THIN_FROM:
        detail = f"{count} posts with known engagement; from {THIN_FROM} on there is something to say."
        return Suggestion(knowledge=Knowledge.NONE, slots=(), samples=count, detail=detail)
    overall = sum(sample.engagement for sample in samples) / count
    by_hour: dict[WeeklySlot, list[float]] = defaultdict(list)
    for sample in samples:
        by_hour[WeeklySlot(sample.local.weekday(), time(sample.local.hour))].append(sample.engagement)
    scored = {
        slot: (sum(values) + _SHRINK * overall) / (len(values) + _SHRINK) for slot, values in by_hour.items()
    }  # fmt: skip
    best = sorted(scored, key=lambda slot: (-scored[slot], slot))[:most]
    knowledge = Knowledge.OK if count >= GOOD_FROM else Knowledge.THIN
    worth = "enough to go by" if knowledge is Knowledge.OK else f"thin; it is good from {GOOD_FROM} on"
    return Suggestion(
        knowledge=knowledge, slots=tuple(best), samples=count, detail=f"From {count} posts: {worth}.",
    )  # fmt: skip
