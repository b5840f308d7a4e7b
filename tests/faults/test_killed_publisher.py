"""Kill -9 of a real publishing process at each step, over 50 posts: each is on the site once, the ledger is true."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.publications.models import Publication
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.databases import TestDatabase
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

POSTS = 50
# (step, at which arrival, what the site does with that call). A call that `delay` is handled after our death, one that
# is `slow_after` was handled before it and its answer comes too late, one that hangs is never handled.
DEATHS: list[tuple[str, int, Effect | None]] = [
    ("before the ledger row", 1, None),
    ("before the ledger row is committed", 1, None),
    ("after the ledger row", 3, None),
    ("just before the call", 5, None),
    ("during the call", 5, "delay"),
    ("during the call", 4, "slow_after"),
    ("during the call", 3, "hang"),
    ("after the answer", 6, None),
    ("before the outcome is committed", 6, None),
    ("after the outcome is committed", 6, None),
]
# Longer than a lease and than a site may still be at work on a lost call.
LATER = 430.0


@pytest.fixture
def approved(
    runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox, encryption_key: str
) -> ApprovedPosts:
    """Fifty approved posts of Acme; Zenith has one as well."""
    runtime.keyring = Keyring([encryption_key])
    build_approved_posts(runtime, zenith, base_url=sandbox.make_site("zenith"))
    approved = build_approved_posts(runtime, acme, POSTS, base_url=sandbox.wordpress_url())
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        work.session.get_one(Channel, approved.month.channel_id).max_per_hour = 10_000
    return approved


@pytest.fixture
def encryption_key() -> str:
    """The key that this process and the killed ones share."""
    return Keyring.new_key()


@pytest.mark.timeout(300)
def test_killed_at_any_step_each_post_is_out_exactly_once(
    approved: ApprovedPosts, sandbox: RunningSandbox, test_database: TestDatabase, encryption_key: str, home: Path,
    publishers: Callable[..., dict[str, Any]],
) -> None:  # fmt: skip
    """After each death the next pass looks, adopts what is there, and sends only what is not."""

    def publish(step: str = "none", nth: int = 0) -> dict[str, Any]:
        return publishers(
            database_url=test_database.url, home=str(home), key=encryption_key, step=step, nth=nth,
            tenant=str(approved.tenant_id), now=approved.month.clock.now().isoformat(),
        )  # fmt: skip

    for step, nth, effect in DEATHS:
        if effect is not None:
            sandbox.set_fault(
                "wordpress", effect, method="POST", path_regex="/wp/v2/posts$", times=None, skip=nth - 1, seconds=1
            )
        killed = publish(step, nth)
        assert killed["exit"] == -signal.SIGKILL, f"{step}: {killed}"
        if effect is not None:
            # The site is still at work on calls whose caller is dead.
            SystemClock().sleep(1.2)
            sandbox.clear_faults()
        assert_nothing_is_there_twice(sandbox)
        approved.wait(LATER)
    states = Counter(approved.ledger_states())
    assert states["confirmed"] < POSTS, "the killed passes left work to do"
    assert publish()["exit"] == 0
    approved.wait(LATER)
    assert publish() == {"exit": 0, "outcomes": []}
    assert_nothing_is_there_twice(sandbox)
    assert_the_ledger_is_true(approved, sandbox)
    assert sandbox.posts("zenith") == []


def markers(sandbox: RunningSandbox) -> list[str]:
    """The publication ids on the site, one for each post there."""
    return [re.findall(r"leadmetrics:([0-9a-f-]+)", post.content)[0] for post in sandbox.posts()]


def assert_nothing_is_there_twice(sandbox: RunningSandbox) -> None:
    """Each post of the site has a marker of its own, and a title of its own."""
    assert max(Counter(markers(sandbox)).values(), default=1) == 1
    assert max(Counter(post.title for post in sandbox.posts()).values(), default=1) == 1


def assert_the_ledger_is_true(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Ledger, posts and site tell the same: fifty confirmed, each at its own address."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        rows = work.session.scalars(select(Publication)).all()
        posts = work.session.scalars(select(Post)).all()
    assert {row.state for row in rows} == {"confirmed"}
    assert sorted(str(row.id) for row in rows) == sorted(markers(sandbox))
    on_site = {str(post.id): post.link for post in sandbox.posts()}
    assert {row.remote_id: row.remote_url for row in rows} == on_site
    assert {post.remote_id: post.published_url for post in posts} == on_site
    assert len(on_site) == POSTS
    assert approved.period().completed_count == POSTS
