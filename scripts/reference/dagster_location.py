"""The page of Dagster: assets, checks, jobs, schedules, sensors, partitions, and how the instance is tuned."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets import partitions
from leadmetrics_pipelines.cli.stack import DAGSTER_TUNING, read_instance_config
from leadmetrics_pipelines.definitions import build_definitions
from scripts.reference.markdown import code, codes, page, table, whole_text
from sensors import decisions, gathering

_ABOUT = """
One code location, `leadmetrics_pipelines.definitions` (`workspace.yaml`). Loading it touches no network, file or
database. How the parts play together: [Dagster](../explanation/dagster.md).
"""
_PROMISE = """
No asset has an automation condition or a retry policy: each says what is due by asking Postgres, so materialising one
twice, or by hand, does nothing twice. A post goes out only when its approval stands, whoever materialises
`published_posts`.
"""


def make_page() -> str:
    """`docs/reference/dagster.md`."""
    repository = build_definitions().get_repository_def()
    return page(
        "Dagster", _ABOUT,
        "## Partitions", _partitions(),
        "## Assets", _assets(repository), _PROMISE,
        "## Asset checks", _checks(repository),
        "## Jobs", _jobs(repository),
        "## Schedules", _schedules(repository),
        "## Sensors", _sensors(repository), _sensor_figures(),
        "## The instance", _instance(),
    )  # fmt: skip


def _partitions() -> str:
    months = partitions.months
    rows = [
        (code(partitions.tenants.name), "dynamic", "the tenant's slug; the sensor `tenants` adds it, and it stays"),
        ("months", "monthly", f"`YYYY-MM`, from {months.start:%Y-%m} to the running month, in UTC"),
        ("`tenant_months`", "both", "all assets below; key `month|tenant`, for example "
         + code(partitions.tenant_month_key("acme", "2026-11"))),
    ]  # fmt: skip
    return table(("partitions", "kind", "key"), rows)


def _assets(repository: dg.RepositoryDefinition) -> str:
    rows = []
    for key in _in_order(repository):
        spec = repository.asset_graph.get(key)
        parents = codes(sorted(parent.to_user_string() for parent in spec.parent_keys))
        name, about = code(key.to_user_string()), whole_text(spec.description)
        rows.append((name, spec.group_name or "", parents or "nothing", _backfill(spec.backfill_policy), about))
    return table(("asset", "group", "after", "a backfill is", "what it is"), rows)


def _backfill(policy: dg.BackfillPolicy | None) -> str:
    most = 1 if policy is None else policy.max_partitions_per_run
    return "one run for all partitions" if most is None else f"runs of up to {most} partitions"


def _in_order(repository: dg.RepositoryDefinition) -> Iterable[dg.AssetKey]:
    return repository.asset_graph.toposorted_asset_keys


def _checks(repository: dg.RepositoryDefinition) -> str:
    graph = repository.asset_graph
    rows = [
        (code(key.name), code(key.asset_key.to_user_string()), whole_text(graph.get(key).description))
        for key in sorted(graph.asset_check_keys, key=lambda key: (key.asset_key.to_user_string(), key.name))
    ]
    return table(("check", "on", "what must hold"), rows)


def _jobs(repository: dg.RepositoryDefinition) -> str:
    jobs = sorted((job for job in repository.get_all_jobs() if not job.name.startswith("__")), key=lambda job: job.name)
    rows = [(code(job.name), job.executor_def.name, whole_text(job.description)) for job in jobs]
    return table(("job", "executor", "what it does"), rows)


def _schedules(repository: dg.RepositoryDefinition) -> str:
    schedules = sorted(repository.schedule_defs, key=lambda schedule: schedule.name)
    rows = [
        (code(s.name), code(s.cron_schedule), s.execution_timezone, code(s.job_name), whole_text(s.description))
        for s in schedules
    ]
    return table(("schedule", "when", "zone", "job", "what it does"), rows)


def _sensors(repository: dg.RepositoryDefinition) -> str:
    sensors = sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
    rows = [
        (
            code(s.name), f"{s.minimum_interval_seconds} s", codes(target.job_name for target in s.targets),
            whole_text(s.description),
        )
        for s in sensors
    ]  # fmt: skip
    return table(("sensor", "asks at most every", "starts", "what it does"), rows)


def _sensor_figures() -> str:
    minutes = gathering.LONGEST_RUN.total_seconds() / 60
    return (
        f"The three sensors that people wait for look every {gathering.LOOK_EVERY_SECONDS:g} s through a tick of up to "
        f"{gathering.WATCH_SECONDS:g} s. The same state of work is asked for once per {decisions.ASK_AGAIN_SECONDS} s; "
        f"a run that has been under way for more than {minutes:.0f} minutes is no longer waited for."
    )


def _instance() -> str:
    tuning = [(code(name), code(value)) for name, value in DAGSTER_TUNING.items()]
    about = (
        "`leadmetrics up` sets these variables for every Dagster process; where you start Dagster yourself, set them."
    )
    return "\n\n".join([
        about, table(("variable", "value"), tuning), "The instance's configuration is `deploy/dagster.yaml`:",
        f"```yaml\n{read_instance_config().strip()}\n```",
    ])  # fmt: skip
