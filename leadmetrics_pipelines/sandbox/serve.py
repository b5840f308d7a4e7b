"""Runs the sandbox as a process of its own, until it is interrupted."""

from __future__ import annotations

from pathlib import Path

import uvicorn

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.sandbox.app import build_app
from leadmetrics_pipelines.sandbox.connection import DroppableConnection


def serve(*, host: str, port: int, folder: Path | None) -> None:
    """Serve every outside party on one port. `folder` keeps what was posted; None forgets it at the end."""
    uvicorn.run(
        build_app(clock=SystemClock(), folder=folder),
        host=host,
        port=port,
        http=DroppableConnection,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
