"""The one resource: this process's means (database, clock, keys, outside clients), as plain library objects.

It has no fields: every setting comes from the environment by `leadmetrics_pipelines.settings`, so that no secret can
end up in run config. Opened at first use, once per process; nothing happens when the code location loads. Services,
and with them the database's libraries, are imported at first use as well: every run starts a fresh process, and pays.
"""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import dagster as dg

from leadmetrics_pipelines.domain.people import system_actor

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.runtime import Runtime
    from leadmetrics_pipelines.storage.database import UnitOfWork

# Dagster acts as the platform: it may start, propose and carry out, never decide.
ACTOR = system_actor("dagster", "dagster")


class RuntimeResource(dg.ConfigurableResource[None]):
    """Gives assets, checks and sensors the Runtime."""

    def get(self) -> Runtime:
        """The Runtime of this process."""
        return _runtime()

    def across_tenants(self) -> AbstractContextManager[UnitOfWork]:
        """One transaction over all tenants, in Dagster's name."""
        from leadmetrics_pipelines.storage.database import all_tenants

        return self.get().unit_of_work(tenant=all_tenants, actor=ACTOR)


@functools.cache
def _runtime() -> Runtime:
    from leadmetrics_pipelines.services.runtime import open_runtime
    from leadmetrics_pipelines.settings import get_settings

    return open_runtime(get_settings())
