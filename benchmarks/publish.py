"""From a person's approval to the post live on the site, against a bare Dagster sensor-to-run no-op on the same daemon.

Real daemon, real sensors, real runs; every call of the site takes 50 ms more. The undo time is 0: it
is a promise to people, not work.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from benchmarks.floor import FLAG
from benchmarks.homes import Home, find_free_port, temporary_home
from benchmarks.posts import approve, make_posts_in_review, open_approvals
from benchmarks.results import Result
from benchmarks.world import Client, make_client
from leadmetrics_pipelines.cli.processes import Child, Supervisor
from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.services.runtime import DAGSTER_DATABASE

LATENCY_SECONDS = 0.05
TARGET_OF_ONE, TARGET_OF_MANY = 1.5, 2.0
MANY = 100
ONE_ROUNDS, MANY_ROUNDS = 5, 4
LONGEST_WAIT_SECONDS = 180.0
# The daemon looks at sensors every five seconds: people's moments fall anywhere in between.
DAEMON_SECONDS = 5.0
POLL_SECONDS = 0.05
# Asked twenty times a second: it must cost those who are measured nothing.
_PUBLISHED = "SELECT count(*) FROM posts WHERE id = ANY(%s) AND status = 'published'"
_HAS_TABLES = "SELECT to_regclass('public.run_tags') IS NOT NULL AND to_regclass('public.runs') IS NOT NULL"
# Dagster's own record of the run's end (seconds since 1970), which is later than the end of its work.
_FLOOR_END = """
SELECT r.end_time FROM runs r JOIN run_tags t ON t.run_id = r.run_id
WHERE t.key = 'dagster/run_key' AND t.value = %s AND r.status = 'SUCCESS' AND r.end_time IS NOT NULL
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that runs during the measurement."""

    home: Home
    client: Client
    sandbox_url: str
    owner: psycopg.Connection
    dagster: psycopg.Connection

    def calls(self) -> int:
        """Calls the site got since the last forgetting."""
        answer = httpx.get(f"{self.sandbox_url}/faults/calls", params={"last": 1}, trust_env=False)
        return int(answer.raise_for_status().json()["totals"]["wordpress"]["calls"])

    def forget_calls(self) -> None:
        """Count anew."""
        httpx.delete(f"{self.sandbox_url}/faults/calls", trust_env=False).raise_for_status()


def measure() -> Iterator[Result]:
    """One post and the floor in turns, then a hundred at once and the floor in turns."""
    sandbox, review = find_free_port(), find_free_port()
    with (
        temporary_home(
            sandbox_port=sandbox, review_port=review, undo_seconds=0, allow_loopback=True, anthropic_api_key="sandbox",
            anthropic_base_url=f"http://127.0.0.1:{sandbox}/anthropic",
        ) as home,
        _staged(home) as stage,
    ):  # fmt: skip
        _time_floor(stage)
        _time_posts(stage, 1)
        one, floor = _in_turns(stage, 1, ONE_ROUNDS)
        yield _result("publish_1", TARGET_OF_ONE, one, floor, {"posts": 1})
        stage.forget_calls()
        many, floor = _in_turns(stage, MANY, MANY_ROUNDS)
        calls = stage.calls() / (MANY * MANY_ROUNDS)
        yield _result("publish_100", TARGET_OF_MANY, many, floor, {"posts": MANY, "calls_per_post": calls})


def _in_turns(stage: Stage, posts: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of so many posts and of the floor, one after the other: a busy minute of the machine hits both."""
    clock, moments = stage.home.runtime.clock, random.Random(posts)
    ours, floor = [], []
    for _ in range(rounds):
        clock.sleep(moments.uniform(0, DAEMON_SECONDS))
        ours.append(_time_posts(stage, posts))
        clock.sleep(moments.uniform(0, DAEMON_SECONDS))
        floor.append(_time_floor(stage))
    return ours, floor


