"""`leadmetrics tokens`: bearer tokens of the JSON API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from leadmetrics_pipelines.cli.context import (
    AsJson,
    PasswordStdin,
    TenantSlug,
    acting,
    ask_password,
    open_platform,
    print_json,
    say,
    show,
    tenant_work,
    within_tenant,
)
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from leadmetrics_pipelines.domain.people import Actor
    from leadmetrics_pipelines.services.runtime import Runtime

app = typer.Typer(
    help="Tokens of the JSON API. A person's token acts as that person, so making one asks for their password; an "
    "agent's token can read, propose and comment, never decide.",
    no_args_is_help=True,
)


@app.command()
def create(
    tenant: TenantSlug, name: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[list[str], typer.Option("--scope", "-s", help="A permission; may be repeated.")],
    user: Annotated[str | None, typer.Option(help="The person it acts as (e-mail). Without: an agent's token.")] = None,
    days: Annotated[int | None, typer.Option(help="How long it lasts. Without: until it is revoked.")] = None, *,
    password_stdin: PasswordStdin = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a token. Its secret is shown this once.

    Scopes: read, propose, comment; for a person also edit, decide, unblock, hold, channels, deliverables, people.

    leadmetrics tokens create --tenant acme --name planner --scope read --scope propose
    leadmetrics tokens create --tenant acme --name "Rita's script" --user rita@agency.example -s read -s decide
    """
    from leadmetrics_pipelines.services.tokens import check_scopes, create_token

    check_scopes(scope)
    with open_platform() as runtime:
        with tenant_work(runtime, tenant) as work:
            tenant_id = work.tenant_id
        actor = _sign_in(runtime, user, tenant_id, password_stdin=password_stdin) if user else acting()
        with runtime.unit_of_work(tenant=tenant_id, actor=actor) as work:
            token, secret = create_token(
                work, kind="user" if user else "agent", name=name, scopes=scope, user_id=actor.user_id, days=days
            )
    if as_json:
        print_json({"id": token.id, "kind": token.kind, "scopes": token.scopes, "secret": secret})
        return
    print(secret)
    say("This is shown once. Send it as `Authorization: Bearer ...` to /api/v1.")


@app.command("list")
def list_all(tenant: TenantSlug, *, as_json: AsJson = False) -> None:
    """List a client's tokens, without their secrets.

    leadmetrics tokens list --tenant acme
    """
    from leadmetrics_pipelines.services.tokens import list_tokens

    with within_tenant(tenant) as work:
        rows = [
            {
                "id": row.id, "kind": row.kind, "name": row.name, "scopes": " ".join(row.scopes),
                "ends": row.expires_at, "revoked": row.revoked_at, "last_used": row.last_used_at,
            }
            for row in list_tokens(work)
        ]  # fmt: skip
    show(rows, as_json=as_json, empty="No token yet. `leadmetrics tokens create` makes one.")


@app.command()
def revoke(tenant: TenantSlug, token_id: Annotated[UUID, typer.Argument(help="Of `leadmetrics tokens list`.")]) -> None:
    """End a token, at once and for good.

    leadmetrics tokens revoke --tenant acme 01935f4e-...
    """
    from leadmetrics_pipelines.services.tokens import revoke_token

    with within_tenant(tenant) as work:
        row = revoke_token(work, token_id)
    say(f"'{row.name}' is revoked.")


def _sign_in(runtime: Runtime, email: str, tenant_id: UUID, *, password_stdin: bool) -> Actor:
    """The person, who proves it by their password; only they can make a token in their name."""
    from leadmetrics_pipelines.services import people
    from leadmetrics_pipelines.storage.database import all_tenants

    password = ask_password(f"Password of {email}", from_stdin=password_stdin)
    with runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        outcome = people.sign_in(work, email=email, password=password, address="cli")
    if isinstance(outcome, people.SignInRefused):
        raise InvalidInput(outcome.message, field="password")
    with runtime.unit_of_work(tenant=all_tenants, actor=acting()) as work:
        signed_in = people.resolve_sign_in(work, outcome.secret)
        people.sign_out(work, outcome.secret)
    memberships = signed_in.memberships if signed_in else ()
    for membership in memberships:
        if signed_in and membership.tenant_id == tenant_id:
            return people.actor_for(signed_in.user, membership.role, "cli")
    raise NotAllowed(f"{email} has no role in this tenant. `leadmetrics users grant` gives one.")
