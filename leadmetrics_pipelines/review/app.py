"""The review app: pages for people, and the JSON API beside them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from leadmetrics_pipelines.review.api.app import PREFIX, api_router, install_api_errors
from leadmetrics_pipelines.review.assets import serve_asset
from leadmetrics_pipelines.review.problems import install_page_errors
from leadmetrics_pipelines.review.routes import (
    activities,
    audit,
    calendar,
    channels,
    connecting,
    content,
    decisions,
    dry_run,
    editing,
    health,
    inbox,
    items,
    media,
    month,
    previews,
    requests,
    scores,
    settings,
    settling,
    sign_in,
    team,
    today,
)
from leadmetrics_pipelines.review.security import SecurityHeaders
from leadmetrics_pipelines.review.templating import templates
from leadmetrics_pipelines.services.runtime import Runtime

# `requests` stands before `items`: /requests/new is not a request's id.
TENANT_ROUTES = (
    today, inbox, decisions, requests, items, editing, previews, month, calendar, dry_run, settling, content,
    activities, channels, connecting, scores, team, audit, settings,
)  # fmt: skip


def create_app(runtime: Runtime) -> FastAPI:
    """The app over an open runtime. The caller closes the runtime."""
    app = FastAPI(title="Leadmetrics", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.runtime = runtime
    app.add_middleware(SecurityHeaders)
    app.mount("/static", serve_asset)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(media.router, include_in_schema=False)
    app.include_router(sign_in.router, include_in_schema=False)
    app.include_router(connecting.way_back, include_in_schema=False)
    tenant = APIRouter(prefix="/t/{slug}")
    for room in TENANT_ROUTES:
        tenant.include_router(room.router)
    app.include_router(tenant, include_in_schema=False)
    app.include_router(api_router(runtime), prefix=PREFIX)
    install_page_errors(app)
    install_api_errors(app)
    templates()
    return app