def _result(
    name: str, target: float, ours: Sequence[float], floor: Sequence[float], more: dict[str, float | int]
) -> Result:
    ratio = statistics.median(ours) / statistics.median(floor)
    return Result(
        benchmark=name, ratio=ratio, target=target, met=ratio <= target,
        measured={
            **more, "median_s": statistics.median(ours), "fastest_s": min(ours), "slowest_s": max(ours),
            "site_latency_ms": LATENCY_SECONDS * 1000,
        },
        reference={
            "what": "a bare Dagster sensor (every second) to the end of its in-process no-op run, on the same daemon",
            "median_s": statistics.median(floor), "fastest_s": min(floor), "slowest_s": max(floor), "n": len(floor),
        },
        n=len(ours),
    )  # fmt: skip


@contextlib.contextmanager
def _staged(home: Home) -> Iterator[Stage]:
    """Sandbox, posts in review, then the daemon with our code location and the floor's."""
    sandbox_url = f"http://127.0.0.1:{home.settings.sandbox_port}"
    with Supervisor(home.folder, clock=home.runtime.clock) as supervisor:
        supervisor.start(
            Child(
                name="sandbox", env=home.env, ready_url=f"{sandbox_url}/",
                command=[sys.executable, "-m", "leadmetrics_pipelines.cli.main", "sandbox", "--forget"],
            )
        )  # fmt: skip
        supervisor.wait_ready()
        client = make_client(home.runtime, "acme")
        posts = 1 + ONE_ROUNDS + MANY * MANY_ROUNDS
        make_posts_in_review(home.runtime, client, posts, base_url=f"{sandbox_url}/wordpress/acme")
        fault = {"party": "wordpress", "effect": "delay", "seconds": LATENCY_SECONDS, "times": None}
        httpx.post(f"{sandbox_url}/faults", json=fault, trust_env=False).raise_for_status()
        supervisor.start(
            Child(
                name="dagster-daemon", env=home.env, cwd=home.folder, stop_seconds=20,
                command=[
                    Path(sys.executable).with_name("dagster-daemon"), "run",
                    "-m", "leadmetrics_pipelines.definitions", "-m", "benchmarks.floor",
                ],
            )
        )  # fmt: skip
        with closing(home.connect()) as owner, closing(home.connect(DAGSTER_DATABASE)) as dagster:
            # What autovacuum does within a minute of such a load; these rows are made to have been there for long.
            owner.execute("VACUUM ANALYZE")
            stage = Stage(home=home, client=client, sandbox_url=sandbox_url, owner=owner, dagster=dagster)
            _wait(stage, lambda: dagster.execute(_HAS_TABLES).fetchone() == (True,), "the daemon to make its tables")
            yield stage


def _time_posts(stage: Stage, count: int) -> float:
    """Seconds from the act of approving so many posts until all are published."""
    runtime, client = stage.home.runtime, stage.client
    approvals = open_approvals(runtime, client, SubjectKind.POST, count)
    assert len(approvals) == count
    posts = [approval.subject_id for approval in approvals]
    began = time.perf_counter()
    approve(runtime, client, approvals)

    def are_out() -> bool:
        return stage.owner.execute(_PUBLISHED, [posts]).fetchone() == (count,)

    _wait(stage, are_out, f"{count} posts to be published")
    return time.perf_counter() - began


def _time_floor(stage: Stage) -> float:
    """Seconds from setting the flag until the end that Dagster's record of the run gives."""
    key = uuid4().hex
    ended: list[float] = []
    began = stage.home.runtime.clock.now().timestamp()
    fresh = stage.home.dagster_home / f"{FLAG}.new"
    fresh.write_text(key)
    fresh.replace(stage.home.dagster_home / FLAG)

    def has_ended() -> bool:
        ended.extend(end for (end,) in stage.dagster.execute(_FLOOR_END, [key]).fetchall())
        return bool(ended)

    _wait(stage, has_ended, "the floor's run to end")
    return ended[0] - began


def _wait(stage: Stage, is_done: Callable[[], bool], what: str) -> None:
    deadline = time.perf_counter() + LONGEST_WAIT_SECONDS
    while not is_done():
        if time.perf_counter() > deadline:
            log = stage.home.folder / "logs" / "dagster-daemon.log"
            end = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
            msg = f"Waited {LONGEST_WAIT_SECONDS:.0f} s for {what}. The end of the daemon's log:\n{end}"
            raise TimeoutError(msg)
        stage.home.runtime.clock.sleep(POLL_SECONDS)
