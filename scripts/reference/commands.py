"""The page of the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from leadmetrics_pipelines.cli.main import build_command
from scripts.reference.markdown import code, page, table

_ABOUT = """
`make install` puts `leadmetrics` into `.venv/bin`. Every command has `--help`.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | refused: not allowed, somebody was first, a process ended |
| 2 | bad input, or nothing of that name |
| 3 | something outside does not answer now: try again |
| 130 | stopped by Ctrl-C |

Results go to standard output, errors to standard error. Deciding is not offered here: a command does not know who
types it.
"""


def make_page() -> str:
    """`docs/reference/cli.md`."""
    return page("Command line", _ABOUT, *(_describe(path, command) for path, command in walk(build_command())))


def walk(command: Any, path: str = "leadmetrics") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's click has no types
    """Every command that does something, with what is typed for it."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        if not child.hidden:
            yield from walk(child, f"{path} {name}")


def _describe(path: str, command: Any) -> str:  # noqa: ANN401 - see walk
    about = [_paragraph(text) for text in inspect.cleandoc(command.help or "").split("\n\n")]
    rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
    about += [table(("argument or option", "default", "what it is"), rows)] if rows else []
    return "\n\n".join([f"## {path}", *about])


def _paragraph(text: str) -> str:
    """An example as code, anything else as prose."""
    lines = text.removeprefix("\b\n").split("\n")
    is_example = all("leadmetrics " in line for line in lines) and lines[0].split(" ")[0] in ("", "leadmetrics", "pass")
    if is_example:
        return "\n".join(["```sh", *(line.strip() for line in lines), "```"])
    return " ".join(line.strip() for line in lines)


def _parameter(parameter: Any) -> tuple[str, str, str]:  # noqa: ANN401 - see walk
    about = getattr(parameter, "help", None) or ""
    if parameter.param_type_name == "argument":
        return code(parameter.name.upper()), "needed" if parameter.required else "", about
    names = " ".join((*parameter.opts, *parameter.secondary_opts))
    is_shown = parameter.default not in (None, False, (), []) and not callable(parameter.default)
    return code(names), "needed" if parameter.required else code(parameter.default) if is_shown else "", about
