"""Planning in time: slots, moving an approved post, taking it off, caps, and the neighbour left in peace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import DecisionEvent
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Actor, Role
from leadmetrics_pipelines.domain.slots import Knowledge, WeeklySlot
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.scheduling import MovedPost, schedule_post, unschedule_post
from leadmetrics_pipelines.services.slots import (
    add_slot,
    list_slots,
    next_free_slot,
    parse_slot,
    remove_slot,
    suggest_slots,
)
from leadmetrics_pipelines.storage.approvals.models import DecisionRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.scores.models import ChannelFigure
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel, build_person
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

NOWHERE = "http://127.0.0.1:1/wordpress/acme"


@pytest.fixture
def posts(runtime: Runtime, acme: Tenant, zenith: Tenant) -> ApprovedPosts:
    """Two approved posts of ours in Zurich; the neighbour has a channel of its own."""
    build_channel(runtime, zenith)
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        work.session.get_one(Tenant, acme.id).time_zone = "Europe/Zurich"
    return build_approved_posts(runtime, acme, 2, base_url=NOWHERE)


@contextmanager
def by(posts: ApprovedPosts, actor: Actor | None = None) -> Iterator[UnitOfWork]:
    with posts.runtime.unit_of_work(tenant=posts.tenant_id, actor=actor or posts.month.reviewer) as work:
        yield work


def plan(posts: ApprovedPosts, local: datetime, index: int = 0, actor: Actor | None = None) -> MovedPost:
    version = posts.post(index).version
    with by(posts, actor) as work:
        return schedule_post(work, posts.post_ids[index], local, seen_version=version)


def tomorrow(posts: ApprovedPosts, hour: int = 9) -> datetime:
    day = (posts.runtime.clock.now() + timedelta(days=1)).date()
    return datetime.combine(day, time(hour))


def test_a_reviewer_moves_an_approved_post_and_it_stays_approved(posts: ApprovedPosts) -> None:
    """Edit and decision in one act, recorded as both; wall time and zone are kept."""
    local = tomorrow(posts)
    moved = plan(posts, local)
    post = posts.post()
    assert moved.is_approved
    assert post.status == PostStatus.APPROVED
    assert (post.publish_local, post.publish_zone) == (local, "Europe/Zurich")
    assert post.publish_at == local.replace(tzinfo=UTC) - timedelta(hours=1)
    with by(posts, TESTER) as work:
        found = work.session.scalars(select(DecisionRow.event).where(DecisionRow.subject_id == post.id)).all()
    assert DecisionEvent.EDITED_AND_APPROVED in found


def test_somebody_who_may_not_decide_sends_it_back_to_review(posts: ApprovedPosts, acme: Tenant) -> None:
    """And a tenant that wants two people for an edit and its approval gets them."""
    with by(posts, TESTER) as work:
        work.session.get_one(Tenant, acme.id).edit_and_approve = False
    moved = plan(posts, tomorrow(posts))
    assert not moved.is_approved
    assert posts.post().status == PostStatus.REVIEW
    assert posts.post().publish_at is not None


def test_taken_off_it_waits_for_people_and_never_goes_out_at_once(posts: ApprovedPosts) -> None:
    """Whether it had a time or not."""
    plan(posts, tomorrow(posts))
    for index in (0, 1):
        version = posts.post(index).version
        with by(posts) as work:
            unschedule_post(work, posts.post_ids[index], seen_version=version)
        post = posts.post(index)
        assert (post.status, post.publish_at, post.publish_local) == (PostStatus.REVIEW, None, None)
    posts.wait(60)
    assert posts.publish().outcomes == ()


def test_the_past_is_no_time_to_publish(posts: ApprovedPosts) -> None:
    """It says so, and nothing is changed."""
    before = posts.post().version
    with pytest.raises(InvalidInput, match="is over"):
        plan(posts, tomorrow(posts) - timedelta(days=3))
    assert posts.post().version == before


def test_an_hour_takes_as_many_posts_as_the_channel_may_send(posts: ApprovedPosts) -> None:
    """A burst gets an account banned."""
    with by(posts, TESTER) as work:
        work.session.get_one(Channel, posts.month.channel_id).max_per_hour = 1
    plan(posts, tomorrow(posts))
    with pytest.raises(Conflict, match="Choose another time"):
        plan(posts, tomorrow(posts) + timedelta(minutes=20), index=1)
    plan(posts, tomorrow(posts) + timedelta(hours=2), index=1)


def test_an_older_page_moves_nothing(posts: ApprovedPosts) -> None:
    """Somebody saved meanwhile."""
    seen = posts.post().version
    plan(posts, tomorrow(posts))
    with by(posts) as work, pytest.raises(Conflict):
        schedule_post(work, posts.post_ids[0], tomorrow(posts, 15), seen_version=seen)


def test_an_operator_may_not_plan(posts: ApprovedPosts, acme: Tenant) -> None:
    """Operators run things; they do not change content."""
    operator = build_person(posts.runtime.database, acme, Role.OPERATOR, "Otto Operator")
    with pytest.raises(NotAllowed):
        plan(posts, tomorrow(posts), actor=operator)


def test_slots_are_kept_once_and_the_next_free_one_is_found(posts: ApprovedPosts) -> None:
    """A slot that a post has is passed over."""
    channel_id = posts.month.channel_id
    tuesday = parse_slot(1, "09:30")
    with by(posts) as work:
        add_slot(work, channel_id, tuesday)
        with pytest.raises(Conflict, match="Tuesday 09:30"):
            add_slot(work, channel_id, tuesday)
        first = next_free_slot(work, channel_id)
    assert first is not None
    assert (first.local.weekday(), first.local.time()) == (1, time(9, 30))
    plan(posts, first.local)
    with by(posts) as work:
        second = next_free_slot(work, channel_id)
        assert second is not None
        assert second.local == first.local + timedelta(days=7)
        remove_slot(work, list_slots(work, channel_id)[0].id)
        assert next_free_slot(work, channel_id) is None


@pytest.mark.parametrize("at", ["25:00", "noon", ""])
def test_a_time_of_day_that_is_none_is_refused(at: str) -> None:
    """With an example."""
    with pytest.raises(InvalidInput, match="09:30"):
        parse_slot(0, at)


def test_slots_of_the_neighbour_are_out_of_reach(posts: ApprovedPosts, zenith: Tenant) -> None:
    """Neither theirs for us nor ours for them."""
    with by(posts) as work:
        slot_id = add_slot(work, posts.month.channel_id, WeeklySlot(0, time(9))).id
    with posts.runtime.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        with pytest.raises(NotFound):
            add_slot(work, posts.month.channel_id, WeeklySlot(0, time(10)))
        with pytest.raises(NotFound):
            remove_slot(work, slot_id)
        with pytest.raises(NotFound):
            schedule_post(work, posts.post_ids[0], tomorrow(posts), seen_version=1)


def test_a_suggestion_says_how_little_it_knows(posts: ApprovedPosts) -> None:
    """One post with a known day is nothing to go by."""
    at = datetime(2026, 11, 3, 8, tzinfo=UTC)
    with by(posts, TESTER) as work:
        post = posts.post()
        work.session.merge(post).published_at = at
        work.session.add(_figure(work, posts.month.channel_id, at.date()))
        suggestion = suggest_slots(work, posts.month.channel_id)
    assert (suggestion.knowledge, suggestion.samples, suggestion.slots) == (Knowledge.NONE, 1, ())


def _figure(work: UnitOfWork, channel_id: UUID, day: date) -> ChannelFigure:
    return ChannelFigure(
        tenant_id=work.tenant_id, channel_id=channel_id, day=day, metric="engagements", dimension="", value=12.0,
        read_at=work.now,
    )  # fmt: skip
