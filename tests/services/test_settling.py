"""A person ends a doubt that machines cannot end: found at an address, sent once more, or let be."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.settling import settle_as_absent, settle_as_live
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_channel, build_person
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

POSTS = r"/wp/v2/posts$"


@pytest.fixture
def doubtful(runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox) -> ApprovedPosts:
    """One post whose call broke before it was read, with a site that no longer answers; the neighbour beside it."""
    build_channel(runtime, zenith)
    posts = build_approved_posts(runtime, acme, 1, base_url=sandbox.make_site("settling"), patient=True)
    sandbox.set_fault("wordpress", "drop_before", method="POST", path_regex=POSTS)
    posts.publish()
    assert posts.ledger_states() == ["unconfirmed"]
    return posts


def test_found_by_a_person_it_is_out(doubtful: ApprovedPosts) -> None:
    """With the address, and with the person's name in the record."""
    with doubtful.runtime.unit_of_work(tenant=doubtful.tenant_id, actor=doubtful.month.reviewer) as work:
        settle_as_live(work, doubtful.post_ids[0], " https://acme.example/found ")
    post = doubtful.post()
    assert (post.status, post.published_url, post.remote_id) == (
        PostStatus.PUBLISHED, "https://acme.example/found", None,
    )  # fmt: skip
    assert doubtful.ledger_states() == ["confirmed"]
    assert doubtful.period().completed_count == 1


def test_not_there_it_is_sent_once_more(doubtful: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """And then it is there once."""
    with doubtful.runtime.unit_of_work(tenant=doubtful.tenant_id, actor=doubtful.month.reviewer) as work:
        settle_as_absent(work, doubtful.post_ids[0], send_again=True)
    doubtful.publish()
    assert doubtful.post().status == PostStatus.PUBLISHED
    assert len(sandbox.posts("settling")) == 1


def test_let_be_it_fails_with_a_reason_and_can_be_tried_again(doubtful: ApprovedPosts) -> None:
    """A person may change their mind."""
    with doubtful.runtime.unit_of_work(tenant=doubtful.tenant_id, actor=doubtful.month.reviewer) as work:
        settle_as_absent(work, doubtful.post_ids[0], send_again=False)
    post = doubtful.post()
    assert post.status == PostStatus.PUBLISH_FAILED
    assert "Rita Reviewer looked: it is not there, and let it be." in (post.problem or "")


def test_nothing_else_can_be_settled(doubtful: ApprovedPosts, acme: Tenant, zenith: Tenant) -> None:
    """Not twice, not by who may not unblock, not the neighbour's, not without an address."""
    post_id, runtime = doubtful.post_ids[0], doubtful.runtime
    client = build_person(runtime.database, acme, Role.TENANT_ADMIN, "Carla Client")
    neighbour = build_person(runtime.database, zenith, Role.REVIEWER, "Nina Neighbour")
    with runtime.unit_of_work(tenant=acme.id, actor=client) as work, pytest.raises(NotAllowed):
        settle_as_live(work, post_id, "https://acme.example/x")
    with runtime.unit_of_work(tenant=zenith.id, actor=neighbour) as work, pytest.raises(NotFound):
        settle_as_live(work, post_id, "https://acme.example/x")
    with runtime.unit_of_work(tenant=acme.id, actor=doubtful.month.reviewer) as work:
        with pytest.raises(InvalidInput, match="https://"):
            settle_as_live(work, post_id, "on the site")
        settle_as_live(work, post_id, "https://acme.example/x")
        with pytest.raises(Conflict, match="is confirmed"):
            settle_as_absent(work, post_id, send_again=True)
