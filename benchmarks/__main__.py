"""`python -m benchmarks [name ...]`: one line of JSON per result on standard output, everything else on standard error.

Ends with 0 even where a target is missed, because a busy machine is no fault; `--strict` makes that 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module

from benchmarks.results import Result

# Each module has `measure() -> Iterator[Result]`. Cheap ones first.
NAMES = ("load", "month", "scoring", "inbox", "renewals", "due_posts", "publish")
_OURS = ("LEADMETRICS_", "DAGSTER_")


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run: {', '.join(NAMES)}; all by default")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a target is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    _forget_environment()
    # What libraries and child processes print must not get between the lines.
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    outcomes = [_run(name, lambda result: print(result.line(), file=lines, flush=True)) for name in _chosen(arguments)]
    if None in outcomes:
        return 1
    return int(arguments.strict and not all(outcomes))


def _chosen(arguments: argparse.Namespace) -> Iterator[str]:
    return (name for name in NAMES if name in arguments.names or not arguments.names)


def _forget_environment() -> None:
    """Nobody's own database or Dagster home is measured, let alone written to; nor is the compilation of modules."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _run(name: str, show: Callable[[Result], None]) -> bool | None:
    """Whether all its targets were met; None when it broke."""
    began, met = time.perf_counter(), True
    print(f"{name} ...", file=sys.stderr)
    try:
        for result in import_module(f"benchmarks.{name}").measure():
            show(result)
            met = met and result.met
    except Exception:  # noqa: BLE001 - the others are run all the same
        traceback.print_exc()
        return None
    print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return met


if __name__ == "__main__":
    sys.exit(main())
