"""Whether this process answers, and whether its database does. For supervisors and the CLI."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.storage.database import all_tenants

router = APIRouter()


@router.get("/healthz")
def show_health(request: Request) -> Response:
    """200 with `{"status": "ok"}` when a statement goes through; an error page otherwise."""
    with request.app.state.runtime.unit_of_work(tenant=all_tenants, actor=system_actor("review app", "page")) as work:
        work.session.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})
