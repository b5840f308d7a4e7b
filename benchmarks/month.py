"""Starting a month for many tenants at once, against one plain SQL script that inserts the same rows."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from benchmarks.homes import Home, temporary_home
from benchmarks.results import Result
from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.pipelines import PLAN
from leadmetrics_pipelines.services.months import start_months
from leadmetrics_pipelines.storage.database import all_tenants

TARGET = 3.0
TENANTS, DELIVERABLES = 500, 8
ROUNDS = 5
ACTOR = system_actor("benchmark", "benchmark")
SCRIPT = (Path(__file__).parent / "month.sql").read_text()
_TENANTS = """
INSERT INTO tenants (id, slug, name, website_url, time_zone, profile, four_eyes, edit_and_approve, is_active,
                     created_at)
SELECT uuidv7(), 'tenant-' || lpad(n::text, 4, '0'), 'Tenant ' || n, 'https://tenant.example', 'UTC', '{}', true, true,
       true, now()
FROM generate_series(1, %s) AS n
"""
_DELIVERABLES = """
INSERT INTO deliverables (id, tenant_id, kind, name, monthly_quantity, goal, is_active, created_at)
SELECT uuidv7(), t.id, 'blog_posts', 'Blog posts ' || n, 10, '', true, now()
FROM tenants t CROSS JOIN generate_series(1, %s) AS n
"""
# Empty, and without what a deletion leaves behind in tables and indexes.
_EMPTY = "TRUNCATE deliverable_periods, activities, audit_log CASCADE"
# What both must have written; ids, run and actor differ.
_WRITTEN = """
SELECT (SELECT count(*) FROM deliverable_periods
        WHERE status = 'active' AND month = %(month)s AND started_at IS NOT NULL),
       (SELECT count(*) FROM activities a JOIN deliverable_periods p ON p.id = a.period_id AND p.tenant_id = a.tenant_id
        WHERE a.status = 'assigned' AND a.step_key = %(step)s AND a.name = %(name)s AND a.agent_role = %(role)s),
       (SELECT count(*) FROM audit_log WHERE action IN ('period.created', 'activity.created'))
"""


def measure() -> Iterator[Result]:
    """The service and the script in turns, on emptied tables; then one run of the asset in Dagster."""
    with temporary_home() as home, closing(home.connect()) as owner:
        owner.execute(_TENANTS, [TENANTS])
        owner.execute(_DELIVERABLES, [DELIVERABLES])
        owner.execute("ANALYZE")
        keys = _keys(owner)
        ours, reference = [], []
        for turn in range(ROUNDS + 1):
            seconds = _time_service(home, owner, keys), _time_script(owner)
            if turn:  # the first of each warms up
                ours.append(seconds[0])
                reference.append(seconds[1])
        owner.execute(_EMPTY)
        run = _run_in_dagster(home)
        _check(owner)
    ratio = statistics.median(ours) / statistics.median(reference)
    yield Result(
        benchmark="month", ratio=ratio, target=TARGET, met=ratio <= TARGET,
        measured={
            "tenants": TENANTS, "deliverables_each": DELIVERABLES, "median_s": statistics.median(ours),
            "dagster_run_s": run["run_s"], "dagster_run_with_process_start_s": run["process_s"],
        },
        reference={
            "what": "benchmarks/month.sql: three INSERT ... SELECT in one transaction, by the owner of the tables",
            "median_s": statistics.median(reference),
        },
        n=ROUNDS,
    )  # fmt: skip


def _keys(owner: psycopg.Connection) -> list[tuple[str, Month]]:
    row = owner.execute("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date").fetchone()
    assert row is not None
    return [(slug, Month(row[0])) for (slug,) in owner.execute("SELECT slug FROM tenants ORDER BY slug").fetchall()]


def _time_service(home: Home, owner: psycopg.Connection, keys: list[tuple[str, Month]]) -> float:
    owner.execute(_EMPTY)
    began = time.perf_counter()
    with home.runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        report = start_months(work, keys, run_id="benchmark")
    seconds = time.perf_counter() - began
    assert report.periods == TENANTS * DELIVERABLES
    _check(owner)
    return seconds


def _time_script(owner: psycopg.Connection) -> float:
    owner.execute(_EMPTY)
    began = time.perf_counter()
    owner.execute(SCRIPT)
    seconds = time.perf_counter() - began
    _check(owner)
    return seconds


def _check(owner: psycopg.Connection) -> None:
    wanted = TENANTS * DELIVERABLES
    first = {"step": PLAN, "name": "Research topics", "role": "seo-specialist"}
    month = owner.execute("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')").fetchone()
    assert month is not None
    found = owner.execute(_WRITTEN, {**first, "month": month[0]}).fetchone()
    assert found == (wanted, wanted, 2 * wanted), found


def _run_in_dagster(home: Home) -> dict[str, float]:
    began = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.month_run"], env={**os.environ, **home.env},
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return {**json.loads(answer.stdout.splitlines()[-1]), "process_s": time.perf_counter() - began}
