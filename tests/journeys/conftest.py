"""Fixtures of the journeys: real time, the whole app, a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database
from tests.builders import build_runtime
from tests.databases import TestDatabase

UNDO_SECONDS = 1.0


@pytest.fixture
def live_runtime(test_database: TestDatabase, home: Path, sandbox: RunningSandbox) -> Iterator[Runtime]:
    """A runtime in real time, with a short undo time."""
    clock = SystemClock()
    database = Database(test_database.url, clock=clock, undo_seconds=UNDO_SECONDS)
    runtime = build_runtime(database, clock, home, anthropic_url=sandbox.anthropic_url)
    yield runtime
    runtime.close()


@pytest.fixture
def live_address(live_runtime: Runtime) -> Iterator[str]:
    """Where the review app answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(live_runtime), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)
