"""`leadmetrics db`: the database."""

from __future__ import annotations

import typer

from leadmetrics_pipelines.cli.context import open_platform, say
from leadmetrics_pipelines.errors import InvalidInput

app = typer.Typer(help="The database: bring its tables up to date, check it, show where it is.", no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the tables up to date. Safe to repeat, and from two places at once.

    Without LEADMETRICS_DATABASE_URL this is the embedded Postgres in the home folder. For a server of your own set
    LEADMETRICS_DATABASE_OWNER_URL to an account that owns the database; the app itself signs in as leadmetrics_app.

        leadmetrics db migrate
    """
    from leadmetrics_pipelines.services.runtime import DATABASE, open_keyring, start_embedded
    from leadmetrics_pipelines.settings import get_settings
    from leadmetrics_pipelines.storage.migrate import migrate as run_migrations

    settings = get_settings()
    if settings.database_owner_url is not None:
        run_migrations(settings.database_owner_url.get_secret_value())
    elif settings.database_url is not None:
        msg = (
            "To change tables on your own server, set LEADMETRICS_DATABASE_OWNER_URL to the address of the account that"
            " owns the database. LEADMETRICS_DATABASE_URL is the app's account, which may not."
        )
        raise InvalidInput(msg, field="LEADMETRICS_DATABASE_OWNER_URL")
    else:
        embedded = start_embedded(settings)
        try:
            run_migrations(embedded.url(DATABASE))
        finally:
            embedded.stop()
    open_keyring(settings)
    say("The database is up to date.")


@app.command()
def check() -> None:
    """Say whether the database can be used: it answers, has its tables, and row-level security binds us.

    leadmetrics db check
    """
    with open_platform():
        say("The database answers, has its tables, and row-level security binds the app.")


@app.command()
def url() -> None:
    """Print where the database is, without the password.

    leadmetrics db url
    """
    with open_platform() as runtime:
        print(runtime.database.engine.url.render_as_string(hide_password=True))
