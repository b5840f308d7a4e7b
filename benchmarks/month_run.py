"""One run of the job `start_months` over all tenants' running month, in this process, on the instance of DAGSTER_HOME.

`benchmarks/month.py` starts it and reads the last line it prints.
"""

from __future__ import annotations

import json

import dagster as dg

from assets.partitions import range_tags
from leadmetrics_pipelines.definitions import defs
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.services.tenants import list_tenants
from resources.runtime import RuntimeResource


def run_month() -> float:
    """Seconds from the run's start to its end, as Dagster's own record has them."""
    with RuntimeResource().across_tenants() as work:
        slugs = [tenant.slug for tenant in list_tenants(work)]
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("tenants", slugs)
        result = defs.resolve_job_def("start_months").execute_in_process(
            instance=instance, tags=range_tags(slugs[0], slugs[-1], str(Month.of(SystemClock().now())))
        )
        assert len(instance.get_materialized_partitions(dg.AssetKey("deliverable_periods"))) == len(slugs)
        record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    assert record.start_time is not None
    assert record.end_time is not None
    return record.end_time - record.start_time


if __name__ == "__main__":
    print(json.dumps({"run_s": run_month()}))
