"""A thousand due posts over five platforms, against the calls they need at the speed that the platforms allow.

One pass of the publisher, one channel per platform; every call takes the platform 50 ms more. The reference is what
nobody can beat: each platform's calls, one after the other in as many rows as its traits allow, all platforms at once.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from uuid import UUID

import httpx

from benchmarks.homes import Home, find_free_port, temporary_home
from benchmarks.results import Result
from benchmarks.world import ACTOR, Client, make_client
from leadmetrics_pipelines.cli.processes import Child, Supervisor
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.poster.outcomes import Fate
from leadmetrics_pipelines.services.publishing import publish_due
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.services.channel_posts import TARGETS, add_approved, app_keys, connect

PLATFORMS = ("wordpress", "linkedin", "facebook", "google_business", "mailchimp")
POSTS = 1000
LATENCY_SECONDS = 0.05
TARGET = 1.5


def measure() -> Iterator[Result]:
    """One pass over all posts."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        temporary_home(
            sandbox_port=port, undo_seconds=0, allow_loopback=True, outside_url=url, platform_apps=app_keys()
        ) as home,
        _sandbox(home, url) as sandbox,
    ):
        client = make_client(home.runtime, "acme")
        channels = _make_posts(home, client, sandbox)
        with contextlib.closing(home.connect()) as owner:
            owner.autocommit = True
            owner.execute("VACUUM ANALYZE")
        _slow_down(sandbox)
        sandbox.forget_calls()
        began, worked = time.perf_counter(), time.process_time()
        report = publish_due(home.runtime, tenant=client.tenant_id, month=None)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        calls = _count_calls(sandbox)
        ideal = _find_ideal(home, client, channels, calls)
        # A campaign is taken in and sent by the platform in its own time.
        out = report.live + report.count(Fate.PROCESSING)
        yield Result(
            benchmark="due_posts", ratio=took / ideal, target=TARGET, met=took <= TARGET * ideal and out == POSTS,
            measured={
                "seconds": took, "posts": POSTS, "out": out, "processor_s": worked,
                "calls": sum(calls.values()), **{f"calls_{party}": count for party, count in calls.items()},
            },
            reference={
                "what": "calls x latency / calls that may be under way, of the slowest platform", "seconds": ideal,
                "latency_ms": LATENCY_SECONDS * 1000,
            },
            n=1,
        )  # fmt: skip


@contextlib.contextmanager
def _sandbox(home: Home, url: str) -> Iterator[RunningSandbox]:
    """Every platform, in a process of its own."""
    with Supervisor(home.folder, clock=home.runtime.clock) as supervisor:
        supervisor.start(
            Child(
                name="sandbox", env=home.env, ready_url=f"{url}/",
                command=[sys.executable, "-m", "leadmetrics_pipelines.cli.main", "sandbox", "--forget"],
            )
        )  # fmt: skip
        supervisor.wait_ready()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as control:
            yield RunningSandbox(url=url, control=control)


def _make_posts(home: Home, client: Client, sandbox: RunningSandbox) -> dict[str, UUID]:
    """As many approved posts on each platform, due now; the channels by platform."""
    runtime, channels = home.runtime, {}
    with runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        tenant = work.session.get_one(Tenant, client.tenant_id)
    for target in (target for target in TARGETS if target.platform in PLATFORMS):
        channel_id = connect(runtime, tenant, target, sandbox, max_per_hour=10 * POSTS)
        tokens = [f"{target.platform}-{number:04d}" for number in range(POSTS // len(PLATFORMS))]
        add_approved(runtime, tenant, channel_id, target, tokens, approver=client.reviewer)
        channels[target.platform] = channel_id
    return channels


def _slow_down(sandbox: RunningSandbox) -> None:
    for party in sorted({target.party for target in TARGETS if target.platform in PLATFORMS}):
        sandbox.set_fault(party, "delay", seconds=LATENCY_SECONDS, times=None)


def _count_calls(sandbox: RunningSandbox) -> dict[str, int]:
    totals = sandbox.control.get("/faults/calls", params={"last": 1}).raise_for_status().json()["totals"]
    return {party: total["calls"] for party, total in totals.items() if total["calls"]}


def _find_ideal(home: Home, client: Client, channels: Mapping[str, UUID], calls: Mapping[str, int]) -> float:
    """Seconds of the slowest platform."""
    parties = {target.platform: target.party for target in TARGETS}
    with home.runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        rows = {name: work.session.get_one(Channel, channel_id) for name, channel_id in channels.items()}
        at_once = {name: home.runtime.publisher(row).traits.at_once for name, row in rows.items()}
    return max(calls[parties[name]] * LATENCY_SECONDS / at_once[name] for name in channels)
