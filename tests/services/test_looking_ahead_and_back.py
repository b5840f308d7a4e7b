"""The dry run tells days ahead what would stop an item; the live watch tells within a day what was changed there."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import HoldScope
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.alerts import list_alerts
from leadmetrics_pipelines.services.channels import set_hold
from leadmetrics_pipelines.services.dry_run import DryItem, Level, dry_run, try_all_tenants, worst_first
from leadmetrics_pipelines.services.live_watch import watch_live_posts
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.scheduling import schedule_post
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ImageFile, Post
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

PASSWORD = "demo demo demo demo demo demo"


@pytest.fixture
def site(sandbox: RunningSandbox) -> str:
    """A WordPress site of its own."""
    return sandbox.make_site("looking")


@pytest.fixture
def posts(runtime: Runtime, acme: Tenant, zenith: Tenant, site: str) -> ApprovedPosts:
    """Two approved posts; the neighbour has a channel and nothing due."""
    build_channel(runtime, zenith)
    return build_approved_posts(runtime, acme, 2, base_url=site, patient=True)


def tried(posts: ApprovedPosts) -> list[DryItem]:
    return worst_first(dry_run(posts.runtime, posts.tenant_id).items)


def sentences(item: DryItem, level: Level) -> str:
    return " ".join(finding.sentence for finding in item.findings if finding.level is level)


def test_what_is_in_order_would_go_out_and_nothing_is_sent(posts: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Every check has run; the site was only read."""
    sandbox.forget_calls()
    items = tried(posts)
    assert [item.level for item in items] == [Level.OK, Level.OK]
    assert {finding.check for finding in items[0].findings} >= {"release", "access", "content"}
    assert {call.method for call in sandbox.calls("wordpress")} <= {"GET"}
    assert sandbox.posts("looking") == []


def test_a_password_that_was_revoked_is_known_before_the_time(posts: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Days ahead, with what to do."""
    sandbox.revoke_passwords("looking", "editor")
    item = tried(posts)[0]
    assert item.level is Level.FAIL
    assert "application password" in sentences(item, Level.FAIL)


def test_a_hold_and_its_reason_are_told(posts: ApprovedPosts) -> None:
    """By whoever holds it."""
    with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=posts.month.reviewer) as work:
        set_hold(work, HoldScope.TENANT, None, "The client moves house")
    assert "The client moves house" in sentences(tried(posts)[0], Level.FAIL)


def test_a_byte_that_changed_after_the_approval_is_found(posts: ApprovedPosts) -> None:
    """With the seal of what was approved, by the code that publishes."""
    with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=TESTER) as work:
        row = work.session.get_one(Post, posts.post_ids[0])
        key, version = f"post/{row.id}", row.version
        document = work.documents.get(row.tenant_id, key, version)
        row.version += 1
        changed = {**document.body, "body_html": document.body["body_html"] + "<p>Sneaked in</p>"}
        work.documents.put(row.tenant_id, key, changed, author="nobody", at=work.now)
    item = next(item for item in tried(posts) if item.post_id == posts.post_ids[0])
    assert item.level is Level.FAIL


def test_only_what_is_due_within_the_days_is_tried(posts: ApprovedPosts) -> None:
    """And what is tried of all tenants names the tenant."""
    far = (posts.runtime.clock.now() + timedelta(days=30)).replace(tzinfo=None)
    with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=posts.month.reviewer) as work:
        schedule_post(work, posts.post_ids[0], far, seen_version=1)
    assert [item.post_id for item in tried(posts)] == [posts.post_ids[1]]
    assert try_all_tenants(posts.runtime).items == 1


def test_the_neighbours_dry_run_is_empty(posts: ApprovedPosts, zenith: Tenant) -> None:
    """Nothing of ours is tried, nor shown."""
    assert dry_run(posts.runtime, zenith.id).items == ()
    with posts.runtime.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        assert work.session.scalars(select(ImageFile)).all() == []


def test_a_post_that_somebody_deletes_raises_one_alert_and_one_task(
    posts: ApprovedPosts, sandbox: RunningSandbox, site: str
) -> None:
    """Told once however often one looks, and over when it is back."""
    posts.publish()
    assert dict(watch_live_posts(posts.runtime, posts.tenant_id).states) == {"live": 2}
    wordpress = httpx.Client(base_url=f"{site}/wp-json/wp/v2", auth=("editor", PASSWORD), trust_env=False)
    gone = int(posts.post(0).remote_id or 0)
    with wordpress:
        wordpress.delete(f"/posts/{gone}").raise_for_status()
        for _ in range(2):
            assert dict(watch_live_posts(posts.runtime, posts.tenant_id).states) == {"live": 1, "deleted": 1}
        with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=TESTER) as work:
            (alert,) = list_alerts(work)
            task = work.session.get_one(Activity, alert.activity_id)
            assert "was deleted on" in alert.title
            assert (task.status, task.human_role) == ("assigned", "reviewer")
        wordpress.post(f"/posts/{gone}", json={"status": "publish"}).raise_for_status()
        watch_live_posts(posts.runtime, posts.tenant_id)
    with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=TESTER) as work:
        assert list_alerts(work) == []
        assert work.session.get_one(Activity, task.id).status == "completed"


def test_words_that_somebody_changed_there_are_noticed(posts: ApprovedPosts, site: str) -> None:
    """Compared with what was approved."""
    posts.publish()
    with httpx.Client(base_url=f"{site}/wp-json/wp/v2", auth=("editor", PASSWORD), trust_env=False) as wordpress:
        changed = {"content": "Something else entirely."}
        wordpress.post(f"/posts/{posts.post(0).remote_id}", json=changed).raise_for_status()
    assert dict(watch_live_posts(posts.runtime, posts.tenant_id).states) == {"live": 1, "edited": 1}
    assert posts.post(0).live_state == "edited"


def test_a_site_that_is_away_is_a_problem_and_no_verdict(posts: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Nothing is called deleted because nobody answered."""
    posts.publish()
    sandbox.set_fault("wordpress", "status", status=503, times=None)
    report = watch_live_posts(posts.runtime, posts.tenant_id)
    sandbox.clear_faults()
    assert report.total == 0
    assert len(report.problems) == 1
    assert posts.post(0).live_state is None
