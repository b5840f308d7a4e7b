"""`leadmetrics users`: people and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadmetrics_pipelines.cli.context import (
    AsJson,
    PasswordStdin,
    TenantSlug,
    across_tenants,
    ask_password,
    say,
    show,
    within_tenant,
)

if TYPE_CHECKING:
    from leadmetrics_pipelines.domain.people import Role

app = typer.Typer(
    help="People: accounts, roles in clients, passwords.\n\nRoles: operator (watches, unblocks), reviewer (decides, "
    "edits), tenant_admin (the client: channels, promises, people). A platform admin may do everything everywhere.",
    no_args_is_help=True,
)

Email = Annotated[str, typer.Argument(help="The person's e-mail; they sign in with it.", show_default=False)]
RoleName = Annotated[str, typer.Option("--role", help="operator, reviewer or tenant_admin.", show_default=False)]


@app.command()
def add(
    email: Email, name: Annotated[str, typer.Option(help="The name others see.")],
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Give a role in this client at once.")] = None,
    role: Annotated[str, typer.Option(help="operator, reviewer or tenant_admin; with --tenant.")] = "reviewer",
    *, platform_admin: Annotated[bool, typer.Option(help="May do everything in every client.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:  # fmt: skip
    """Add a person. The password is asked for, and has at least 10 characters.

    leadmetrics users add rita@agency.example --name "Rita Rau" --tenant acme --role reviewer
    pass show rita | leadmetrics users add rita@agency.example --name "Rita Rau" --password-stdin
    """
    from leadmetrics_pipelines.services.people import add_user, grant_role
    from leadmetrics_pipelines.services.tenants import find_tenant

    wanted = _role(role)
    password = ask_password(f"Password for {email}", from_stdin=password_stdin, confirm=True)
    with across_tenants() as work:
        user = add_user(work, email=email, name=name, password=password, platform_admin=platform_admin)
        if tenant is not None:
            grant_role(work, user.id, find_tenant(work, tenant).id, wanted)
    where = f" as {wanted.replace('_', ' ')} of {tenant}" if tenant else ""
    say(f"{user.email} can sign in{where}.")


@app.command("list")
def list_all(
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="Only this client's people.")] = None, *,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List everybody, or a client's people with their roles.

    leadmetrics users list --tenant acme
    """
    from leadmetrics_pipelines.services.people import list_members, list_users

    if tenant is None:
        with across_tenants() as work:
            rows = [
                {"email": p.email, "name": p.name, "platform_admin": p.is_platform_admin, "active": p.is_active}
                for p in list_users(work)
            ]
    else:
        with within_tenant(tenant) as work:
            rows = [{"email": m.person.email, "name": m.person.name, "role": str(m.role)} for m in list_members(work)]
    show(rows, as_json=as_json, empty="Nobody yet. `leadmetrics users add` adds somebody.")


@app.command()
def grant(email: Email, tenant: TenantSlug, role: RoleName) -> None:
    """Give a person a role in a client, in place of the one they had there.

    leadmetrics users grant rita@agency.example --tenant acme --role reviewer
    """
    from leadmetrics_pipelines.services.people import find_user, grant_role
    from leadmetrics_pipelines.services.tenants import find_tenant

    wanted = _role(role)
    with across_tenants() as work:
        grant_role(work, find_user(work, email).id, find_tenant(work, tenant).id, wanted)
    say(f"{email} is {wanted.replace('_', ' ')} of {tenant}.")


@app.command()
def revoke(email: Email, tenant: TenantSlug) -> None:
    """Take a person out of a client, at once.

    leadmetrics users revoke rita@agency.example --tenant acme
    """
    from leadmetrics_pipelines.services.people import find_user, revoke_role
    from leadmetrics_pipelines.services.tenants import find_tenant

    with across_tenants() as work:
        revoke_role(work, find_user(work, email).id, find_tenant(work, tenant).id)
    say(f"{email} has no role in {tenant} any more.")


@app.command()
def password(email: Email, *, password_stdin: PasswordStdin = False) -> None:
    """Set a person's password and end all their sign-ins.

    leadmetrics users password rita@agency.example
    """
    from leadmetrics_pipelines.services.people import find_user, set_password

    with across_tenants() as work:
        person = find_user(work, email)
    wanted = ask_password(f"New password for {email}", from_stdin=password_stdin, confirm=True)
    with across_tenants() as work:
        set_password(work, person.id, wanted)
    say(f"{person.email} has a new password; their sign-ins are ended.")


@app.command()
def disable(email: Email) -> None:
    """Shut a person out everywhere, at once. What they did stays on record.

    leadmetrics users disable rita@agency.example
    """
    _set_active(email, active=False)
    say(f"{email} is shut out. `leadmetrics users enable {email}` lets them in again.")


@app.command()
def enable(email: Email) -> None:
    """Let a person in again.

    leadmetrics users enable rita@agency.example
    """
    _set_active(email, active=True)
    say(f"{email} can sign in.")


def _set_active(email: str, *, active: bool) -> None:
    from leadmetrics_pipelines.services.people import find_user, set_active

    with across_tenants() as work:
        set_active(work, find_user(work, email).id, active=active)


def _role(name: str) -> Role:
    from leadmetrics_pipelines.errors import InvalidInput
    from leadmetrics_pipelines.services.people import TENANT_ROLES

    for role in TENANT_ROLES:
        if name == role:
            return role
    raise InvalidInput(f"'{name}' is not a role in a tenant. Choose one of: {', '.join(TENANT_ROLES)}.", field="role")
