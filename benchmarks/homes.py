"""A home folder of its own for one benchmark: embedded Postgres, migrated, gone at the end with everything in it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from leadmetrics_pipelines.cli.stack import DAGSTER_TUNING, ROOT, prepare_database, read_instance_config
from leadmetrics_pipelines.services.runtime import DATABASE, Runtime, open_runtime
from leadmetrics_pipelines.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Home:
    """A running database, this process's runtime on it, and the variables that take other processes there."""

    runtime: Runtime
    env: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """The settings of every process of this home."""
        return self.runtime.settings

    @property
    def folder(self) -> Path:
        """Where all of it is."""
        return self.settings.home

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance, set up as `leadmetrics up` does."""
        return Path(self.env["DAGSTER_HOME"])

    def connect(self, database: str = DATABASE) -> psycopg.Connection:
        """A plain connection as the owner of the tables, whom row-level security does not slow down."""
        assert self.runtime.embedded is not None
        return self.runtime.embedded.connect(database)


@contextlib.contextmanager
def temporary_home(**settings: Any) -> Iterator[Home]:  # noqa: ANN401 - any setting
    """A home in the temporary folder, with these settings."""
    folder = Path(tempfile.mkdtemp(prefix="leadmetrics-bench-"))
    try:
        chosen = Settings(home=folder, _env_file=None, **settings)
        dagster_home = folder / "dagster"
        dagster_home.mkdir()
        (dagster_home / "dagster.yaml").write_text(read_instance_config())
        with contextlib.ExitStack() as stack:
            env = {
                **_export(chosen), **prepare_database(chosen), **DAGSTER_TUNING,
                "DAGSTER_HOME": str(dagster_home), "PYTHONPATH": str(ROOT),
            }  # fmt: skip
            runtime = open_runtime(chosen)
            stack.callback(runtime.close)
            yield Home(runtime=runtime, env=env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _export(settings: Settings) -> dict[str, str]:
    given = settings.model_dump(include=settings.model_fields_set)
    return {f"LEADMETRICS_{name.upper()}": str(value) for name, value in given.items()}
