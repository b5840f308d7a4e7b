"""How much our definitions add to `import dagster`. Every run starts a fresh process, and pays it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results import Result

TARGET = 1.3
ROUNDS = 7
OURS = "import leadmetrics_pipelines.definitions"
REFERENCE = "import dagster"


@dataclass(frozen=True, kw_only=True)
class Start:
    """One fresh interpreter: seconds on the wall, and of processor time, which neighbours disturb less."""

    wall: float
    processor: float


def measure() -> Iterator[Result]:
    """Fresh interpreters, in turns, so that a busy moment hits both."""
    _start(OURS)  # compiles what is not compiled yet
    _start(REFERENCE)
    pairs = [(_start(OURS), _start(REFERENCE)) for _ in range(ROUNDS)]
    ours, reference = ([pair[side] for pair in pairs] for side in (0, 1))
    wall, processor = (statistics.median(s.wall for s in ours), statistics.median(s.processor for s in ours))
    floor_wall = statistics.median(s.wall for s in reference)
    floor_processor = statistics.median(s.processor for s in reference)
    ratio = wall / floor_wall
    yield Result(
        benchmark="load", ratio=ratio, target=TARGET, met=ratio <= TARGET,
        measured={
            "median_s": wall, "median_processor_s": processor, "processor_ratio": processor / floor_processor,
        },
        reference={
            "what": "import dagster, in a fresh interpreter", "median_s": floor_wall,
            "median_processor_s": floor_processor,
        },
        n=ROUNDS,
    )  # fmt: skip


def _start(statement: str) -> Start:
    began, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-W", "ignore", "-c", statement], check=True, stdout=sys.stderr)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(wall=time.perf_counter() - began, processor=spent)
