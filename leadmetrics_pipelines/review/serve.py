"""Run the review app as a process of its own."""

from __future__ import annotations

import uvicorn

from leadmetrics_pipelines.kit.logs import set_up_logs
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.services.runtime import open_runtime
from leadmetrics_pipelines.settings import Settings


def serve(settings: Settings) -> None:
    """Open what the settings ask for, serve until the process is told to stop, and close it all."""
    set_up_logs(as_json=settings.log_json)
    runtime = open_runtime(settings)
    try:
        runtime.database.check()
        config = uvicorn.Config(
            create_app(runtime), host=settings.review_host, port=settings.review_port, log_config=None,
            access_log=False, server_header=False, timeout_graceful_shutdown=5,
        )  # fmt: skip
        uvicorn.Server(config).run()
    finally:
        runtime.close()
