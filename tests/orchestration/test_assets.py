"""Materialising by hand, by backfill and by range: what an operator can click, and what it can and cannot do."""

from __future__ import annotations

import dagster as dg
import pytest
from sqlalchemy import func, select

from assets.partitions import range_tags, tenant_month_key
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.deliverables import add_deliverable
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, BlogMonth, build_blog_month
from tests.services.social import build_platform_channel

JOBS = ("start_months", "plan_content", "write_drafts", "publish_posts")


def run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str, tenant: str = "acme", month: str = "2026-11"
) -> dg.ExecuteInProcessResult:
    """Run a job for one partition."""
    key = tenant_month_key(tenant, month)
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key=key, raise_on_error=False
    )


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox) -> BlogMonth:
    """Acme's November with two posts to the sandbox's WordPress; Zenith has its own."""
    build_blog_month(runtime, zenith, posts=1, base_url=sandbox.make_site("zenith"))
    return build_blog_month(runtime, acme, posts=2, base_url=sandbox.wordpress_url("acme"))


@pytest.mark.usefixtures("acme", "zenith")
def test_a_backfill_of_a_year_makes_plans_and_no_outside_call(
    definitions: dg.Definitions, instance: dg.DagsterInstance, runtime: Runtime, acme: Tenant, sandbox: RunningSandbox
) -> None:
    """Twelve past months of both tenants, every asset of them: periods and plans, and silence outside."""
    for tenant_id in (acme.id,):
        with runtime.unit_of_work(tenant=tenant_id, actor=TESTER) as work:
            add_deliverable(work, kind="blog_posts", name="Blog posts", monthly_quantity=10)
    sandbox.forget_calls()
    months = [f"2025-{n:02}" for n in range(11, 13)] + [f"2026-{n:02}" for n in range(1, 11)]
    for past in months:
        for job in JOBS:
            tags = range_tags("acme", "zenith", past)
            result = definitions.resolve_job_def(job).execute_in_process(instance=instance, tags=tags)
            assert result.success
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        states = work.session.scalars(select(DeliverablePeriod.status)).all()
        assert states == ["planned"] * 12
        assert work.session.scalar(select(func.count()).select_from(Activity)) == 12
    assert sandbox.calls() == []
    assert len(instance.get_materialized_partitions(dg.AssetKey("deliverable_periods"))) == 24


def test_no_click_publishes_what_nobody_approved(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth, sandbox: RunningSandbox
) -> None:
    """Drafts in review stay where they are, however often their partition is materialised."""
    month.let_agents_work()
    month.approve_all("request")
    month.let_agents_work()
    for _ in range(3):
        assert run(definitions, instance, "publish_posts").success
    assert sandbox.posts("acme") == []


def test_a_month_runs_through_the_jobs(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth, sandbox: RunningSandbox, zenith: Tenant
) -> None:
    """Research, write, publish as runs: two posts live, linked to the run, and the month is complete."""
    assert run(definitions, instance, "plan_content").success
    month.approve_all("request")
    month.clock.advance(seconds=6)
    assert run(definitions, instance, "write_drafts").success
    month.approve_all("post")
    month.clock.advance(seconds=6)
    result = run(definitions, instance, "publish_posts")
    assert result.success
    assert {post.status for post in sandbox.posts("acme")} == {"publish"}
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        posts = work.session.scalars(select(Post)).all()
        period = work.session.scalars(select(DeliverablePeriod)).one()
        assert {post.run_id for post in posts} == {result.run_id}
        assert (period.completed_count, period.status) == (2, "completed")
    (materialisation,) = result.asset_materializations_for_node("published_posts")
    assert materialisation.metadata["published"].value == 2
    assert "/t/acme/month/2026-11" in str(materialisation.metadata["review app"].value)
    assert sandbox.posts("zenith") == []


def test_social_posts_go_through_the_same_jobs(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth
) -> None:
    """Beside the blog posts: the plan job proposes both, the writing job writes a post per channel."""
    runtime, tenant = month.runtime, month.tenant
    channels = [build_platform_channel(runtime, tenant, platform) for platform in ("linkedin", "facebook")]
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        add_deliverable(work, kind="social_posts", name="Social", monthly_quantity=1, channel_ids=channels)
    assert run(definitions, instance, "start_months").success
    assert run(definitions, instance, "plan_content").success
    assert len(month.approve_all("request")) == 3
    month.clock.advance(seconds=6)
    assert run(definitions, instance, "write_drafts").success
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        written = work.session.execute(select(Post.kind, Post.status).order_by(Post.kind)).all()
    assert [tuple(row) for row in written] == [("blog", "review")] * 2 + [("social", "review")] * 2


def test_checks_hold_after_a_month_and_fail_on_a_lie(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth
) -> None:
    """Every check passes on an honest month; a count that was tampered with is found and named."""
    month.let_agents_work()
    job = definitions.resolve_job_def("check_promises")
    honest = {e.check_name: e.passed for e in job.execute_in_process(instance=instance).get_asset_check_evaluations()}
    assert len(honest) >= 5
    assert all(honest.values()), honest
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        work.session.scalars(select(DeliverablePeriod)).one().completed_count = 7
    lied = {e.check_name: e for e in job.execute_in_process(instance=instance).get_asset_check_evaluations()}
    assert {name for name, e in lied.items() if not e.passed} == {"counts_add_up", "no_period_over_its_target"}
    assert "acme 2026-11: says 7, published 0" in str(lied["counts_add_up"].metadata["examples"].value)


def test_one_tenants_fault_does_not_lose_the_others(
    definitions: dg.Definitions, instance: dg.DagsterInstance, month: BlogMonth, sandbox: RunningSandbox
) -> None:
    """The site of one tenant refuses; the other's post is published, and the run fails at the end, saying why."""
    instance.add_dynamic_partitions("tenants", ["ghost"])
    month.let_agents_work()
    month.approve_all("request")
    month.let_agents_work()
    month.decide(month.open_approvals("post")[0], Decision.APPROVE)
    month.clock.advance(seconds=6)
    tags = range_tags("acme", "ghost", "2026-11")
    result = definitions.resolve_job_def("publish_posts").execute_in_process(
        instance=instance, tags=tags, raise_on_error=False
    )
    assert not result.success
    assert len(sandbox.posts("acme")) == 1
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "there is no active tenant 'ghost'" in str(failure.event_specific_data)
