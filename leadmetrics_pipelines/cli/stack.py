"""The platform as processes of one machine: embedded database, Dagster, review app and, for the demo, the sandbox.

Used by `leadmetrics up` and `leadmetrics demo`. What a process does inside is its own affair.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from leadmetrics_pipelines.cli.locks import hold_home
from leadmetrics_pipelines.cli.ports import require_free_port
from leadmetrics_pipelines.cli.processes import Child, Supervisor
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.services.runtime import DAGSTER_DATABASE, DATABASE, Runtime, open_runtime, start_embedded
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.migrate import migrate
from leadmetrics_pipelines.storage.security import APP_ROLE

ROOT = Path(__file__).parents[2]
# With both settings 1,000 partitions in one run take 1.0 s instead of 23.9 s (docs/decisions/0005).
DAGSTER_TUNING = {
    "DAGSTER_EVENT_BATCH_SIZE": "1000",
    "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "true",
    # Empty is unset. Containers like to set it, and then every run, a fresh process, compiles what it imports anew.
    "PYTHONDONTWRITEBYTECODE": "",
    # Dagster says at every start that backfill policies are in beta.
    "PYTHONWARNINGS": "ignore:Parameter",
}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What is running, for the command that started it."""

    supervisor: Supervisor
    runtime: Runtime
    addresses: Mapping[str, str]


@contextlib.contextmanager
def running_stack(settings: Settings, *, command: str, with_sandbox: bool) -> Iterator[Stack]:
    """Start everything, wait until it answers, and end everything at the end of the block.

    Raises AlreadyRunning, PortNotFree, ChildEnded, or an error of the database; then nothing is left running.
    """
    addresses = {"review app": settings.review_url, "Dagster": settings.dagster_url}
    if with_sandbox:
        addresses["sandbox"] = f"http://127.0.0.1:{settings.sandbox_port}"
    clock = SystemClock()
    with contextlib.ExitStack() as stack:
        stack.enter_context(hold_home(settings.home, command=command, serves=addresses, clock=clock))
        supervisor = stack.enter_context(Supervisor(settings.home, clock=clock))
        _require_ports(settings, with_sandbox=with_sandbox)
        env = prepare_database(settings)
        runtime = open_runtime(settings)
        stack.callback(runtime.close)
        stack.enter_context(supervisor.signals())
        for child in _children(settings, env, with_sandbox=with_sandbox):
            supervisor.start(child)
        yield Stack(supervisor=supervisor, runtime=runtime, addresses=addresses)


def prepare_database(settings: Settings) -> dict[str, str]:
    """Migrate, and return the variables that tell child processes where both databases are."""
    if settings.database_url is None:
        embedded = start_embedded(settings)
        migrate(embedded.url(DATABASE))
        return {
            "LEADMETRICS_DATABASE_URL": embedded.url(DATABASE, APP_ROLE),
            "LEADMETRICS_DAGSTER_DATABASE_URL": embedded.url(DAGSTER_DATABASE, driver="psycopg2"),
        }
    if settings.database_owner_url is not None:
        migrate(settings.database_owner_url.get_secret_value())
    if settings.dagster_database_url is None:
        msg = (
            "With LEADMETRICS_DATABASE_URL, Dagster needs a database of its own on a server:"
            " set LEADMETRICS_DAGSTER_DATABASE_URL (postgresql+psycopg2://...)."
        )
        raise InvalidInput(msg, field="LEADMETRICS_DAGSTER_DATABASE_URL")
    return {}


def _require_ports(settings: Settings, *, with_sandbox: bool) -> None:
    require_free_port(settings.review_port, setting="LEADMETRICS_REVIEW_PORT", host=settings.review_host)
    require_free_port(settings.dagster_port, setting="LEADMETRICS_DAGSTER_PORT")
    if with_sandbox:
        require_free_port(settings.sandbox_port, setting="LEADMETRICS_SANDBOX_PORT")


def _children(settings: Settings, env: Mapping[str, str], *, with_sandbox: bool) -> Iterator[Child]:
    python, dagster_home = Path(sys.executable), _make_dagster_home(settings.home)
    env = {**_export(settings), **env, "DAGSTER_HOME": str(dagster_home), **DAGSTER_TUNING}
    leadmetrics = [str(python), "-m", "leadmetrics_pipelines.cli.main"]
    if with_sandbox:
        yield Child(
            name="sandbox", command=[*leadmetrics, "sandbox"], env=env,
            ready_url=f"http://127.0.0.1:{settings.sandbox_port}/",
        )  # fmt: skip
    yield Child(
        name="review", command=[*leadmetrics, "review"], env=env,
        ready_url=f"http://{settings.review_host}:{settings.review_port}/healthz",
    )  # fmt: skip
    location = ["-m", "leadmetrics_pipelines.definitions"]
    yield Child(
        name="dagster-webserver",
        command=[
            python.with_name("dagster-webserver"), *location, "-h", "127.0.0.1", "-p", str(settings.dagster_port),
        ],
        env=env, cwd=settings.home.resolve(), ready_url=f"http://127.0.0.1:{settings.dagster_port}/server_info",
        ready_seconds=180,
    )  # fmt: skip
    yield Child(
        name="dagster-daemon", command=[python.with_name("dagster-daemon"), "run", *location], env=env,
        cwd=settings.home.resolve(), stop_seconds=20,
    )  # fmt: skip


def _make_dagster_home(home: Path) -> Path:
    folder = home.resolve() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(read_instance_config())
    return folder


def read_instance_config() -> str:
    """The text of `deploy/dagster.yaml`."""
    return (ROOT / "deploy" / "dagster.yaml").read_text()


def _export(settings: Settings) -> dict[str, str]:
    """Every setting of this process as variables, so that children agree with it wherever they are started."""
    exported = {}
    for name, value in settings:
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            exported[f"LEADMETRICS_{name.upper()}"] = str(plain)
    return exported | {"LEADMETRICS_HOME": str(settings.home.resolve())}
