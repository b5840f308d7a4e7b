"""The one resource: this process's means (database, clock, keys, outside clients), as plain library objects.

It has no fields: every setting comes from the environment by `leadmetrics_pipelines.settings`, so that no secret can
end up in run config. Opened at first use, once per process; nothing happens when the code location loads.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.runtime import Runtime


class RuntimeResource(dg.ConfigurableResource[None]):
    """Gives assets, checks and sensors the Runtime."""

    def get(self) -> Runtime:
        """The Runtime of this process."""
        return _runtime()


@functools.cache
def _runtime() -> Runtime:
    from leadmetrics_pipelines.services.runtime import open_runtime
    from leadmetrics_pipelines.settings import get_settings

    return open_runtime(get_settings())
