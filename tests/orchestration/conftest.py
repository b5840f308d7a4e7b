"""Dagster in process: an ephemeral instance, and our definitions on the test's runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import dagster as dg
import pytest

from leadmetrics_pipelines.definitions import build_definitions
from leadmetrics_pipelines.services.runtime import Runtime
from resources.runtime import RuntimeResource


class GivenRuntime(RuntimeResource):
    """The test's runtime instead of the process's. A class variable: Dagster copies resources."""

    given: ClassVar[Runtime]

    def get(self) -> Runtime:
        return self.given


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An empty Dagster instance that knows both tenants. On disk: sensors and schedules open it by reference."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.add_dynamic_partitions("tenants", ["acme", "zenith"])
        yield instance


@pytest.fixture
def definitions(runtime: Runtime) -> dg.Definitions:
    """Our code location, on the test's runtime."""
    GivenRuntime.given = runtime
    return build_definitions(GivenRuntime())
