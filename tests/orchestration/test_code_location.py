"""Loading the code location: nothing happens, and Dagster can read all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_shared.serdes import serialize_value

LOAD = """
import socket
def refuse(*args, **kwargs):
    raise RuntimeError("a socket was opened while the definitions loaded")
socket.socket.connect = refuse
socket.create_connection = refuse
import leadmetrics_pipelines.definitions as location
assert location.defs.get_repository_def().has_job("publish_posts")
import sys
heavy = [name for name in ("anthropic", "playwright", "google.ads", "facebook_business", "pandas", "pymongo",
                           "qdrant_client", "fastapi") if name in sys.modules]
assert not heavy, heavy
"""


def test_definitions_load_in_a_fresh_interpreter_with_nothing_around(tmp_path: Path) -> None:
    """Empty environment, no sockets, an unknown folder, and no heavy SDK is imported on the way."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_dagster_can_serialise_the_whole_location(definitions: dg.Definitions) -> None:
    """What the webserver and the daemon are sent; an enum in the wrong place fails only here."""
    assert serialize_value(RepositorySnap.from_def(definitions.get_repository_def()))


def test_every_asset_says_what_it_is_for_and_whose_it_is(definitions: dg.Definitions) -> None:
    """Description with what it reads and writes, a group, an owner, kinds; and none acts by itself."""
    for spec in definitions.resolve_all_asset_specs():
        assert "Reads" in (spec.description or ""), spec.key
        assert "writes" in (spec.description or ""), spec.key
        assert spec.group_name in {"planning", "content", "channels"}
        assert list(spec.owners)
        assert spec.kinds
        assert spec.automation_condition is None


def test_no_job_retries_what_has_outside_effects(definitions: dg.Definitions) -> None:
    """Retries are the ledger's and the claims' business, never Dagster's."""
    for job in definitions.resolve_all_job_defs():
        assert "dagster/max_retries" not in job.tags


def test_schedules_and_sensors_run_from_the_start(definitions: dg.Definitions) -> None:
    """Nobody has to switch anything on after a deployment."""
    repository = definitions.get_repository_def()
    assert {s.default_status.name for s in repository.sensor_defs} == {"RUNNING"}
    assert {s.default_status.name for s in repository.schedule_defs} == {"RUNNING"}
    assert {s.name for s in repository.sensor_defs} == {
        "tenants", "month_catch_up", "ready_agent_work", "approved_requests", "approved_posts",
        "channels_to_renew", "new_channels",
    }  # fmt: skip
