"""Waiting in tests: poll with a deadline, never a fixed sleep."""

from __future__ import annotations

from collections.abc import Callable

from leadmetrics_pipelines.kit.clock import SystemClock


def wait_until(fact: Callable[[], bool], *, seconds: float = 20, what: str = "it") -> None:
    """Return as soon as the fact holds; fail when it does not within the time."""
    clock = SystemClock()
    deadline = clock.now().timestamp() + seconds
    while not fact():
        assert clock.now().timestamp() < deadline, f"{what} did not happen within {seconds} s"
        clock.sleep(0.05)
