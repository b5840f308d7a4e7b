"""Why is it not out yet? One answer for the publisher and for every page, for many posts in two statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.poster.outcomes import Fate
from leadmetrics_pipelines.services.release import release_verdict, release_verdicts
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def approved(runtime: Runtime, acme: Tenant, sandbox: RunningSandbox) -> ApprovedPosts:
    return build_approved_posts(runtime, acme, 3, base_url=sandbox.wordpress_url())


@pytest.fixture
def theirs(runtime: Runtime, zenith: Tenant, sandbox: RunningSandbox) -> ApprovedPosts:
    return build_approved_posts(runtime, zenith, base_url=sandbox.make_site("zenith"))


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The statements sent within the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_many_posts_take_two_statements(approved: ApprovedPosts) -> None:
    """However many posts a page shows."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        with counted_statements(approved.runtime.database) as seen:
            verdicts = release_verdicts(work, approved.post_ids)
        assert len(seen) == 2
    assert {verdict.state for verdict in verdicts.values()} == {ReleaseState.READY}


def test_no_posts_take_none(approved: ApprovedPosts) -> None:
    """An empty page asks nothing."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        with counted_statements(approved.runtime.database) as seen:
            assert release_verdicts(work, []) == {}
        assert seen == []


def test_a_tenant_gets_no_answer_about_the_others_posts(approved: ApprovedPosts, theirs: ApprovedPosts) -> None:
    """They are not there; across tenants both are."""
    both = [*approved.post_ids, *theirs.post_ids]
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        assert release_verdicts(work, both).keys() == set(approved.post_ids)
        with pytest.raises(NotFound):
            release_verdict(work, theirs.post_ids[0])
        with pytest.raises(NotFound):
            release_verdict(work, new_id())
    with approved.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert release_verdicts(work, both).keys() == set(both)


def test_the_neighbours_hold_and_cap_are_not_ours(approved: ApprovedPosts, theirs: ApprovedPosts) -> None:
    """Seen across tenants too: each post is judged by its own tenant's switches."""
    with approved.runtime.unit_of_work(tenant=theirs.tenant_id, actor=TESTER) as work:
        work.session.execute(
            text(
                "INSERT INTO holds (id, scope, tenant_id, reason, set_by, set_at)"
                " VALUES (:id, 'tenant', :tenant, 'Theirs', 'Zoe', :now)"
            ),
            {"id": new_id(), "tenant": theirs.tenant_id, "now": work.now},
        )
    with approved.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        verdicts = release_verdicts(work, [approved.post_ids[0], theirs.post_ids[0]])
    assert verdicts[approved.post_ids[0]].state is ReleaseState.READY
    assert verdicts[theirs.post_ids[0]].state is ReleaseState.HELD


def test_a_refusal_counts_for_the_version_that_was_refused(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Another approved version is judged anew."""
    sandbox.set_fault("wordpress", "status", method="POST", path_regex="/posts$", status=400, times=None)
    assert approved.publish().count(Fate.REFUSED) == 3
    verdict = approved.verdict()
    assert verdict.state is ReleaseState.REFUSED
    assert verdict.sentence == approved.post().problem
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        work.session.execute(text("UPDATE posts SET status = 'approved'"))
        work.session.execute(
            text(
                "INSERT INTO approvals (id, tenant_id, subject_kind, subject_id, subject_version, seal, status, title,"
                " asked_by, cause, opened_at, decided_at) SELECT uuidv7(), tenant_id, 'post', id, 2, seal, 'approved',"
                " title, 'test', 'another version', :now, :now FROM posts"
            ),
            {"now": work.now},
        )
    assert approved.verdict().state is ReleaseState.READY
