"""Every platform in one go: each twin's account is connected, read by its room's client, and scored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from leadmetrics_pipelines.services.figures import read_figures
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.scores import compute_scores
from leadmetrics_pipelines.services.snapshots import take_snapshots
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.scores.models import ChannelScore, ChannelSnapshot
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.services.channel_posts import Target, app_keys, connect, present_targets

READ_ONLY = (
    Target(platform="search_console", party="google", kind="blog"),
    Target(platform="ga4", party="google", kind="blog"),
)


@pytest.fixture
def world(database: Database, home: Path) -> Iterator[tuple[Runtime, RunningSandbox]]:
    """Platforms and reader on one clock, of today: twins make up their figures for the days around it."""
    clock = FixedClock(SystemClock().now())
    with running_sandbox(clock=clock) as sandbox, HttpClients(timeouts=Timeouts(read=5, total=10)) as http:
        database.clock = clock
        settings = Settings(
            home=home, allow_loopback=True, outside_url=sandbox.url, platform_apps=app_keys(), _env_file=None
        )
        keyring = Keyring([Keyring.new_key()])
        yield Runtime(settings=settings, clock=clock, database=database, keyring=keyring, _http=http), sandbox


def test_every_platform_is_read_and_scored(world: tuple[Runtime, RunningSandbox], acme: Tenant, zenith: Tenant) -> None:
    """No problem anywhere, all facts asked for, a reason for each unknown; the neighbour has nothing."""
    runtime, sandbox = world
    platforms = {}
    for target in (*present_targets(), *READ_ONLY):
        platforms[connect(runtime, acme, target, sandbox, max_per_hour=10)] = target.platform
    month = Month.of(runtime.clock.now())
    report = take_snapshots(runtime, tenant=acme.id, month=month)
    assert (report.taken, report.problems) == (len(platforms), ())
    assert read_figures(runtime, tenant=acme.id, month=month).problems == ()
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert compute_scores(work, [("acme", month), ("zenith", month)]).scores == len(platforms)
        assert work.session.scalars(select(Channel).where(Channel.tenant_id == zenith.id)).all() == []
        scores = {platforms[row.channel_id]: row for row in work.session.scalars(select(ChannelScore))}
        facts = [fact for row in work.session.scalars(select(ChannelSnapshot)) for fact in row.facts]
    assert all(fact["why_unknown"] and fact["unknown_since"] for fact in facts if fact["value"] is None)
    unread = [fact["name"] for fact in facts if "not among what is read" in fact["why_unknown"]]
    assert unread == []
    # The sites that have no post yet; WordPress tells of the site itself, too.
    assert {name for name, row in scores.items() if row.total is None} == {"webflow", "wordpress_com"}
