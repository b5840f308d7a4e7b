"""`leadmetrics keys`: the keys that secrets are stored with."""

from __future__ import annotations

import typer

from leadmetrics_pipelines.cli.context import acting, open_platform, say
from leadmetrics_pipelines.cli.output import console

app = typer.Typer(help="Keys of stored secrets: make one, rotate.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a fresh key. Put it first in LEADMETRICS_ENCRYPTION_KEYS, restart everything, then rotate.

    leadmetrics keys new
    """
    from leadmetrics_pipelines.kit.encryption import Keyring

    print(Keyring.new_key())


@app.command()
def rotate() -> None:
    """Seal all stored credentials and pending connections with the newest key.

    It works in small steps beside everything else, and can be stopped and started again. When a second run finds
    nothing to do, the old key can go from LEADMETRICS_ENCRYPTION_KEYS.

        leadmetrics keys rotate
    """
    from leadmetrics_pipelines.services.keys import rotate_keys

    with open_platform() as runtime, console.status("Sealing ...") as status:
        report = rotate_keys(runtime, acting(), tell=lambda seen: status.update(f"Sealing ... {seen}"))
    say(f"{report.resealed} sealed with the newest key, {report.current} were already.")
    if report.unreadable:
        say(f"{len(report.unreadable)} cannot be read with any key of the ring: {', '.join(report.unreadable[:10])}.")
        say("Add the key they were sealed with to LEADMETRICS_ENCRYPTION_KEYS, or connect those channels again.")
        raise typer.Exit(1)
