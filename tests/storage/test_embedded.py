"""Embedded Postgres: started by anybody, shared by several, usable after a kill."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import psutil
import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.storage import embedded
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres, EmbeddedPostgresFailed

HOLD = """
import sys
from pathlib import Path
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print("started", flush=True)
sys.stdin.readline()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, and no server left behind."""
    path = Path(tempfile.mkdtemp(prefix="lm-"))
    yield path
    for data in path.rglob("postmaster.pid"):
        _kill(int(data.read_text().split("\n", 1)[0]))
    shutil.rmtree(path, ignore_errors=True)


def _kill(pid: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        postmaster = psutil.Process(pid)
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


def _hold(folder: Path) -> subprocess.Popen[str]:
    """A process that starts the server and uses it until its input is closed."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _started(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "started\n"


def test_data_outlives_a_stop_and_both_drivers_reach_it(folder: Path) -> None:
    """The library uses psycopg, Dagster's storage psycopg2; a second start is the same cluster."""
    with EmbeddedPostgres(folder, durable=False) as server:
        server.create_database("leadmetrics")
        server.create_database("leadmetrics")
        with create_engine(server.url("leadmetrics"), poolclass=NullPool).begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS n"))
    assert not (server.data / "postmaster.pid").exists()
    with EmbeddedPostgres(folder, durable=False) as again:
        for driver in ("psycopg", "psycopg2"):
            engine = create_engine(again.url("leadmetrics", driver=driver))
            with engine.connect() as connection:
                assert connection.scalar(text("SELECT n FROM kept")) == 7
            engine.dispose()


def test_the_demo_keeps_what_it_was_told_through_a_crash(folder: Path) -> None:
    """Durable is the default; only tests ask for less."""
    with EmbeddedPostgres(folder) as server, server.connect() as connection:
        for setting, value in {"fsync": "on", "synchronous_commit": "on", "max_connections": "200"}.items():
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_last_user_stops_the_server_and_no_other(folder: Path) -> None:
    """Two processes share one server; whoever leaves first takes nothing away."""
    with _hold(folder) as other:
        assert _started(other)
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        pid = _postmaster(server)
        other.communicate("", timeout=30)
        with server.connect() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        server.stop()
    assert not _runs(pid)


def test_starting_at_once_gives_one_server(folder: Path) -> None:
    """Four processes on an empty folder: one makes the cluster, all use it."""
    processes = [_hold(folder) for _ in range(4)]
    try:
        assert all(_started(process) for process in processes)
        pids = {_postmaster(EmbeddedPostgres(folder)) for _ in processes}
        assert len(pids) == 1
    finally:
        for process in processes:
            process.communicate("", timeout=30)
    assert not _runs(pids.pop())


def test_a_killed_user_neither_stops_the_server_nor_keeps_it(folder: Path) -> None:
    """After a kill -9 the next one goes on with the same server, and stops it when it leaves."""
    with _hold(folder) as other:
        assert _started(other)
        pid = _postmaster(EmbeddedPostgres(folder))
        other.kill()
    with EmbeddedPostgres(folder, durable=False) as server:
        assert _postmaster(server) == pid
    assert not _runs(pid)


def test_a_killed_server_starts_again(folder: Path) -> None:
    """Its pid file stays behind; recovery brings the data back."""
    first = EmbeddedPostgres(folder)
    first.start()
    first.create_database("kept")
    _kill(_postmaster(first))
    with EmbeddedPostgres(folder) as second, second.connect("kept") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    first.stop()


def test_a_pid_file_that_names_a_stranger_is_no_server(folder: Path) -> None:
    """In a container pids come again: PostgreSQL itself would refuse to start beside any live process of that pid."""
    with EmbeddedPostgres(folder, durable=False) as server:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with EmbeddedPostgres(folder, durable=False) as again:
        assert _postmaster(again) != os.getpid()


def test_a_deep_folder_gets_its_socket_elsewhere(folder: Path) -> None:
    """A Unix socket's path has at most 107 bytes; the data may be deeper, with spaces, commas and letters."""
    deep = folder / "with, comma and späce" / ("d" * 120)
    with EmbeddedPostgres(deep, durable=False) as server:
        assert server.socket_folder() != server.data
        with create_engine(server.url("postgres"), poolclass=NullPool).connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
    shutil.rmtree(server.socket_folder())


