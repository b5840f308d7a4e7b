"""A small supervisor: starts named child processes, waits until they answer, watches them, and ends all of them.

No restarts: when one ends, all end, and the reason is shown. What is started, in which order and with which settings,
is the commands' affair. Call it from the main thread: signals and the children's leash (see `_tie_to_parent`) need it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

import httpx
import psutil

from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.logs import hide_secrets_in

STOP_SECONDS = 10.0
_TAIL_LINES = 15
# The kernel gives it relative to the start of the machine, whose own time is corrected now and then.
_SAME_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ChildEnded(LeadmetricsError):
    """A child process ended or did not become ready; the message has its name, exit code and the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """What to start.

    Args:
        name: for people and for the log file, e.g. "review".
        command: program and arguments.
        env: variables on top of this process's own.
        ready_url: answers with a status below 500 when the child is ready; None: ready at once.
        ready_seconds: how long that may take.
        stop_seconds: how long it may take to end after SIGTERM before it is killed.
    """

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready_url: str | None = None
    ready_seconds: float = 60
    stop_seconds: float = STOP_SECONDS


class Supervisor:
    """The children of one command. Use as a context: whatever happens inside, all of them are ended.

    Args:
        folder: for logs (`logs/<name>.log`, the run before as `.1`) and the list of children (`children.json`).
        clock: polls with it.
    """

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self.logs = folder / "logs"
        self._list = folder / "children.json"
        self._clock = clock
        self._running: list[tuple[Child, subprocess.Popen[bytes]]] = []
        self._stop_asked = 0

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        end_leftovers(self._list, self._clock)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self, child: Child) -> None:
        """Start one child; `wait_ready` waits for it, so that several can warm up at once."""
        log = self.log_of(child.name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    list(child.command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    env={**os.environ, **child.env}, cwd=child.cwd,
                    # Its own group: Ctrl-C reaches us alone, and we end the children in order.
                    start_new_session=True,
                    preexec_fn=_tie_to_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - main thread only
                )  # fmt: skip
            except OSError as error:
                raise ChildEnded(f"{child.name} could not be started: {error}.") from error
        self._running.append((child, process))
        self._write_list()

    def wait_ready(self, name: str | None = None) -> None:
        """Wait until the named child, or each that is started, answers.

        Raises:
            ChildEnded: one ended, or took too long. KeyboardInterrupt: a stop was asked for meanwhile.
        """
        for child, _ in self._running:
            if child.ready_url and name in (None, child.name):
                self._wait_url(child, child.ready_url)

    def watch(self, each: Callable[[], None] | None = None) -> None:
        """Stay until Ctrl-C or SIGTERM (returns), or until a child ends (raises ChildEnded).

        `each` is called about five times a second.
        """
        while not self._stop_asked:
            self._raise_if_ended()
            if each is not None:
                each()
            self._clock.sleep(0.2)

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into the end of `watch`; asked a second time, children are killed at once."""

        def note(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked += 1

        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """End all children, last started first."""
        while self._running:
            child, process = self._running[-1]
            self._end(process, child.stop_seconds)
            self._running.pop()
            self._write_list()

    def log_of(self, name: str) -> Path:
        """The log file of a child."""
        return self.logs / f"{name}.log"

    def _wait_url(self, child: Child, url: str) -> None:
        deadline = self._clock.now().timestamp() + child.ready_seconds
        with httpx.Client(timeout=2, trust_env=False) as client:
            while not _answers(client, url):
                self._raise_if_ended()
                if self._stop_asked:
                    raise KeyboardInterrupt
                if self._clock.now().timestamp() > deadline:
                    late = f"{child.name} did not answer at {url} within {child.ready_seconds:.0f} s."
                    raise ChildEnded(late + self._tail(child.name))
                self._clock.sleep(0.1)

    def _raise_if_ended(self) -> None:
        for child, process in self._running:
            code = process.poll()
            if code is not None:
                how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
                raise ChildEnded(f"{child.name} {how}.{self._tail(child.name)}")

    def _tail(self, name: str) -> str:
        log = self.log_of(name)
        lines = log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        said = "".join(f"\n  | {hide_secrets_in(line)}" for line in lines) or " It wrote nothing."
        return f" The end of {log}:{said}"

    def _end(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        if process.poll() is None:
            process.terminate()
            deadline = self._clock.now().timestamp() + seconds
            # A second Ctrl-C is a person who does not want to wait.
            while process.poll() is None and self._clock.now().timestamp() < deadline and self._stop_asked < 2:  # noqa: PLR2004
                self._clock.sleep(0.05)
        # What is left of its group too: grandchildren whose parent ended without them.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _write_list(self) -> None:
        children = [
            {"name": child.name, "pid": process.pid, "created": created}
            for child, process in self._running
            if (created := _created(process.pid)) is not None
        ]
        fresh = self._list.with_suffix(".new")
        fresh.write_text(json.dumps(children))
        fresh.replace(self._list)


def end_leftovers(listed: Path, clock: Clock) -> list[str]:
    """End the children of a supervisor that was killed; returns their names. The caller holds the home's lock.

    A pid that was given to another process meanwhile is told by its time of creation, and left alone.
    """
    try:
        children = json.loads(listed.read_text())
    except (FileNotFoundError, ValueError):
        return []
    found = []
    for child in children:
        created = _created(child["pid"])
        if created is None or abs(created - child["created"]) > _SAME_SECONDS:
            continue
        found.append(child["name"])
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(child["pid"], signal.SIGTERM)
        deadline = clock.now().timestamp() + STOP_SECONDS
        while _lives(child["pid"]) and clock.now().timestamp() < deadline:
            clock.sleep(0.05)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child["pid"], signal.SIGKILL)
    listed.unlink(missing_ok=True)
    return found


def _created(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def _lives(pid: int) -> bool:
    # An orphan that ended stays as a zombie where the first process of a container collects none.
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.HTTPError:
        return False


def _tie_to_parent() -> None:
    """In the child, before exec: have the kernel send SIGTERM when the parent is gone, kill -9 included (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
