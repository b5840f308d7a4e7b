"""The inbox page over 100,000 open items, against a bare FastAPI route with one indexed query."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx

from benchmarks.homes import Home, find_free_port, temporary_home
from benchmarks.results import Result, percentile
from benchmarks.world import ACTOR, PASSWORD, Client, make_client
from leadmetrics_pipelines.cli.processes import Child, Supervisor
from leadmetrics_pipelines.review.place import SIGN_IN_COOKIE
from leadmetrics_pipelines.services.people import SignInGranted, sign_in
from leadmetrics_pipelines.services.runtime import DATABASE
from leadmetrics_pipelines.services.views.inbox import PAGE
from leadmetrics_pipelines.storage.database import all_tenants

TARGET = 3.0
MOST_P95_MS = 60.0
ITEMS, NEIGHBOURS_ITEMS = 100_000, 1_000
WARM_UP, REQUESTS = 40, 200
SCRIPT = (Path(__file__).parent / "inbox.sql").read_text()


def measure() -> Iterator[Result]:
    """Sequential requests on kept connections, page and reference in turns."""
    port = find_free_port()
    with temporary_home(review_port=port, review_url=f"http://127.0.0.1:{port}") as home:
        client = _fill(home)
        with _served(home, client) as (page, reference):
            for _ in range(WARM_UP):
                _time(page, f"/t/{client.slug}/inbox"), _time(reference, "/inbox")
            _check(page, reference, client)
            pairs = [(_time(page, f"/t/{client.slug}/inbox"), _time(reference, "/inbox")) for _ in range(REQUESTS)]
    ours, floor = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    p95 = percentile(ours, 95)
    ratio = p95 / percentile(floor, 95)
    yield Result(
        benchmark="inbox", ratio=ratio, target=TARGET, met=ratio <= TARGET and p95 <= MOST_P95_MS,
        measured={
            "open_items": ITEMS, "rows": PAGE, "p50_ms": percentile(ours, 50), "p95_ms": p95,
            "most_p95_ms": MOST_P95_MS, "p50_ratio": percentile(ours, 50) / percentile(floor, 50),
        },
        reference={
            "what": "a bare FastAPI route: one indexed query, the same rows as JSON, same server settings",
            "p50_ms": percentile(floor, 50), "p95_ms": percentile(floor, 95),
        },
        n=REQUESTS,
    )  # fmt: skip


def _fill(home: Home) -> Client:
    client, neighbour = make_client(home.runtime, "acme"), make_client(home.runtime, "zenith")
    with closing(home.connect()) as owner:
        for whose, items in ((client, ITEMS), (neighbour, NEIGHBOURS_ITEMS)):
            with owner.transaction():
                for statement in SCRIPT.split(";\n"):
                    owner.execute(statement.encode(), {"tenant": whose.tenant_id, "items": items})
        # What autovacuum does within minutes of such a load.
        owner.execute("VACUUM ANALYZE")
    return client


@contextlib.contextmanager
def _served(home: Home, client: Client) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """The review app as `leadmetrics review` serves it, and the reference; an HTTP client for each."""
    assert home.runtime.embedded is not None
    url, port = home.runtime.embedded.url(DATABASE), find_free_port()
    reference = f"http://127.0.0.1:{port}"
    with Supervisor(home.folder, clock=home.runtime.clock) as supervisor:
        supervisor.start(
            Child(
                name="review", command=[sys.executable, "-m", "leadmetrics_pipelines.cli.main", "review"],
                env=home.env, ready_url=f"{home.settings.review_url}/healthz",
            )
        )  # fmt: skip
        supervisor.start(
            Child(
                name="reference", env=home.env, ready_url=f"{reference}/inbox",
                command=[
                    sys.executable, "-m", "benchmarks.inbox_reference",
                    url, str(client.tenant_id), str(PAGE), str(port),
                ],
            )
        )  # fmt: skip
        supervisor.wait_ready()
        cookies = {SIGN_IN_COOKIE: _sign_in(home, client)}
        with (
            httpx.Client(base_url=home.settings.review_url, cookies=cookies, trust_env=False) as page,
            httpx.Client(base_url=reference, trust_env=False) as bare,
        ):
            yield page, bare


def _sign_in(home: Home, client: Client) -> str:
    with home.runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        granted = sign_in(work, email=client.person.email, password=PASSWORD, address="127.0.0.1")
    assert isinstance(granted, SignInGranted)
    return granted.secret


def _check(page: httpx.Client, reference: httpx.Client, client: Client) -> None:
    """Both show the same items."""
    rows = reference.get("/inbox").json()
    text = page.get(f"/t/{client.slug}/inbox").text
    assert len(rows) == PAGE
    assert all(row["title"] in text and row["id"] in text for row in rows)
    assert "99+" in text


def _time(http: httpx.Client, path: str) -> float:
    """Milliseconds until the answer is there in full."""
    began = time.perf_counter()
    answer = http.get(path)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == httpx.codes.OK, (answer.status_code, answer.headers.get("location"))
    return took
