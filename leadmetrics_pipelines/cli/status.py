"""`leadmetrics status`: how the platform stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from leadmetrics_pipelines.cli.context import AsJson, acting, open_platform, print_json, say, show

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.status import PlatformStatus

# The publisher's sensor ticks every few seconds; minutes of silence mean that it does not run.
SILENT_AFTER = timedelta(minutes=5)


def status(
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Only this client.")] = None, *,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what waits for people, what failed, what is due, what is held, and who is alive.

    leadmetrics status
    leadmetrics status --tenant acme --json
    """
    from leadmetrics_pipelines.services.release import ReleaseLimits
    from leadmetrics_pipelines.services.status import read_status
    from leadmetrics_pipelines.services.tenants import find_tenant
    from leadmetrics_pipelines.storage.database import all_tenants

    with open_platform() as runtime, runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        if tenant is not None:
            find_tenant(work, tenant)
        found = read_status(work, tenant=tenant, limits=ReleaseLimits.of(runtime.settings))
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: PlatformStatus) -> None:
    rows = [
        {
            "tenant": row.tenant, "waits_for_people": row.waiting, "oldest": row.oldest_wait, "failed": row.failed,
            "blocked": row.blocked, "agent_work": row.agent_work, "due": row.due,
            "publish_failed": row.publish_failed, "broken_channels": row.broken_channels,
        }
        for row in found.tenants
    ]  # fmt: skip
    show(rows, as_json=False, empty="No client yet. `leadmetrics tenants add` adds one.")
    for hold in found.holds:
        reach = hold.channel or hold.tenant or "everything"
        say(f"held: {reach}, by {hold.set_by} since {hold.set_at:%Y-%m-%d %H:%M} UTC: {hold.reason}")
    for name, at in found.heartbeats.items():
        say(f"{name}: {_ago(at, found.at)}")
    if not found.heartbeats:
        say("Nothing has run yet: the publisher has never reported. `leadmetrics up` starts the platform.")


def _ago(at: datetime, now: datetime) -> str:
    silent = now - at
    if silent > SILENT_AFTER:
        return f"silent since {at:%Y-%m-%d %H:%M} UTC. Is Dagster's daemon running?"
    return f"seen {max(0, int(silent.total_seconds()))} s ago"
