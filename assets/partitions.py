"""Partitions: tenants, months, and both. One definition of the month for everything that is monthly."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from leadmetrics_pipelines.domain.periods import Month

# Key: the tenant's slug, which never changes. The sensor `tenants` keeps it filled; archived tenants stay, because
# taking a key away while a run of it is in flight loses that run's result.
tenants = dg.DynamicPartitionsDefinition(name="tenants")
# end_offset: the running month is a partition, too.
months = dg.MonthlyPartitionsDefinition(start_date="2025-01", fmt="%Y-%m", end_offset=1)
tenant_months = dg.MultiPartitionsDefinition({"tenant": tenants, "month": months})


def tenant_month_key(tenant: str, month: str) -> dg.MultiPartitionKey:
    """The partition key of a tenant's month."""
    return dg.MultiPartitionKey({"tenant": tenant, "month": month})


def read_keys(keys: Sequence[str]) -> list[tuple[str, Month]]:
    """(tenant slug, month) of partition keys of `tenant_months`."""
    return [read_key(key) for key in keys]


def read_key(key: str) -> tuple[str, Month]:
    """(tenant slug, month) of one partition key."""
    by_dimension = tenant_months.get_partition_key_from_str(key).keys_by_dimension
    return by_dimension["tenant"], Month.parse(by_dimension["month"])


def range_tags(first_tenant: str, last_tenant: str, month: str) -> dict[str, str]:
    """Run tags that select one month of every tenant from the first to the last, in the order of the definition."""
    return {
        ASSET_PARTITION_RANGE_START_TAG: str(tenant_month_key(first_tenant, month)),
        ASSET_PARTITION_RANGE_END_TAG: str(tenant_month_key(last_tenant, month)),
    }
