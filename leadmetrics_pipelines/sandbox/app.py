"""The sandbox as one application: every outside party, the control API and the page."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox import control, page, usual
from leadmetrics_pipelines.sandbox.anthropic import api as anthropic_api
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import FaultBook
from leadmetrics_pipelines.sandbox.gate import Gate
from leadmetrics_pipelines.sandbox.state import Journal
from leadmetrics_pipelines.sandbox.wordpress import api as wordpress_api
from leadmetrics_pipelines.sandbox.wordpress.store import Sites


def build_app(*, clock: Clock, folder: Path | None) -> FastAPI:
    """The application. `folder=None` keeps everything in memory.

    Raises:
        InvalidInput: another process uses the folder.
    """
    journal = Journal(folder)
    sites = Sites(journal)
    sites.load(clock.now())
    book = FaultBook()
    memory = ModelMemory(journal)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        journal.close()

    app = FastAPI(title="leadmetrics sandbox", lifespan=lifespan)
    app.include_router(wordpress_api.build_router(sites, clock))
    app.include_router(anthropic_api.build_router(memory, clock))
    app.include_router(control.build_router(book, sites, memory, clock))
    app.include_router(page.build_router(book, sites, memory, clock))
    app.add_middleware(Gate, book=book, clock=clock, usual=usual.BODIES)
    return app
