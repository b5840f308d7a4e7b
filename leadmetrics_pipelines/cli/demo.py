"""`leadmetrics demo`: everything on this machine, with an invented agency and the sandbox as the outside world."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Table

from leadmetrics_pipelines.cli.output import console
from leadmetrics_pipelines.settings import Settings, get_settings

if TYPE_CHECKING:
    from leadmetrics_pipelines.cli.stack import Stack


def demo() -> None:
    """Run the platform with an invented tenant and the sandbox: no key, no database, nothing leaves this machine.

    Prints three addresses and the sign-ins, then shows how far the month is. Ctrl-C stops everything; the next
    `leadmetrics demo` goes on where this one was. To begin anew, delete the home folder (default .leadmetrics).
    """
    from leadmetrics_pipelines.cli.demo_tenant import seed_demo
    from leadmetrics_pipelines.cli.stack import running_stack

    settings = demo_settings(get_settings())
    with running_stack(settings, command="leadmetrics demo", with_sandbox=True) as stack:
        with console.status("Starting database, sandbox, Dagster and review app (half a minute on two cores) ..."):
            stack.supervisor.wait_ready("sandbox")
            seed_demo(stack.runtime, f"{stack.addresses['sandbox']}/wordpress/acme")
            stack.supervisor.wait_ready()
        _print_welcome(stack)
        stack.supervisor.watch(_progress_teller(stack))


def demo_settings(settings: Settings) -> Settings:
    """The settings of the demo: outside parties are the sandbox, whatever the environment says."""
    sandbox = f"http://127.0.0.1:{settings.sandbox_port}"
    return Settings.model_validate({
        **settings.model_dump(),
        "home": settings.home.resolve(),
        "allow_loopback": True,
        "anthropic_api_key": "sandbox",
        "anthropic_base_url": f"{sandbox}/anthropic",
        "outside_url": sandbox,
        "platform_apps": _sandbox_apps(),
        "review_url": f"http://127.0.0.1:{settings.review_port}",
        "dagster_url": f"http://127.0.0.1:{settings.dagster_port}",
    })  # fmt: skip


def _sandbox_apps() -> str:
    """The apps that are registered in the sandbox, in the form of the setting."""
    from leadmetrics_pipelines.platforms.connectors import WAYS
    from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET

    families = {way.family for way in WAYS.values()}
    apps = {family: {"client_id": f"sandbox-{family}", "client_secret": CLIENT_SECRET} for family in sorted(families)}
    apps["google"]["developer_token"] = CLIENT_SECRET
    return json.dumps(apps)


def _print_welcome(stack: Stack) -> None:
    from leadmetrics_pipelines.cli.demo_tenant import PASSWORD, PEOPLE

    addresses = Table.grid(padding=(0, 2))
    for name, address in stack.addresses.items():
        addresses.add_row(f"[bold]{name}[/]", address)
    people = Table("sign in as", "role", "may", box=None, header_style="dim")
    for person in PEOPLE:
        people.add_row(person.email, person.role.replace("_", " "), person.can)
    console.print()
    console.print(addresses)
    console.print()
    console.print(people)
    console.print(f"\nThe password of all of them: [bold]{PASSWORD}[/]")
    console.print(f"Logs: {stack.supervisor.logs}   Stop: Ctrl-C", style="dim")
    console.print()


def _progress_teller(stack: Stack) -> Callable[[], None]:
    """Prints a line whenever the month has moved on; looks every two seconds."""
    from leadmetrics_pipelines.cli.demo_tenant import ACTOR, SLUG
    from leadmetrics_pipelines.services.progress import describe_progress
    from leadmetrics_pipelines.storage.database import all_tenants

    shown, looks = "", 0

    def tell() -> None:
        nonlocal shown, looks
        looks += 1
        if looks % 10 != 1:
            return
        with stack.runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
            line = describe_progress(work, SLUG)
        if line != shown:
            console.print(f"{stack.runtime.clock.now():%H:%M:%S} UTC  {line}")
            shown = line

    return tell
