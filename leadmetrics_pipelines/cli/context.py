"""What commands share: the open platform, who acts, tables or JSON, and passwords that are never arguments."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from leadmetrics_pipelines.cli.output import console
from leadmetrics_pipelines.errors import InvalidInput

if TYPE_CHECKING:
    from leadmetrics_pipelines.domain.people import Actor
    from leadmetrics_pipelines.services.runtime import Runtime
    from leadmetrics_pipelines.storage.database import UnitOfWork

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
TenantSlug = Annotated[str, typer.Option("--tenant", "-t", help="The client's slug, e.g. acme.", show_default=False)]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]


@contextlib.contextmanager
def open_platform() -> Iterator[Runtime]:
    """The platform as the settings describe it, with a database that can be used."""
    from leadmetrics_pipelines.services.runtime import open_runtime
    from leadmetrics_pipelines.settings import get_settings
    from leadmetrics_pipelines.storage.database import DatabaseUnavailable
    from leadmetrics_pipelines.storage.security import APP_ROLE

    runtime = open_runtime(get_settings())
    try:
        try:
            runtime.database.check()
        except DatabaseUnavailable as error:
            if f'role "{APP_ROLE}" does not exist' in str(error):
                raise InvalidInput("The database has no tables yet. Run `leadmetrics db migrate`.") from error
            raise
        yield runtime
    finally:
        runtime.close()


@contextlib.contextmanager
def across_tenants() -> Iterator[UnitOfWork]:
    """One transaction over all tenants, in the name of whoever typed the command."""
    from leadmetrics_pipelines.storage.database import all_tenants

    with open_platform() as runtime, runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        yield work


@contextlib.contextmanager
def within_tenant(slug: str) -> Iterator[UnitOfWork]:
    """One transaction of one tenant. Raises NotFound, naming slugs that look like it."""
    with open_platform() as runtime, tenant_work(runtime, slug) as work:
        yield work


@contextlib.contextmanager
def tenant_work(runtime: Runtime, slug: str) -> Iterator[UnitOfWork]:
    """As `within_tenant`, on a platform that is open already."""
    from leadmetrics_pipelines.services.tenants import find_tenant
    from leadmetrics_pipelines.storage.database import all_tenants

    with runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        tenant_id = find_tenant(work, slug).id
    with runtime.unit_of_work(tenant=tenant_id, actor=acting()) as work:
        yield work


def acting() -> Actor:
    """The command line in the hands of this machine's user. It can do everything but decide."""
    from leadmetrics_pipelines.domain.people import system_actor

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return system_actor(f"cli:{user}", "cli")


def ask_password(label: str = "Password", *, from_stdin: bool, confirm: bool = False) -> str:
    """A password, asked for without echo or read from standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput(f"{label}: there is no terminal to ask on. Pipe it in and add --password-stdin.")
    password: str = typer.prompt(label, hide_input=True, confirmation_prompt=confirm)
    return password


def show(rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str = "Nothing there.") -> None:
    """Rows as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        console.print(escape(empty))
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in rows[0]:
        # An id is there to be copied: other columns give way.
        table.add_column(name.replace("_", " "), no_wrap=name == "id", min_width=36 if name == "id" else None)
    for row in rows:
        table.add_row(*(escape(_text(value)) for value in row.values()))
    console.print(table)


def print_json(value: object) -> None:
    """One JSON value on standard output, for programs."""
    print(json.dumps(value, indent=2, default=_plain, ensure_ascii=False))


def say(message: str) -> None:
    """One line about what was done."""
    console.print(escape(message), soft_wrap=True)


def _text(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _plain(value: object) -> Any:  # noqa: ANN401 - what json takes for it
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.isoformat() if isinstance(value, datetime) else str(value)
