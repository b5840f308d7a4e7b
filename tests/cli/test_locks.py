"""One instance per home, and ports that are asked for before anything starts."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from leadmetrics_pipelines.cli.locks import AlreadyRunning, hold_home
from leadmetrics_pipelines.cli.ports import PortNotFree, require_free_port
from leadmetrics_pipelines.kit.clock import FixedClock

SERVES = {"review app": "http://127.0.0.1:8800", "Dagster": "http://127.0.0.1:3300"}


def test_the_second_instance_is_told_who_holds_the_home(home: Path, clock: FixedClock) -> None:
    """Pid, since when, and what it serves."""
    with hold_home(home, command="leadmetrics demo", serves=SERVES, clock=clock):
        clock.advance(seconds=720)
        with (
            pytest.raises(AlreadyRunning) as refused,
            hold_home(home, command="leadmetrics demo", serves={}, clock=clock),
        ):
            pass
    said = str(refused.value)
    for fact in (f"pid {os.getpid()}", "since 2026-11-02 09:00 UTC (12 min)", "`leadmetrics demo`", *SERVES.values()):
        assert fact in said


def test_the_home_is_free_again_afterwards(home: Path, clock: FixedClock) -> None:
    """After an error too, and with no file about an owner left."""
    with pytest.raises(RuntimeError), hold_home(home, command="leadmetrics demo", serves={}, clock=clock):
        raise RuntimeError
    with hold_home(home, command="leadmetrics up", serves={}, clock=clock):
        pass
    assert not (home / "running.json").exists()


def test_an_unreadable_owner_file_does_not_hide_that_the_home_is_held(home: Path, clock: FixedClock) -> None:
    """The message is poorer, the refusal the same."""
    with hold_home(home, command="leadmetrics demo", serves={}, clock=clock):
        (home / "running.json").write_text("{")
        with (
            pytest.raises(AlreadyRunning, match="has just started"),
            hold_home(home, command="leadmetrics demo", serves={}, clock=clock),
        ):
            pass


def test_a_port_in_use_is_named_with_setting_and_owner() -> None:
    """The owner where the system tells it: here it is this process."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(
            PortNotFree, match=rf"Port {port} on 127.0.0.1 is in use.*set LEADMETRICS_REVIEW_PORT"
        ) as said:
            require_free_port(port, setting="LEADMETRICS_REVIEW_PORT")
    if os.geteuid() == 0:
        assert f"pid {os.getpid()}" in str(said.value)


def test_a_free_port_is_free(free_port: int) -> None:
    """Asking leaves no trace: it can be asked twice."""
    require_free_port(free_port, setting="LEADMETRICS_REVIEW_PORT")
    require_free_port(free_port, setting="LEADMETRICS_REVIEW_PORT")


def test_an_address_of_another_machine_is_refused() -> None:
    """Not a port in use: the address itself is wrong."""
    with pytest.raises(PortNotFree, match=r"Nothing can listen on 203\.0\.113\.1"):
        require_free_port(8800, setting="LEADMETRICS_REVIEW_PORT", host="203.0.113.1")
