"""Alembic's environment: runs on the connection that `storage/migrate.py` hands over."""

from __future__ import annotations

from alembic import context

from leadmetrics_pipelines.storage.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
