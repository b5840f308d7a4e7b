"""`leadmetrics up` and `leadmetrics review`: the platform for real, on one machine."""

from __future__ import annotations

from leadmetrics_pipelines.cli.output import console
from leadmetrics_pipelines.settings import get_settings


def up() -> None:
    """Run the platform on this machine: database, Dagster and the review app. Ctrl-C stops it.

    Settings come from LEADMETRICS_* variables or a .env file (docs/reference/settings.md). Without
    LEADMETRICS_DATABASE_URL an embedded Postgres runs in the home folder. Agents need LEADMETRICS_ANTHROPIC_API_KEY.

    First time: `leadmetrics tenants add`, `leadmetrics users add`, `leadmetrics channels connect`,
    `leadmetrics deliverables add`; the month then starts by itself.
    """
    from leadmetrics_pipelines.cli.stack import running_stack

    settings = get_settings()
    with running_stack(settings, command="leadmetrics up", with_sandbox=False) as stack:
        console.print("Starting ...", style="dim")
        stack.supervisor.wait_ready()
        for name, address in stack.addresses.items():
            console.print(f"{name:>12}  {address}")
        console.print(f"Logs are in {stack.supervisor.logs}. Ctrl-C stops everything.", style="dim")
        stack.supervisor.watch()


def review() -> None:
    """Serve the review app alone, for deployments where Dagster runs elsewhere.

    Listens on LEADMETRICS_REVIEW_HOST and LEADMETRICS_REVIEW_PORT.
    """
    from leadmetrics_pipelines.review.serve import serve

    serve(get_settings())
