# ruff: noqa: DTZ001 - wall times have no zone, on purpose
"""Slots keep their wall time through every change of the clocks; suggestions say how much they know."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.slots import (
    GOOD_FROM,
    THIN_FROM,
    Knowledge,
    Sample,
    WeeklySlot,
    next_free,
    occurrences,
    suggest_times,
    to_instant,
    to_local,
)
from leadmetrics_pipelines.errors import InvalidInput

ZURICH, NEW_YORK = "Europe/Zurich", "America/New_York"
SATURDAY, SUNDAY, MONDAY = 5, 6, 0


@pytest.mark.parametrize(
    ("zone", "saturday", "offsets"),
    [
        (ZURICH, date(2027, 3, 27), (1, 2, 2)),
        (ZURICH, date(2026, 10, 24), (2, 1, 1)),
        (NEW_YORK, date(2027, 3, 13), (-5, -4, -4)),
        (NEW_YORK, date(2026, 10, 31), (-4, -5, -5)),
    ],
)
def test_nine_stays_nine_on_the_weekend_of_the_clocks(zone: str, saturday: date, offsets: tuple[int, ...]) -> None:
    """Saturday, Sunday and Monday at 09:00 wall time, whatever UTC says."""
    slots = [WeeklySlot(day, time(9)) for day in (SATURDAY, SUNDAY, MONDAY)]
    found = list(occurrences(slots, zone, saturday, saturday + timedelta(days=2)))
    assert [slot.local.hour for slot in found] == [9, 9, 9]
    assert [to_local(slot.instant, zone) for slot in found] == [slot.local for slot in found]
    assert [9 - slot.instant.hour for slot in found] == list(offsets)


def test_a_time_that_is_skipped_goes_out_after_the_jump() -> None:
    """02:30 does not exist in Zurich on 28 March 2027: it is 03:30 by the new clock."""
    instant = to_instant(datetime(2027, 3, 28, 2, 30), ZURICH)
    assert instant == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert to_local(instant, ZURICH) == datetime(2027, 3, 28, 3, 30)


def test_two_slots_on_one_instant_are_one() -> None:
    """The skipped 02:30 and the real 03:30 are the same moment; one post goes out, not two."""
    slots = [WeeklySlot(SUNDAY, time(2, 30)), WeeklySlot(SUNDAY, time(3, 30))]
    found = list(occurrences(slots, ZURICH, date(2027, 3, 28), date(2027, 3, 28)))
    assert [slot.local for slot in found] == [datetime(2027, 3, 28, 3, 30)]


def test_a_time_that_comes_twice_is_its_first() -> None:
    """01:30 in New York on 1 November 2026, still by summer time."""
    assert to_instant(datetime(2026, 11, 1, 1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_the_next_free_slot_is_after_now_and_not_taken() -> None:
    """Taken ones are passed over; without slots there is none."""
    slots = [WeeklySlot(MONDAY, time(9))]
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # Monday, 09:00 in Zurich: that one is over
    first = next_free(slots, ZURICH, after=now, taken=set())
    assert first is not None
    assert first.local == datetime(2026, 11, 30, 9)
    second = next_free(slots, ZURICH, after=now, taken={first.instant})
    assert second is not None
    assert second.local == datetime(2026, 12, 7, 9)
    assert next_free([], ZURICH, after=now, taken=set()) is None


@given(
    st.sampled_from([ZURICH, NEW_YORK, "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),
)
def test_wall_time_survives_the_way_to_utc_and_back_unless_the_clocks_skip_it(zone: str, local: datetime) -> None:
    """Only a skipped wall time comes back changed, and then later by the length of the jump."""
    back = to_local(to_instant(local, zone), zone)
    assert back == local or timedelta(0) < back - local <= timedelta(hours=1)


def test_what_is_not_known_is_not_suggested() -> None:
    """None, thin and good, by the number of posts seen."""
    monday = datetime(2026, 11, 2, 9)
    samples = [Sample(monday + timedelta(days=n), 100 if n % 7 == 0 else 10) for n in range(GOOD_FROM)]
    assert suggest_times(samples[: THIN_FROM - 1]).slots == ()
    assert suggest_times(samples[: THIN_FROM - 1]).knowledge is Knowledge.NONE
    assert suggest_times(samples[:THIN_FROM]).knowledge is Knowledge.THIN
    good = suggest_times(samples)
    assert good.knowledge is Knowledge.OK
    assert good.slots[0] == WeeklySlot(MONDAY, time(9))


def test_one_lucky_post_does_not_make_the_best_time() -> None:
    """Twenty good Mondays beat one better Friday."""
    mondays = [Sample(datetime(2026, 1, 5, 9) + timedelta(weeks=n), 50) for n in range(20)]
    others = [Sample(datetime(2026, 1, 7, 15) + timedelta(weeks=n), 1) for n in range(20)]
    lucky = [Sample(datetime(2026, 1, 9, 12), 60)]
    assert suggest_times([*mondays, *others, *lucky]).slots[0] == WeeklySlot(MONDAY, time(9))


def test_a_zone_that_is_none_says_what_one_looks_like() -> None:
    """In words."""
    with pytest.raises(InvalidInput, match="Europe/Zurich"):
        to_instant(datetime(2026, 1, 1), "Zurich")
