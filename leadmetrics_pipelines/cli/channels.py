"""`leadmetrics channels`: where content goes, and the holds that stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from leadmetrics_pipelines.cli.context import (
    AsJson,
    PasswordStdin,
    TenantSlug,
    across_tenants,
    acting,
    ask_password,
    open_platform,
    say,
    show,
    tenant_work,
    within_tenant,
)
from leadmetrics_pipelines.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from leadmetrics_pipelines.services.runtime import Runtime
    from leadmetrics_pipelines.storage.channels.models import Channel
    from leadmetrics_pipelines.storage.database import UnitOfWork

app = typer.Typer(help="A client's outside accounts: connect, probe, disconnect, hold.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="The channel's name or id.", show_default=False)]


@app.command("list")
def list_all(tenant: TenantSlug, *, as_json: AsJson = False) -> None:
    """List a client's channels, whether they work, and until when.

    leadmetrics channels list --tenant acme
    """
    from leadmetrics_pipelines.services.channels import list_channels

    with within_tenant(tenant) as work:
        rows = [
            {
                "id": row.id, "name": row.name, "platform": row.platform, "address": row.base_url, "status": row.status,
                "why": row.status_reason, "access_ends": row.expires_at, "renews": row.renew_at,
                "checked": row.checked_at,
            }
            for row in list_channels(work, with_website=True)
        ]  # fmt: skip
    show(rows, as_json=as_json, empty="No channel yet. `leadmetrics channels connect` connects one.")


@app.command()
def connect(
    tenant: TenantSlug, platform: Annotated[str, typer.Option(help="The platform.")] = "wordpress",
    url: Annotated[str, typer.Option(help="WordPress: the site's address, e.g. https://blog.acme.example.")] = "",
    username: Annotated[str, typer.Option(help="WordPress: the account on the site.")] = "",
    name: Annotated[str, typer.Option(help="WordPress: what people call this channel.")] = "Blog",
    person: Annotated[
        str, typer.Option("--as", help="Other platforms: e-mail of who signs in there and in the review app.")
    ] = "", *,
    wait: Annotated[bool, typer.Option(help="Other platforms: wait until an account is chosen.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:  # fmt: skip
    """Connect an account, or connect it again. The platform is asked before anything is stored.

    For WordPress make an application password: in the site's admin under Users, Profile, Application Passwords.

        leadmetrics channels connect --tenant acme --url https://blog.acme.example --username editor

    All other platforms are connected on their own pages: the command prints the address that the named person opens in
    the browser in which they are signed in to the review app.

        leadmetrics channels connect --tenant acme --platform linkedin --as anna@acme.example --wait
    """
    from leadmetrics_pipelines.platforms.connectors import connects_by_oauth

    with open_platform() as runtime:
        with tenant_work(runtime, tenant) as work:
            tenant_id = work.tenant_id
        if connects_by_oauth(platform):
            _connect_there(runtime, tenant_id, platform, person, wait=wait)
        else:
            _connect_typed(runtime, tenant_id, platform, name, url, username, password_stdin=password_stdin)


def _connect_typed(
    runtime: Runtime, tenant_id: UUID, platform: str, name: str, url: str, username: str, *, password_stdin: bool
) -> None:
    from leadmetrics_pipelines.platforms.facts import facts_of
    from leadmetrics_pipelines.services.channels import connect_channel

    if not url or not username:
        raise InvalidInput("Name the site with --url and its account with --username.", field="url")
    (secret,) = [field for field in facts_of(platform).credentials if field.secret]
    password = ask_password(secret.label, from_stdin=password_stdin)
    credentials = {"username": username, secret.name: password}
    channel = connect_channel(
        runtime, tenant_id, acting(), platform=platform, name=name, base_url=url, credentials=credentials
    )
    say(f"{channel.name} is connected: {channel.base_url} as {channel.facts.get('account', username)}.")


def _connect_there(runtime: Runtime, tenant_id: UUID, platform: str, person: str, *, wait: bool) -> None:
    from leadmetrics_pipelines.services.connections import begin_connecting
    from leadmetrics_pipelines.services.people import find_user
    from leadmetrics_pipelines.storage.database import all_tenants

    if not person:
        raise InvalidInput("Name the person who will sign in at the platform with --as.", field="person")
    with runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        user = find_user(work, person)
    started = begin_connecting(runtime, tenant_id, acting(), platform, user_id=user.id)
    say(f"{user.name} opens this, signed in to {runtime.settings.review_url}, before {started.ends_at:%H:%M} UTC:")
    print(started.address)
    if wait:
        _wait_for(runtime, tenant_id, started.attempt_id)


def _wait_for(runtime: Runtime, tenant_id: UUID, attempt_id: UUID) -> None:
    """Until the attempt is over; exit code 1 when it came to nothing."""
    from leadmetrics_pipelines.services.connections import AttemptStatus, get_attempt

    while True:
        with runtime.unit_of_work(tenant=tenant_id, actor=acting()) as work:
            attempt = get_attempt(work, attempt_id)
            problem = attempt.problem or "Nobody finished it in time."
            is_late = attempt.ends_at <= work.now
        if attempt.status == AttemptStatus.DONE:
            say("Connected.")
            return
        if attempt.status == AttemptStatus.FAILED or is_late:
            say(problem)
            raise typer.Exit(1)
        runtime.clock.sleep(1)


@app.command()
def probe(tenant: TenantSlug, channel: Which) -> None:
    """Ask the platform whether a channel still works, and note the answer. Exit code 1 when it does not.

    leadmetrics channels probe --tenant acme Blog
    """
    from leadmetrics_pipelines.services.probes import probe_channel

    with open_platform() as runtime:
        with tenant_work(runtime, tenant) as work:
            row = find_channel(work, channel)
        row = probe_channel(runtime, row.tenant_id, acting(), row.id)
    say(f"{row.name} is {row.status}.{f' {row.status_reason}' if row.status_reason else ''}")
    if row.status != "connected" or row.status_reason:
        raise typer.Exit(1)


@app.command()
def disconnect(tenant: TenantSlug, channel: Which) -> None:
    """Forget a channel's credentials, and give them back at the platform where that works. Its posts wait.

    leadmetrics channels disconnect --tenant acme Blog
    """
    from leadmetrics_pipelines.services.connections import disconnect as disconnect_there

    with open_platform() as runtime:
        with tenant_work(runtime, tenant) as work:
            row = find_channel(work, channel)
        done = disconnect_there(runtime, row.tenant_id, acting(), row.id)
    say(f"{done.channel.name} is disconnected. {done.told}")


@app.command()
def hold(
    reason: Annotated[str, typer.Option(help="Why; whoever finds publishing at a stop reads it.")],
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="The client's slug.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel of the client: name or id.")] = None, *,
    everything: Annotated[bool, typer.Option("--all", help="All publishing of all clients.")] = False,
) -> None:  # fmt: skip
    """Stop publishing from the next call on: a channel's, a client's, or all.

    leadmetrics channels hold --tenant acme --reason "The site moves this afternoon"
    leadmetrics channels hold --all --reason "Incident 7"
    """
    from leadmetrics_pipelines.domain.channels import HoldScope
    from leadmetrics_pipelines.services.channels import set_hold

    if everything == (tenant is not None):
        raise InvalidInput("Say what to hold: --all, or --tenant with or without --channel.")
    if tenant is None:
        with across_tenants() as work:
            set_hold(work, HoldScope.ALL, None, reason)
    else:
        with within_tenant(tenant) as work:
            scope = HoldScope.CHANNEL if channel else HoldScope.TENANT
            set_hold(work, scope, find_channel(work, channel).id if channel else None, reason)
    say("Publishing is held. `leadmetrics channels holds` lists holds, `leadmetrics channels release` takes one away.")


@app.command()
def holds(*, as_json: AsJson = False) -> None:
    """List the holds that are on.

    leadmetrics channels holds
    """
    from leadmetrics_pipelines.services.channels import list_holds

    with across_tenants() as work:
        rows = [
            {
                "id": row.id, "scope": row.scope, "channel_id": row.channel_id, "reason": row.reason,
                "set_by": row.set_by, "since": row.set_at,
            }
            for row in list_holds(work)
        ]  # fmt: skip
    show(rows, as_json=as_json, empty="Nothing is held.")


@app.command()
def release(hold_id: Annotated[UUID, typer.Argument(help="The hold's id, of `leadmetrics channels holds`.")]) -> None:
    """Take a hold away. What waited past its window asks a person first.

    leadmetrics channels release 01935f4e-...
    """
    from leadmetrics_pipelines.services.channels import release_hold

    with across_tenants() as work:
        row = release_hold(work, hold_id)
    say(f"Released: {row.reason}")


def find_channel(work: UnitOfWork, wanted: str) -> Channel:
    """The tenant's channel of that name or id; NotFound names those there are."""
    from leadmetrics_pipelines.services.channels import list_channels

    rows = list_channels(work, with_website=True)
    found = [row for row in rows if wanted in {row.name, str(row.id)}]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(f"{len(found)} channels are called '{wanted}'. Name the one by its id.", field="channel")
    names = ", ".join(row.name for row in rows if row.platform != "website") or "none is connected"
    raise NotFound(f"There is no channel '{wanted}' in this tenant. Channels: {names}.")
