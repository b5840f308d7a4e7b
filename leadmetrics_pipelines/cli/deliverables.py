"""`leadmetrics deliverables`: what is promised to a client each month."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from leadmetrics_pipelines.cli.context import AsJson, TenantSlug, say, show, within_tenant

_CHANNEL_HELP = "Where it goes: the channel's name or id. Give it several times for social posts."

app = typer.Typer(help="Monthly promises: add, list, change.", no_args_is_help=True)


@app.command()
def add(
    tenant: TenantSlug, quantity: Annotated[int, typer.Option(help="How many a month, 1 to 500.")],
    kind: Annotated[
        str, typer.Option(help="What: blog_posts, social_posts, gbp_posts or email_newsletters.")
    ] = "blog_posts",
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help=_CHANNEL_HELP)] = None,
    goal: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:  # fmt: skip
    """Promise so many units a month, from the next month that is started on.

    leadmetrics deliverables add --tenant acme --quantity 10 --channel Blog
    leadmetrics deliverables add --tenant acme --quantity 12 --kind social_posts --channel LinkedIn --channel Instagram
    """
    from leadmetrics_pipelines.cli.channels import find_channel
    from leadmetrics_pipelines.domain.pipelines import template_for
    from leadmetrics_pipelines.services.deliverables import add_deliverable

    with within_tenant(tenant) as work:
        channels = [find_channel(work, one).id for one in channel or ()]
        row = add_deliverable(
            work, kind=kind, name=name or template_for(kind).title, monthly_quantity=quantity, channel_ids=channels,
            goal=goal,
        )  # fmt: skip
    say(
        f"{row.name}: {row.monthly_quantity} a month for {tenant}. Start one: leadmetrics month start --tenant {tenant}"
    )


@app.command("list")
def list_all(
    tenant: TenantSlug, *, everything: Annotated[bool, typer.Option("--all", help="Ended promises too.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List a client's promises.

    leadmetrics deliverables list --tenant acme
    """
    from leadmetrics_pipelines.services.deliverables import list_deliverables

    with within_tenant(tenant) as work:
        rows = [
            {
                "id": row.id, "name": row.name, "kind": row.kind, "monthly": row.monthly_quantity,
                "channel_id": row.channel_id, "channel_ids": row.channel_ids, "goal": row.goal, "active": row.is_active,
            }
            for row in list_deliverables(work, include_inactive=everything)
        ]  # fmt: skip
    show(rows, as_json=as_json, empty="Nothing is promised yet. `leadmetrics deliverables add` promises something.")


@app.command()
def change(
    tenant: TenantSlug, deliverable_id: Annotated[UUID, typer.Argument(help="Of `leadmetrics deliverables list`.")],
    quantity: Annotated[int | None, typer.Option(help="How many a month.")] = None,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help=_CHANNEL_HELP)] = None,
    goal: Annotated[str | None, typer.Option(help="What it is for.")] = None, *,
    active: Annotated[bool | None, typer.Option(help="Whether it goes on.")] = None,
) -> None:  # fmt: skip
    """Change a promise for the months to come; months that run keep their target.

    leadmetrics deliverables change --tenant acme 01935f4e-... --quantity 12
    leadmetrics deliverables change --tenant acme 01935f4e-... --no-active
    """
    from leadmetrics_pipelines.cli.channels import find_channel
    from leadmetrics_pipelines.services.deliverables import change_deliverable

    with within_tenant(tenant) as work:
        channels = [find_channel(work, one).id for one in channel] if channel else None
        row = change_deliverable(
            work, deliverable_id, name=name, monthly_quantity=quantity, channel_ids=channels, goal=goal,
            is_active=active,
        )  # fmt: skip
    say(f"{row.name}: {row.monthly_quantity} a month, {'active' if row.is_active else 'ended'}.")
