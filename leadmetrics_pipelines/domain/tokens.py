"""When tokens are renewed, as pure functions. Keep out: how; that is each platform's `oauth.py`.

A token is renewed in the last tenth of its life, each channel at a moment of its own (platform_apis.md 1.3 d):
a thousand channels that were connected in one minute are not renewed in one minute.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

EARLIEST = 0.10
LATEST = 0.05
"""Shares of a token's life before its end, between which it is renewed."""
LEAST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
WARN_AHEAD = timedelta(days=7)
"""How long before its end a person hears of an access that only a person can renew."""


def plan_renewal(channel_id: UUID, issued_at: datetime, expires_at: datetime | None) -> datetime | None:
    """When to renew (UTC): the same for the same channel and token. None: it does not end.

    Never within a minute of its issue, so that a platform which tells nonsense is not asked without pause.
    """
    if expires_at is None:
        return None
    share = EARLIEST - (EARLIEST - LATEST) * _fraction(channel_id)
    return max(expires_at - (expires_at - issued_at) * share, issued_at + LEAST_WAIT)


def plan_warning(issued_at: datetime, expires_at: datetime | None) -> datetime | None:
    """When to tell a person that the access ends, where no machine can renew it."""
    return None if expires_at is None else max(expires_at - WARN_AHEAD, issued_at + LEAST_WAIT)


def plan_retry(now: datetime, expires_at: datetime | None, retry_after: float | None = None) -> datetime:
    """When to try again after a fault: sooner as the end comes near, hourly at the least, never before it was allowed.

    `retry_after`: what the platform asked for, seconds.
    """
    left = timedelta() if expires_at is None else expires_at - now
    # After the end nothing gets worse by waiting; the platform is likely down for everybody.
    wait = min(max(left / 4, LEAST_WAIT), LONGEST_WAIT) if left > timedelta() else 5 * LEAST_WAIT
    return now + max(wait, timedelta(seconds=retry_after or 0))


def is_alive(now: datetime, expires_at: datetime | None) -> bool:
    """Whether an access token can be used; a minute is kept for the call itself and for clocks that disagree."""
    return expires_at is None or now + LEAST_WAIT < expires_at


def _fraction(channel_id: UUID) -> float:
    """A number in [0, 1) that belongs to the channel."""
    return int.from_bytes(hashlib.sha256(channel_id.bytes).digest()[:4]) / 2**32
