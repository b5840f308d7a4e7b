"""Dagster at work beside a browser: our own sensors and jobs, evaluated in this process, over and over.

What the daemon does on a machine of its own, without its processes; the demo test runs the daemon itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from leadmetrics_pipelines.definitions import build_definitions
from leadmetrics_pipelines.services.runtime import Runtime
from sensors import gathering
from tests.orchestration.conftest import GivenRuntime

SENSORS = ("tenants", "month_catch_up", "ready_agent_work", "approved_requests", "approved_posts")


class Operations:
    """Evaluates the sensors in turn and carries out the runs they ask for."""

    def __init__(self, runtime: Runtime, instance: dg.DagsterInstance) -> None:
        GivenRuntime.given = runtime
        self._definitions = build_definitions(GivenRuntime())
        self._instance = instance
        self._seen: set[str] = set()
        self._ended = threading.Event()
        self.failures: list[str] = []

    def work(self) -> None:
        """Go on until `end`."""
        while not self._ended.wait(0.2):
            for name in SENSORS:
                self._tick(name)

    def end(self) -> None:
        """Stop after the present run."""
        self._ended.set()

    def _tick(self, name: str) -> None:
        sensor = self._definitions.get_repository_def().get_sensor_def(name)
        result = sensor(dg.build_sensor_context(instance=self._instance, resources={"runtime": GivenRuntime()}))
        if isinstance(result, dg.SensorResult):
            for addition in result.dynamic_partitions_requests or ():
                self._instance.add_dynamic_partitions("tenants", list(addition.partition_keys))
            requests = list(result.run_requests or ())
        else:
            requests = [result] if isinstance(result, dg.RunRequest) else []
        for request in requests:
            if request.run_key is None or request.run_key not in self._seen:
                self._seen.add(request.run_key or "")
                self._run(sensor.job_name or "", request)

    def _run(self, job: str, request: dg.RunRequest) -> None:
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self._instance, partition_key=request.partition_key, tags=dict(request.tags), raise_on_error=False
        )
        if not result.success:
            self.failures.append(f"{job} {request.partition_key}")


@contextlib.contextmanager
def operations_at_work(runtime: Runtime, folder: Path) -> Iterator[Operations]:
    """Dagster works in a thread for the length of the block; a failed run fails the test at the end."""
    watch_seconds, gathering.WATCH_SECONDS = gathering.WATCH_SECONDS, 0.0  # one thread for all sensors: look and go on
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        operations = Operations(runtime, instance)
        thread = threading.Thread(target=operations.work, daemon=True)
        thread.start()
        try:
            yield operations
        finally:
            operations.end()
            thread.join(timeout=60)
            gathering.WATCH_SECONDS = watch_seconds
    assert operations.failures == []
