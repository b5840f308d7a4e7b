"""One running instance per home folder: the second one says who holds it, since when, and what it serves.

The lock is the kernel's (filelock), so it is free again however its holder ended; the file beside it is for people.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from leadmetrics_pipelines.errors import Conflict
from leadmetrics_pipelines.kit.clock import Clock

_LOCK = "running.lock"
_OWNER = "running.json"


class AlreadyRunning(Conflict):
    """Another process runs in this home folder."""


@contextlib.contextmanager
def hold_home(home: Path, *, command: str, serves: Mapping[str, str], clock: Clock) -> Iterator[None]:
    """Hold the home folder while the block runs.

    Args:
        home: LEADMETRICS_HOME; made when missing.
        command: what runs, as the person called it, e.g. "leadmetrics demo".
        serves: name and address of what is served, e.g. {"review app": "http://127.0.0.1:8800"}.
        clock: for "since".

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(_describe_owner(home, clock)) from None
    owner = home / _OWNER
    try:
        facts = {"pid": os.getpid(), "command": command, "since": clock.now().isoformat(), "serves": dict(serves)}
        fresh = owner.with_suffix(".new")
        fresh.write_text(json.dumps(facts))
        fresh.replace(owner)
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _describe_owner(home: Path, clock: Clock) -> str:
    try:
        facts = json.loads((home / _OWNER).read_text())
        pid, since = int(facts["pid"]), datetime.fromisoformat(facts["since"])
        serves = "".join(f"\n  {name}: {address}" for name, address in facts["serves"].items())
        command = facts["command"]
    except (OSError, ValueError, KeyError, TypeError):
        # It took the lock a moment ago and has not written the file yet.
        return f"Another process has just started in {home.resolve()}. Wait for it, or stop it first."
    minutes = int((clock.now() - since).total_seconds() // 60)
    stop = f"Stop it with Ctrl-C where it runs, or `kill {pid}`" if psutil.pid_exists(pid) else "Stop it where it runs"
    return (
        f"`{command}` already runs in {home.resolve()}: pid {pid}, since {since:%Y-%m-%d %H:%M} UTC ({minutes} min)."
        f"{' It serves' if serves else ''}{serves}\n{stop}; or choose another LEADMETRICS_HOME and other ports."
    )
