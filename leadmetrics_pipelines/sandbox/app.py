"""The sandbox as one application: every outside party, the control API and the page."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox import control, page, platform_control, usual
from leadmetrics_pipelines.sandbox.anthropic import api as anthropic_api
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import FaultBook
from leadmetrics_pipelines.sandbox.gate import Gate
from leadmetrics_pipelines.sandbox.moved_clock import MovedClock
from leadmetrics_pipelines.sandbox.parties import make_twins
from leadmetrics_pipelines.sandbox.state import Journal
from leadmetrics_pipelines.sandbox.wordpress import api as wordpress_api
from leadmetrics_pipelines.sandbox.wordpress.store import Sites
from leadmetrics_pipelines.sandbox.world import World


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
    world = World(journal=journal, clock=MovedClock(clock))
    twins = make_twins(world)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        journal.close()

    app = FastAPI(title="leadmetrics sandbox", lifespan=lifespan)
    app.include_router(wordpress_api.build_router(sites, clock))
    app.include_router(anthropic_api.build_router(memory, clock))
    for twin in twins:
        app.include_router(twin.router, include_in_schema=False)
    app.include_router(platform_control.build_router(twins, world.clock))
    app.include_router(
        control.build_router(book, sites, memory, clock, forget_others=platform_control.forget_all(twins, world.clock))
    )
    app.include_router(page.build_router(book, sites, memory, clock, twins=twins))
    bodies = {**usual.BODIES, **{twin.party: twin.error_body for twin in twins}}
    app.add_middleware(Gate, book=book, clock=clock, usual=bodies)
    return app