def test_a_stranger_cannot_offer_the_socket_folder(folder: Path) -> None:
    """Somebody else's folder under the expected name is refused, not used."""
    server = EmbeddedPostgres(folder / ("d" * 120), durable=False)
    server.folder.mkdir()
    target = server.socket_folder()
    target.symlink_to(folder, target_is_directory=True)
    try:
        with pytest.raises(EmbeddedPostgresFailed, match="not a private folder"):
            server.start()
    finally:
        target.unlink()


def test_a_full_disk_is_said_before_anything_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much there is, how much is needed, and the setting."""
    monkeypatch.setattr(embedded, "LEAST_FREE_BYTES", 2**62)
    with pytest.raises(EmbeddedPostgresFailed, match=r"MB left, PostgreSQL needs .* LEADMETRICS_HOME"):
        EmbeddedPostgres(folder).start()
    assert not (folder / "data").exists()


def test_data_of_another_version_is_left_alone(folder: Path) -> None:
    """The message names both versions."""
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresFailed, match="made by PostgreSQL 16, this is 18"):
        EmbeddedPostgres(folder).start()


def test_a_server_that_cannot_start_shows_its_log(folder: Path) -> None:
    """The last lines, and where the rest is."""
    with EmbeddedPostgres(folder, durable=False) as server:
        pass
    with (server.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresFailed, match=r"pg_ctl(.|\n)*server.log(.|\n)*no_such_setting"):
        EmbeddedPostgres(folder).start()


def test_an_initialisation_that_was_killed_leaves_nothing_that_looks_whole(folder: Path) -> None:
    """The cluster is made beside and renamed."""
    half = folder / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder, durable=False) as server, server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("name", ['quote"', "dollar$", "back\\slash"])
def test_paths_that_postgres_cannot_take_are_refused(folder: Path, name: str) -> None:
    """pg_ctl passes them through a shell."""
    with pytest.raises(EmbeddedPostgresFailed, match="the path holds"):
        EmbeddedPostgres(folder / name)


def test_a_missing_wheel_says_what_to_do(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Where there is no wheel for the platform, a server of one's own will do."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    embedded._binaries.cache_clear()
    try:
        with pytest.raises(EmbeddedPostgresFailed, match="LEADMETRICS_DATABASE_URL"):
            EmbeddedPostgres(folder).start()
    finally:
        embedded._binaries.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_and_a_normal_user_can_both_run_it(folder: Path) -> None:
    """As root the server is another user; as a normal user it is that user."""
    with EmbeddedPostgres(folder / "root", durable=False) as server:
        assert psutil.Process(_postmaster(server)).uids().real != 0
        with pytest.raises(psycopg.OperationalError):  # a private socket: nobody else may connect
            _as_nobody(lambda: server.connect().close())
    mine = folder / "mine"
    mine.mkdir()
    os.chown(mine, 65534, 65534)
    folder.chmod(0o755)
    # Forked, not started anew: the interpreter itself may lie where a stranger cannot read it.
    child = os.fork()
    if child == 0:
        _leave_with(lambda: _start_as(65534, mine))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (mine / "data").stat().st_uid == 65534


def _start_as(user: int, folder: Path) -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    with EmbeddedPostgres(folder, durable=False) as server, server.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def _leave_with(action: Callable[[], None]) -> NoReturn:
    """End this (forked) process; code 0 only if the action succeeded."""
    code = 1
    try:
        action()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _as_nobody(action: Callable[[], None]) -> None:
    """Do something with the rights of a stranger, in this process."""
    os.seteuid(65534)
    try:
        action()
    finally:
        os.seteuid(0)


def test_stopping_twice_or_before_starting_is_nothing(folder: Path) -> None:
    """Clean-up code needs no questions."""
    server = EmbeddedPostgres(folder, durable=False, clock=SystemClock())
    server.stop()
    server.start()
    server.start()
    server.stop()
    server.stop()
