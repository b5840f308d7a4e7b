"""Months, written and counted, and the health of a promise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.periods import Health, Month, judge_health
from leadmetrics_pipelines.errors import InvalidInput

ARABIC = "".join(chr(ord("\u0660") + int(digit)) for digit in "2026") + "-\u0661\u0661"
WIDE = "".join(chr(ord("\uff10") + int(digit)) for digit in "2026") + "-\uff11\uff11"
MONTHS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: Month(day.replace(day=1)))


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "2026", "2026-1", "2026-13", "2026-00", "2026-011", "26-11", "2026/11", "2026-11-01", "2026-11 ",
     " 2026-11", "2026-11\n", "-2026-11", "1999-12", "2100-01", ARABIC, f"2026-1{ARABIC[-1]}", WIDE, "2026–11",
     "2026-11\0"],
)  # fmt: skip
def test_what_is_not_a_month_is_refused(text: str) -> None:
    """With what was written, the form, an example and the field."""
    with pytest.raises(InvalidInput, match=r"is not a month\. Write it as YYYY-MM, for example 2026-11") as caught:
        Month.parse(text)
    assert caught.value.field == "month"
    assert repr(text)[1:-1] in str(caught.value) or text in str(caught.value)


@given(MONTHS)
def test_a_month_reads_back_what_it_writes(month: Month) -> None:
    """The text is also the partition key in Dagster, and sorts as the months do."""
    assert Month.parse(str(month)) == month
    assert len(str(month)) == 7
    assert str(month) < str(month.following()) or month.first_day.year == 2099
    assert month < month.following()


@given(MONTHS)
def test_following_and_preceding_are_each_others_inverse(month: Month) -> None:
    """No month is skipped at the turn of a year, and the last day touches the next month's first."""
    assert month.following().preceding() == month.preceding().following() == month
    assert month.last_day + timedelta(days=1) == month.following().first_day
    assert month.following().first_day.day == 1


@given(st.integers(10**9, 4 * 10**9), st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]
))  # fmt: skip
def test_an_instant_lies_in_the_month_that_has_begun_there(seconds: int, zone: str) -> None:
    """And the share that has passed is between 0 and 1 only within it."""
    instant = datetime.fromtimestamp(seconds, UTC)
    month = Month.of(instant, zone)
    assert month.starts_at(zone) <= instant < month.following().starts_at(zone)
    assert 0 <= month.elapsed(instant, zone) < 1
    assert month.preceding().elapsed(instant, zone) == 1
    assert month.following().elapsed(instant, zone) == 0


def test_the_same_instant_is_in_two_months_for_two_tenants() -> None:
    """31 October, 23:30 UTC is November in Berlin and still October in New York."""
    instant = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert (str(Month.of(instant, "Europe/Berlin")), str(Month.of(instant, "America/New_York"))) == (
        "2026-11",
        "2026-10",
    )


def test_a_month_begins_at_local_midnight() -> None:
    """In UTC that is another hour, and with daylight saving another one again."""
    assert Month.parse("2026-11").starts_at("Europe/Berlin") == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert Month.parse("2026-07").starts_at("Europe/Berlin") == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert Month.parse("2026-11").title == "November 2026"
    assert Month.parse("2028-02").last_day == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("completed", "target", "elapsed", "health"),
    [
        (10, 10, 0.0, Health.COMPLETED), (11, 10, 1.0, Health.COMPLETED),
        (9, 10, 1.0, Health.MISSED), (0, 1, 1.0, Health.MISSED),
        (0, 10, 0.0, Health.ON_TRACK), (0, 10, 1 / 3, Health.ON_TRACK),
        # Two thirds through, five of ten are expected; one behind is not yet a worry.
        (4, 10, 2 / 3, Health.ON_TRACK), (3, 10, 2 / 3, Health.AT_RISK),
        (0, 10, 0.41, Health.AT_RISK), (9, 10, 0.999, Health.ON_TRACK),
    ],
)  # fmt: skip
def test_health_follows_what_is_done_and_how_much_of_the_month_is_gone(
    completed: int, target: int, elapsed: float, health: Health
) -> None:
    """The first third costs nothing; afterwards the promise is expected evenly."""
    assert judge_health(completed=completed, target=target, elapsed=elapsed) is health


@given(st.integers(1, 500), st.integers(0, 500), st.floats(0, 1))
def test_more_done_never_looks_worse(target: int, completed: int, elapsed: float) -> None:
    """One more unit keeps the health or betters it."""
    rank = [Health.MISSED, Health.AT_RISK, Health.ON_TRACK, Health.COMPLETED]
    before, after = (judge_health(completed=n, target=target, elapsed=elapsed) for n in (completed, completed + 1))
    assert rank.index(after) >= rank.index(before)
