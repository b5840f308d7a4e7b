"""`leadmetrics month`: start months, and see how they do."""

from __future__ import annotations

from typing import Annotated

import typer

from leadmetrics_pipelines.cli.context import AsJson, TenantSlug, across_tenants, print_json, say, show, within_tenant
from leadmetrics_pipelines.errors import InvalidInput

app = typer.Typer(help="Months: start one, see how it is doing.", no_args_is_help=True)

MonthText = Annotated[str | None, typer.Option("--month", help="YYYY-MM; by default the running month.")]


@app.command()
def start(
    tenant: Annotated[list[str] | None, typer.Option("--tenant", "-t", help="A slug; may be repeated.")] = None,
    month: MonthText = None, *, everybody: Annotated[bool, typer.Option("--all", help="All clients.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Start a month: a period for each promise, and the first work of each pipeline. Repeating it changes nothing.

    Dagster does this on the first of each month by itself. Of months that do not run there is only the plan.

        leadmetrics month start --tenant acme --month 2026-11
        leadmetrics month start --all
    """
    from leadmetrics_pipelines.domain.periods import Month
    from leadmetrics_pipelines.services.months import start_months
    from leadmetrics_pipelines.services.tenants import find_tenant, list_tenants

    wanted = Month.parse(month) if month else None
    if everybody == bool(tenant):
        raise InvalidInput("Say whose month: --tenant (more than once if need be), or --all.")
    with across_tenants() as work:
        slugs = (
            [row.slug for row in list_tenants(work)] if everybody else [find_tenant(work, t).slug for t in tenant or ()]
        )
        report = start_months(work, [(slug, wanted or Month.of(work.now)) for slug in slugs])
    if report.unknown:
        raise InvalidInput(f"Paused, so not started: {', '.join(report.unknown)}. `leadmetrics tenants resume` first.")
    rows = [
        {
            "tenant": m.tenant,
            "month": str(m.month),
            "periods": m.periods,
            "activities": m.activities,
            "activated": m.activated,
        }
        for m in report.months
    ]
    show(rows, as_json=as_json, empty="No client to start.")
    if not as_json and not report.periods:
        say("Nothing was new: these months had been started, or nothing is promised (leadmetrics deliverables list).")


@app.command("show")
def show_month(tenant: TenantSlug, month: MonthText = None, *, as_json: AsJson = False) -> None:
    """Show how a client's month is doing.

    leadmetrics month show --tenant acme --month 2026-11
    """
    from leadmetrics_pipelines.domain.periods import Month
    from leadmetrics_pipelines.services.listings import read_month

    wanted = Month.parse(month) if month else None
    with within_tenant(tenant) as work:
        wanted = wanted or Month.of(work.now)
        periods = read_month(work, wanted)
    rows = [
        {
            "deliverable": period.deliverable, "completed": period.completed, "target": period.target,
            "health": str(period.health), "status": str(period.status), "started": period.started_at,
        }
        for period in periods
    ]  # fmt: skip
    if as_json:
        print_json({"tenant": tenant, "month": str(wanted), "periods": rows})
        return
    show(rows, as_json=False, empty=f"{wanted.title} has not been started for {tenant}.")
