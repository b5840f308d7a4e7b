"""A second code location: the least that Dagster needs from a sensor's flag to the end of a run that does nothing."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

FLAG = "floor.flag"


@dg.op
def do_nothing() -> None:
    """Nothing."""


@dg.job(executor_def=dg.in_process_executor)
def no_op() -> None:
    """One step that does nothing."""
    do_nothing()


@dg.sensor(job=no_op, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def flag(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run for each new content of the flag file in Dagster's home."""
    path = Path(context.instance.root_directory) / FLAG
    return dg.RunRequest(run_key=path.read_text()) if path.exists() else dg.SkipReason("No flag.")


defs = dg.Definitions(jobs=[no_op], sensors=[flag])
