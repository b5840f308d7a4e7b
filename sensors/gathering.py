"""What sensors look at, besides our tables: the runs under way."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARTITION_NAME_TAG

from assets.partitions import read_key

# A run that has been "under way" for longer lost its process (a reboot, say); waiting for it would stop the tenant.
LONGEST_RUN = timedelta(minutes=30)


def find_under_way(instance: dg.DagsterInstance, job_name: str, now: datetime) -> set[tuple[str, str]]:
    """(tenant, month) of the job's runs that are queued or running."""
    filters = dg.RunsFilter(
        job_name=job_name, statuses=list(NOT_FINISHED_STATUSES), created_after=now - LONGEST_RUN
    )
    keys = [run.tags.get(PARTITION_NAME_TAG, "") for run in instance.get_runs(filters)]
    return {(tenant, str(month)) for tenant, month in (read_key(key) for key in keys if "|" in key)}
