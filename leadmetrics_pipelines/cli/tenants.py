"""`leadmetrics tenants`: the agency's clients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadmetrics_pipelines.cli.context import AsJson, across_tenants, say, show, within_tenant
from leadmetrics_pipelines.errors import InvalidInput

if TYPE_CHECKING:
    from leadmetrics_pipelines.storage.tenants.models import Tenant

app = typer.Typer(help="Clients: add, list, change, pause.", no_args_is_help=True)

Slug = Annotated[
    str, typer.Argument(help="The client's short name: a-z, 0-9, '-'. It never changes.", show_default=False)
]
Website = Annotated[str, typer.Option("--website", help="The client's site, e.g. https://www.acme.example.")]
Industry = Annotated[str | None, typer.Option(help="What agents may say: the industry.")]
Audience = Annotated[str | None, typer.Option(help="What agents may say: who buys.")]
Tone = Annotated[str | None, typer.Option(help="What agents may say: how the client sounds.")]
Location = Annotated[str | None, typer.Option(help="What agents may say: where it is.")]
Products = Annotated[list[str] | None, typer.Option("--product", help="A product; give it once for each.")]


@app.command()
def add(
    slug: Slug, name: Annotated[str, typer.Option(help="The name people see.")], website: Website,
    time_zone: Annotated[str, typer.Option(help="IANA name, e.g. Europe/Berlin.")] = "UTC",
    industry: Industry = None, audience: Audience = None, tone: Tone = None, location: Location = None,
    product: Products = None,
) -> None:  # fmt: skip
    """Add a client.

    leadmetrics tenants add acme --name "Acme" --website https://www.acme.example --time-zone Europe/Berlin
    """
    from leadmetrics_pipelines.services.tenants import register_tenant

    profile = _profile(industry, audience, tone, location, product)
    with across_tenants() as work:
        tenant = register_tenant(work, slug=slug, name=name, website_url=website, time_zone=time_zone, profile=profile)
    say(f"{tenant.name} is a tenant now. Next: leadmetrics users add, channels connect, deliverables add.")


@app.command("list")
def list_all(
    *, everybody: Annotated[bool, typer.Option("--all", help="Paused clients too.")] = False, as_json: AsJson = False
) -> None:
    """List the clients.

    leadmetrics tenants list --json
    """
    from leadmetrics_pipelines.services.tenants import list_tenants

    with across_tenants() as work:
        rows = [_row(tenant) for tenant in list_tenants(work, include_inactive=everybody)]
    show(rows, as_json=as_json, empty="No client yet. `leadmetrics tenants add` adds one.")


@app.command()
def change(
    slug: Slug, name: Annotated[str | None, typer.Option(help="The name people see.")] = None,
    website: Annotated[str | None, typer.Option(help="The client's site.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA name.")] = None,
    industry: Industry = None, audience: Audience = None, tone: Tone = None, location: Location = None,
    product: Products = None,
) -> None:  # fmt: skip
    """Change what is told about a client; what is not named stays. The slug never changes.

    leadmetrics tenants change acme --tone "warm, without superlatives"
    """
    from leadmetrics_pipelines.services.tenants import change_details, find_tenant

    profile = _profile(industry, audience, tone, location, product)
    with across_tenants() as work:
        tenant = find_tenant(work, slug)
        change_details(work, tenant.id, name=name, website_url=website, time_zone=time_zone, profile=profile or None)
    say(f"{tenant.slug} is changed.")


@app.command()
def context(
    slug: Slug,
    file: Annotated[Path | None, typer.Option(help="Markdown to store as the new version; '-' reads stdin.")] = None,
) -> None:
    """Show or store the client context file: the Markdown that every agent of this client reads.

    leadmetrics tenants context acme --file acme.md
    """
    from leadmetrics_pipelines.services.skills import read_client_context, write_client_context

    with within_tenant(slug) as work:
        if file is not None:
            stored = write_client_context(work, _read_text(file))
            say(f"Stored as version {stored.version}.")
            return
        present = read_client_context(work)
    print(present.body["markdown"] if present else "There is no client context file yet; --file stores one.")


@app.command()
def rules(
    slug: Slug, *,
    four_eyes: Annotated[bool | None, typer.Option(help="Who wrote or last edited an item cannot approve it.")] = None,
    edit_and_approve: Annotated[bool | None, typer.Option(help="An approver may edit in the same act.")] = None,
) -> None:  # fmt: skip
    """Show or change a client's rules of approval.

    leadmetrics tenants rules acme --no-four-eyes
    """
    from leadmetrics_pipelines.services.tenants import change_rules

    with within_tenant(slug) as work:
        tenant = change_rules(work, four_eyes=four_eyes, edit_and_approve=edit_and_approve)
    words = {True: "on", False: "off"}
    say(f"four eyes: {words[tenant.four_eyes]}, edit and approve in one act: {words[tenant.edit_and_approve]}")


@app.command()
def pause(slug: Slug) -> None:
    """Take a client out of all work: no months, no agents, no publishing. Nothing is deleted.

    leadmetrics tenants pause acme
    """
    _set_active(slug, active=False)
    say(f"{slug} is paused. `leadmetrics tenants resume {slug}` takes it up again.")


@app.command()
def resume(slug: Slug) -> None:
    """Take a paused client up again.

    leadmetrics tenants resume acme
    """
    _set_active(slug, active=True)
    say(f"{slug} is active.")


def _set_active(slug: str, *, active: bool) -> None:
    from leadmetrics_pipelines.services.tenants import find_tenant, set_active

    with across_tenants() as work:
        set_active(work, find_tenant(work, slug).id, active=active)


def _profile(
    industry: str | None, audience: str | None, tone: str | None, location: str | None, products: list[str] | None
) -> dict[str, object]:
    given = {
        "industry": industry,
        "audience": audience,
        "tone": tone,
        "location": location,
        "products": products or None,
    }
    return {key: value for key, value in given.items() if value is not None}


def _read_text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read as UTF-8 text: {error}"
        raise InvalidInput(msg, field="file") from error


def _row(tenant: Tenant) -> dict[str, object]:
    return {
        "slug": tenant.slug, "name": tenant.name, "website": tenant.website_url, "time_zone": tenant.time_zone,
        "four_eyes": tenant.four_eyes, "active": tenant.is_active,
    }  # fmt: skip
