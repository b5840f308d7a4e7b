"""A sandbox for the tier, empty for each test, and publishers pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from tests.platforms.builders import publisher_for


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """One sandbox for all tests."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    """The sandbox, empty."""
    running.reset()
    return running


@pytest.fixture
def http() -> Iterator[HttpClients]:
    """Connections with little patience, so that hanging costs the suite little."""
    with HttpClients(timeouts=Timeouts(connect=2, read=1.5, write=5, total=6)) as clients:
        yield clients


@pytest.fixture
def publisher(sandbox: RunningSandbox, http: HttpClients) -> WordPressPublisher:
    """An administrator of the site acme."""
    return publisher_for(sandbox.wordpress_url(), http)
