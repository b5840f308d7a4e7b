"""A thousand channels whose tokens are due, renewed in one run, against the bare calls to the token endpoint.

The platform takes 50 ms for each call. The reference makes the same calls with the same client and as many threads, and
stores nothing: what is left is the price of locks, encryption, fences and the audit trail.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import insert

from benchmarks.homes import Home, find_free_port, temporary_home
from benchmarks.results import Result
from benchmarks.world import ACTOR, Client, make_client
from leadmetrics_pipelines.cli.processes import Child, Supervisor
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.renewals import AT_ONCE, Outcome, renew_due
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_person
from tests.services.channel_posts import app_keys
from tests.services.connecting_builders import connect_account

PLATFORM = "google_business"
CHANNELS = 1000
LATENCY_SECONDS = 0.05
TARGET = 1.5


def measure() -> Iterator[Result]:
    """One run over all channels, and the bare calls before and after it."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        temporary_home(sandbox_port=port, allow_loopback=True, outside_url=url, platform_apps=app_keys()) as home,
        _sandbox(home, url) as sandbox,
    ):
        client = make_client(home.runtime, "acme")
        secrets = _make_channels(home, client)
        with contextlib.closing(home.connect()) as owner:
            owner.autocommit = True
            owner.execute("VACUUM ANALYZE")
        sandbox.set_fault("google", "delay", seconds=LATENCY_SECONDS, times=None)
        bare = _call_bare(home, secrets)
        began, worked = time.perf_counter(), time.process_time()
        report = renew_due(home.runtime)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        bare = (bare + _call_bare(home, secrets)) / 2
        fresh = report.counts.get(Outcome.FRESH, 0)
        yield Result(
            benchmark="renewals", ratio=took / bare, target=TARGET, met=took <= TARGET * bare and fresh == CHANNELS,
            measured={"seconds": took, "channels": fresh, "per_second": fresh / took, "processor_s": worked},
            reference={
                "what": "the same calls to the token endpoint with as many threads, nothing stored", "seconds": bare,
                "ideal_seconds": CHANNELS * LATENCY_SECONDS / AT_ONCE, "latency_ms": LATENCY_SECONDS * 1000,
                "threads": AT_ONCE,
            },
            n=1,
        )  # fmt: skip


@contextlib.contextmanager
def _sandbox(home: Home, url: str) -> Iterator[RunningSandbox]:
    """The platform, in a process of its own."""
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


def _make_channels(home: Home, client: Client) -> dict[str, str]:
    """A thousand locations of one consent, each due now; the credentials that all of them have."""
    runtime = home.runtime
    with runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        tenant = work.session.get_one(Tenant, client.tenant_id)
    person = build_person(runtime.database, tenant, Role.TENANT_ADMIN, "Tina Admin")
    first = connect_account(runtime, tenant, person, PLATFORM)
    secrets = runtime.keyring.open(first.credentials or b"")
    with runtime.unit_of_work(tenant=client.tenant_id, actor=ACTOR) as work:
        work.session.get_one(Channel, first.id).renew_at = work.now
        work.session.execute(insert(Channel), [_copy(home, first, secrets, number) for number in range(1, CHANNELS)])
    return secrets


def _copy(home: Home, first: Channel, secrets: dict[str, str], number: int) -> dict[str, object]:
    now = home.runtime.clock.now()
    channel_id: UUID = new_id()
    return {
        "id": channel_id, "tenant_id": first.tenant_id, "platform": PLATFORM, "name": f"Shop {number}",
        "base_url": f"https://shop-{number}.example", "status": "connected", "account_id": f"locations/{number}",
        "credentials": home.runtime.keyring.seal(secrets), "credentials_version": 1, "facts": {}, "created_at": now,
        "renew_at": now, "expires_at": now + timedelta(minutes=5),
    }  # fmt: skip


def _call_bare(home: Home, secrets: dict[str, str]) -> float:
    """Seconds for the calls alone."""
    connector = home.runtime.connector(PLATFORM)
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda _: connector.renew(secrets), range(CHANNELS)):
            pass
    return time.perf_counter() - began
