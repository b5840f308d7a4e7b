"""`leadmetrics sandbox`: the outside world on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from leadmetrics_pipelines.cli.context import say


def sandbox(
    port: Annotated[int | None, typer.Option(help="Port; by default LEADMETRICS_SANDBOX_PORT (8900).")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on. It trusts everybody.")] = "127.0.0.1",
    *, forget: Annotated[bool, typer.Option(help="Keep nothing when it stops.")] = False,
) -> None:  # fmt: skip
    """Serve a local twin of every outside party: WordPress sites and the Messages API. Ctrl-C stops it.

    Its page shows what was posted; its controls make it slow, refuse, or drop the line. Nothing leaves this machine.
    What was posted is kept in the home folder.

        leadmetrics sandbox
        leadmetrics sandbox --port 8901 --forget
    """
    from leadmetrics_pipelines.cli.ports import require_free_port
    from leadmetrics_pipelines.sandbox.serve import serve
    from leadmetrics_pipelines.settings import get_settings

    settings = get_settings()
    chosen = port if port is not None else settings.sandbox_port
    require_free_port(chosen, setting="LEADMETRICS_SANDBOX_PORT", host=host)
    say(f"The sandbox listens on http://{host}:{chosen}. Ctrl-C stops it.")
    serve(host=host, port=chosen, folder=None if forget else settings.home / "sandbox")
