"""The `leadmetrics` command: puts the groups together, and turns errors into one clear message and an exit code.

Exit codes: 0 done; 2 bad input or nothing of that name; 3 something outside does not answer now, try again; 1 any other
refusal. Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
from typing import Any

import typer
from rich.markup import escape

from leadmetrics_pipelines.cli import channels, db, deliverables, keys, month, sandbox, status, tenants, tokens, users
from leadmetrics_pipelines.cli.output import errors
from leadmetrics_pipelines.errors import InvalidInput, LeadmetricsError, NotFound, PassingError

_ABOUT = """Runs a digital-marketing agency's monthly promises as pipelines.

First steps on a new machine:

    leadmetrics demo                      everything with an invented client, nothing leaves the machine

    leadmetrics db migrate                or for real: the database,
    leadmetrics tenants add acme ...      a client,
    leadmetrics users add ...             its people,
    leadmetrics channels connect ...      its site,
    leadmetrics deliverables add ...      what is promised to it each month,
    leadmetrics up                        and the platform.

Deciding (approve, reject) is not offered here, on purpose: a command does not know who types it. People decide in the
review app, or with their own token in the JSON API.

Settings are LEADMETRICS_* variables or a .env file. Commands that print tables take --json too.
Exit codes: 0 done; 2 bad input or unknown name; 3 something outside does not answer, try again; 1 other refusals.
"""

GROUPS = {
    "tenants": tenants.app, "users": users.app, "channels": channels.app, "deliverables": deliverables.app,
    "month": month.app, "tokens": tokens.app, "db": db.app, "keys": keys.app,
}  # fmt: skip
# Commands of modules that start processes: (module, function).
STARTERS = {"up": ("up", "up"), "review": ("up", "review"), "demo": ("demo", "demo")}

# A line that is typed: it begins with the command, or pipes into it.
_EXAMPLE = re.compile(r"\s*(?:[\w ]+\| )?leadmetrics [a-z]")

app = typer.Typer(
    help=_ABOUT, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)


def build_app() -> typer.Typer:
    """The command with all its groups."""
    for name, group in GROUPS.items():
        app.add_typer(group, name=name)
    app.command("status")(status.status)
    app.command("sandbox")(sandbox.sandbox)
    for name, (module, function) in STARTERS.items():
        path = f"leadmetrics_pipelines.cli.{module}"
        if importlib.util.find_spec(path) is not None:
            app.command(name)(getattr(importlib.import_module(path), function))
    return app


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. Nothing it raises on purpose becomes a traceback."""
    try:
        code = _command(arguments)
    except LeadmetricsError as error:
        errors.print(f"[bold red]error[/] {escape(str(error))}", soft_wrap=True)
        return exit_code(error)
    except KeyboardInterrupt:
        errors.print("Stopped.")
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        return 0
    except ValueError as error:
        if (message := explain_settings(error)) is None:
            raise
        errors.print(f"[bold red]error[/] {escape(message)}", soft_wrap=True)
        return 2
    return code


def exit_code(error: LeadmetricsError) -> int:
    """The exit code of an error."""
    if isinstance(error, InvalidInput | NotFound):
        return 2
    return 3 if isinstance(error, PassingError) else 1


def explain_settings(error: ValueError) -> str | None:
    """In words, when it is a setting that does not fit; None for anything else."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    lines = [f"LEADMETRICS_{str(item['loc'][0]).upper()}: {item['msg']}." for item in error.errors()]
    return "\n".join(["A setting does not fit:", *lines])


def build_command() -> Any:  # noqa: ANN401 - typer's own copy of click has no public types
    """The command as it runs, with examples in its help kept as they are typed."""
    command = typer.main.get_command(app if app.registered_groups else build_app())
    _keep_examples(command)
    return command


def _keep_examples(command: Any) -> None:  # noqa: ANN401 - see above
    """Mark paragraphs of commands, which would otherwise be filled like prose."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(_as_typed(text) if _EXAMPLE.match(text) else text for text in paragraphs)
    for inner in getattr(command, "commands", {}).values():
        _keep_examples(inner)


def _as_typed(text: str) -> str:
    return "\b\n" + textwrap.indent(textwrap.dedent(text), "    ")


def _command(arguments: list[str]) -> int:
    command = build_command()
    try:
        code = command.main(arguments, prog_name="leadmetrics", standalone_mode=True)
    except SystemExit as ended:
        code = ended.code
    return code if isinstance(code, int) else 0 if code is None else 1


if __name__ == "__main__":
    main()
