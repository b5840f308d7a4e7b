"""The supervisor: everything it starts answers, is watched, and ends with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from leadmetrics_pipelines.cli.processes import Child, ChildEnded, Supervisor, end_leftovers
from leadmetrics_pipelines.kit.clock import SystemClock
from tests.cli.waiting import wait_until

SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ.get("WORD", "").encode())
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
def leave(number, frame):
    open(sys.argv[2], "a").write(sys.argv[3] + "\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
server.serve_forever()
"""
SLEEPER = "import signal, sys; print('awake', flush=True); signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('awake', flush=True)
while True:
    signal.pause()
"""


def python(name: str, code: str, *arguments: object, **options: object) -> Child:
    return Child(name=name, command=[sys.executable, "-c", code, *map(str, arguments)], **options)  # type: ignore[arg-type]


@pytest.fixture
def supervisor(home: Path) -> Supervisor:
    return Supervisor(home, clock=SystemClock())


def pids(home: Path) -> dict[str, int]:
    return {child["name"]: child["pid"] for child in json.loads((home / "children.json").read_text())}


def test_children_become_ready_and_end_in_reverse_order(
    supervisor: Supervisor, home: Path, tmp_path: Path, free_port: int, other_free_port: int
) -> None:
    """Each answers at its address before `wait_ready` returns; what started last ends first."""
    ended = tmp_path / "ended"
    with supervisor:
        for name, port in (("first", free_port), ("second", other_free_port)):
            url = f"http://127.0.0.1:{port}/"
            supervisor.start(python(name, SERVER, port, ended, name, ready_url=url, env={"WORD": name}))
        supervisor.wait_ready()
        running = pids(home)
        assert set(running) == {"first", "second"}
    assert ended.read_text().split() == ["second", "first"]
    assert not any(psutil.pid_exists(pid) for pid in running.values())
    assert pids(home) == {}


def test_a_child_that_ends_is_named_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    """Secrets in that log are blacked out."""
    with supervisor:
        supervisor.start(python("review", "print('postgresql://app:hunter22@db/x refused'); raise SystemExit(3)"))
        with pytest.raises(ChildEnded, match=r"review ended with code 3(.|\n)*\| postgresql://app:\[hidden\]@db/x"):
            supervisor.watch()


def test_a_child_that_ends_while_awaited_is_named_at_once(supervisor: Supervisor, free_port: int) -> None:
    """Not only when its time is over."""
    with supervisor:
        supervisor.start(python("dagster", "raise SystemExit(1)", ready_url=f"http://127.0.0.1:{free_port}/"))
        with pytest.raises(ChildEnded, match="dagster ended with code 1"):
            supervisor.wait_ready()


def test_a_child_that_never_answers_is_named(supervisor: Supervisor, free_port: int) -> None:
    """With the address that was tried."""
    with supervisor:
        url = f"http://127.0.0.1:{free_port}/"
        supervisor.start(python("sandbox", SLEEPER, ready_url=url, ready_seconds=0.5))
        with pytest.raises(ChildEnded, match=f"sandbox did not answer at {url}"):
            supervisor.wait_ready()


def test_a_program_that_is_not_there_is_named(supervisor: Supervisor) -> None:
    """No traceback for a missing program."""
    with supervisor, pytest.raises(ChildEnded, match="dagster could not be started"):
        supervisor.start(Child(name="dagster", command=["/nowhere/dagster"]))


def test_ctrl_c_ends_the_watch(supervisor: Supervisor) -> None:
    """SIGINT and SIGTERM mean: end in order, no traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with Supervisor(supervisor.logs.parent, clock=SystemClock()) as another, another.signals():
            another.start(python("sleeper", SLEEPER))
            threading.Timer(0.3, os.kill, (os.getpid(), number)).start()
            another.watch()


def test_a_child_that_does_not_want_to_end_is_killed(supervisor: Supervisor, home: Path) -> None:
    """After its time, and with its own children."""
    with supervisor:
        supervisor.start(python("stubborn", STUBBORN, stop_seconds=0.3))
        wait_until(lambda: "awake" in supervisor.log_of("stubborn").read_text())
        pid = pids(home)["stubborn"]
    assert not psutil.pid_exists(pid)


def test_the_log_of_the_run_before_is_kept(home: Path) -> None:
    """A crash is often looked into after the next start."""
    for word in ("one", "two"):
        with Supervisor(home, clock=SystemClock()) as supervisor:
            supervisor.start(python("echo", f"print('{word}')"))
            with pytest.raises(ChildEnded):
                supervisor.watch()
    assert (home / "logs" / "echo.log").read_text() == "two\n"
    assert (home / "logs" / "echo.log.1").read_text() == "one\n"


KILLED = """
import sys
from pathlib import Path
from leadmetrics_pipelines.cli import processes
from leadmetrics_pipelines.kit.clock import SystemClock
if sys.argv[2] == "untied":
    processes._tie_to_parent = lambda: None
with processes.Supervisor(Path(sys.argv[1]), clock=SystemClock()) as supervisor:
    supervisor.start(processes.Child(name="sleeper", command=[sys.executable, "-c", sys.argv[3]]))
    supervisor.watch()
"""


def kill_a_supervisor(home: Path, how: str) -> int:
    """Start a supervisor with one child in a process of its own, kill -9 it, and return the child's pid."""
    process = subprocess.Popen([sys.executable, "-c", KILLED, home, how, SLEEPER])
    log = home / "logs" / "sleeper.log"
    wait_until(lambda: log.exists() and "awake" in log.read_text(), what="the child's start")
    pid = pids(home)["sleeper"]
    process.kill()
    process.wait(10)
    return pid


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's leash is Linux's")
def test_children_die_with_a_killed_supervisor(home: Path) -> None:
    """The kernel tells them."""
    pid = kill_a_supervisor(home, "tied")
    wait_until(lambda: not _runs(pid), what="the child's end")


def test_children_of_a_killed_supervisor_are_ended_at_the_next_start(home: Path) -> None:
    """Where the kernel does not tell them, the next start finds them by their list."""
    pid = kill_a_supervisor(home, "untied")
    assert _runs(pid)
    with Supervisor(home, clock=SystemClock()):
        assert not _runs(pid)


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(home: Path) -> None:
    """Told by the time of creation."""
    home.mkdir()
    listed = home / "children.json"
    with subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True) as stranger:
        created = psutil.Process(stranger.pid).create_time()
        listed.write_text(json.dumps([{"name": "review", "pid": stranger.pid, "created": created - 3600}]))
        assert end_leftovers(listed, SystemClock()) == []
        assert stranger.poll() is None
        stranger.kill()


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
