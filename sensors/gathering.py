"""What sensors look at, besides our tables: the runs under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from assets.partitions import read_key
from leadmetrics_pipelines.kit.clock import Clock

T = TypeVar("T")

# A run that has been "under way" for longer lost its process (a reboot, say); waiting for it would stop the tenant.
LONGEST_RUN = timedelta(minutes=30)
# The daemon begins a tick every five seconds, whatever a sensor asks for. A tick that keeps looking for four of them
# makes people wait half a second instead of two and a half on average.
WATCH_SECONDS = 4.0
LOOK_EVERY_SECONDS = 0.5


def watch(look: Callable[[], Sequence[T]], clock: Clock) -> Sequence[T]:
    """Look until there is something, for WATCH_SECONDS at most."""
    end = clock.now() + timedelta(seconds=WATCH_SECONDS)
    while not (found := look()) and clock.now() < end:
        clock.sleep(LOOK_EVERY_SECONDS)
    return found


def find_under_way(instance: dg.DagsterInstance, job_name: str, now: datetime) -> set[tuple[str, str]]:
    """(tenant, month) of the job's runs that are queued or running."""
    filters = dg.RunsFilter(job_name=job_name, statuses=list(NOT_FINISHED_STATUSES), created_after=now - LONGEST_RUN)
    keys = [run.tags.get(PARTITION_NAME_TAG, "") for run in instance.get_runs(filters)]
    return {(tenant, str(month)) for tenant, month in (read_key(key) for key in keys if "|" in key)}
