"""Publishing processes that the tests kill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from subprocess import PIPE
from typing import Any

import pytest

from tests.databases import ROOT


@pytest.fixture
def publishers() -> Iterator[Callable[..., dict[str, Any]]]:
    """Carries an order out in a real process, and tells how it ended (`publish_until_killed.py`)."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.publish_until_killed"], stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT
    ) as process:

        def carry_out(**order: object) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield carry_out
        process.kill()
