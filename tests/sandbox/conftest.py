"""Fixtures of the sandbox's own tests: a running sandbox whose clock the test moves, and a signed-in client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from tests.sandbox.builders import AUTHOR, EDITOR, client_of

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="session")
def shared_sandbox(shared_clock: FixedClock) -> Iterator[RunningSandbox]:
    """One server for all tests of a worker. Ask for `sandbox`, which is empty."""
    with running_sandbox(clock=shared_clock) as running:
        yield running


@pytest.fixture
def clock(shared_clock: FixedClock) -> FixedClock:
    """The sandbox's clock: Monday 2 November 2026, 09:00 UTC, until the test moves it."""
    shared_clock.at = START
    return shared_clock


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox, clock: FixedClock) -> RunningSandbox:
    """An empty sandbox that behaves."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def editor(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Signed in to acme as an administrator."""
    with client_of(sandbox, EDITOR) as client:
        yield client


@pytest.fixture
def author(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Signed in to acme as an author."""
    with client_of(sandbox, AUTHOR) as client:
        yield client


@pytest.fixture
def visitor(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Not signed in."""
    with client_of(sandbox, None) as client:
        yield client
