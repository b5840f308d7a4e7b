"""The sandbox's own page."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import FaultBook
from leadmetrics_pipelines.sandbox.wordpress.store import Sites


def build_router(book: FaultBook, sites: Sites, memory: ModelMemory, clock: Clock) -> APIRouter:
    """The route `/`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def show() -> HTMLResponse:
        return HTMLResponse("<h1>Sandbox</h1>")

    return routes
