"""`leadmetrics demo` as a newcomer runs it: real daemon, real processes, one command, Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from leadmetrics_pipelines.cli.demo_tenant import PROMISES
from leadmetrics_pipelines.kit.clock import SystemClock

PATIENCE_SECONDS = 300
DEMO = [sys.executable, "-m", "leadmetrics_pipelines.cli.main", "demo"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own and free ports."""
    ports = {}
    with_sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    for name, listener in zip(("REVIEW", "DAGSTER", "SANDBOX"), with_sockets, strict=True):
        ports[f"LEADMETRICS_{name}_PORT"] = str(listener.getsockname()[1])
        listener.close()
    return {**os.environ, **ports, "LEADMETRICS_HOME": str(tmp_path / "home"), "COLUMNS": "200"}


@pytest.fixture
def demo(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The running command, and what it prints."""
    output = tmp_path / "demo.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(DEMO, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
    yield process, output
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def wait_for(output: Path, text: str, process: subprocess.Popen[bytes]) -> str:
    """What the command printed, once `text` is in it."""
    clock = SystemClock()
    deadline = clock.now().timestamp() + PATIENCE_SECONDS
    while text not in (printed := output.read_text()):
        assert process.poll() is None, printed
        assert clock.now().timestamp() < deadline, printed
        clock.sleep(0.5)
    return printed


@pytest.mark.timeout(PATIENCE_SECONDS + 120)
def test_one_command_brings_a_month_to_review(
    demo: tuple[subprocess.Popen[bytes], Path], environment: dict[str, str]
) -> None:
    """Three addresses answer, every promised request waits, a second demo hears who is there, Ctrl-C ends all of it."""
    process, output = demo
    promised = sum(promise.quantity for promise in PROMISES)
    printed = wait_for(output, f"{promised} requests", process)
    for name in ("REVIEW", "DAGSTER", "SANDBOX"):
        port = environment[f"LEADMETRICS_{name}_PORT"]
        assert f"http://127.0.0.1:{port}" in printed
        assert httpx.get(f"http://127.0.0.1:{port}/", follow_redirects=True, timeout=30).status_code == 200
    assert "rita@agency.example" in printed

    second = subprocess.run(DEMO, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode != 0
    assert str(process.pid) in second.stderr + second.stdout
    assert "Traceback" not in second.stderr

    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0, output.read_text()
    _, alive = psutil.wait_procs([p for p in family if p.is_running()], timeout=30)
    assert [p.name() for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
