"""The least a web page of open items costs: a bare FastAPI route, one indexed query, its rows as JSON.

Served exactly as the review app is. `python -m benchmarks.inbox_reference DATABASE_URL TENANT_ID ROWS PORT`
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, text

QUERY = text("""
    SELECT id, subject_kind, subject_id, title, asked_by, cause, opened_at FROM approvals
    WHERE tenant_id = :tenant AND status = 'open' ORDER BY opened_at, id LIMIT :rows
""")


def serve(url: str, tenant: str, rows: int, port: int) -> None:
    """Serve until the process is told to stop."""
    engine = create_engine(url)
    app = FastAPI(openapi_url=None)

    @app.get("/inbox")
    def inbox() -> list[dict[str, Any]]:
        with engine.connect() as connection:
            found = connection.execute(QUERY, {"tenant": tenant, "rows": rows})
            return [dict(row) for row in found.mappings()]

    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    uvicorn.Server(config).run()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
