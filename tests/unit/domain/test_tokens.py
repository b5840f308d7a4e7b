"""When tokens are renewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from leadmetrics_pipelines.domain.tokens import is_alive, plan_renewal, plan_retry, plan_warning

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CHANNEL = UUID("01935f4e-0000-7000-8000-000000000001")


@pytest.mark.parametrize("life", [timedelta(hours=1), timedelta(hours=2), timedelta(days=60)])
def test_a_token_is_renewed_in_the_last_tenth_of_its_life(life: timedelta) -> None:
    """Between 90 and 95 per cent, whatever the channel."""
    for _ in range(200):
        planned = plan_renewal(uuid4(), NOW, NOW + life)
        assert planned is not None
        assert 0.9 <= (planned - NOW) / life <= 0.95


def test_the_moment_is_the_channels_own_and_always_the_same() -> None:
    """A thousand channels of one minute are spread over the twentieth of a life."""
    ends = NOW + timedelta(hours=2)
    assert plan_renewal(CHANNEL, NOW, ends) == plan_renewal(CHANNEL, NOW, ends)
    moments = [plan_renewal(uuid4(), NOW, ends) for _ in range(1000)]
    per_minute: dict[int, int] = {}
    for moment in moments:
        assert moment is not None
        minute = int((moment - NOW).total_seconds() // 60)
        per_minute[minute] = per_minute.get(minute, 0) + 1
    assert max(per_minute.values()) < 250


def test_what_does_not_end_is_not_renewed() -> None:
    """Mailchimp, Webflow, a Page's token."""
    assert plan_renewal(CHANNEL, NOW, None) is None
    assert plan_warning(NOW, None) is None
    assert is_alive(NOW, None)


@pytest.mark.parametrize("ends", [NOW, NOW - timedelta(days=1), NOW + timedelta(seconds=5)])
def test_nonsense_from_a_platform_is_no_loop(ends: datetime) -> None:
    """A token that ended at its issue is asked for again in a minute, not at once."""
    assert plan_renewal(CHANNEL, NOW, ends) == NOW + timedelta(minutes=1)


def test_retries_come_sooner_as_the_end_comes_near() -> None:
    """Hourly at the least, a minute at the most, and never before the platform allows it."""
    assert plan_retry(NOW, NOW + timedelta(days=3)) == NOW + timedelta(hours=1)
    assert plan_retry(NOW, NOW + timedelta(minutes=12)) == NOW + timedelta(minutes=3)
    assert plan_retry(NOW, NOW + timedelta(seconds=30)) == NOW + timedelta(minutes=1)
    assert plan_retry(NOW, NOW - timedelta(hours=1)) == NOW + timedelta(minutes=5)
    assert plan_retry(NOW, NOW + timedelta(minutes=12), retry_after=900) == NOW + timedelta(minutes=15)


def test_a_minute_is_kept_for_the_call_and_for_clocks_that_disagree() -> None:
    """A token with half a minute left is not used any more."""
    assert not is_alive(NOW, NOW + timedelta(seconds=30))
    assert is_alive(NOW, NOW + timedelta(seconds=90))


def test_a_person_hears_a_week_ahead() -> None:
    """Where only a person can renew."""
    assert plan_warning(NOW, NOW + timedelta(days=60)) == NOW + timedelta(days=53)
    assert plan_warning(NOW, NOW + timedelta(days=3)) == NOW + timedelta(minutes=1)
