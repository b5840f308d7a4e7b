"""What a publishing pass does when all goes well, and what it leaves alone."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.channels import HoldScope
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.errors import Conflict, NotAllowed
from leadmetrics_pipelines.platforms.publishing import Handles, LivePost, Prepared
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.channels import disconnect_channel, set_hold
from leadmetrics_pipelines.services.poster import ledger
from leadmetrics_pipelines.services.poster.outcomes import Fate
from leadmetrics_pipelines.services.publishing import due_publications, publish_due, retry_publication
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.publications.models import Heartbeat, Publication
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER, build_channel, build_person
from tests.platforms.builders import an_image
from tests.services.publishing_builders import ApprovedPosts, add_ad_hoc_post, build_approved_posts

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def neighbour(runtime: Runtime, zenith: Tenant, sandbox: RunningSandbox) -> ApprovedPosts:
    """Zenith's only post, approved and due: no pass of Acme's may touch it."""
    return build_approved_posts(runtime, zenith, base_url=sandbox.make_site("zenith"))


@pytest.fixture
def approved(runtime: Runtime, acme: Tenant, neighbour: ApprovedPosts, sandbox: RunningSandbox) -> ApprovedPosts:
    """Acme's three posts, approved and due."""
    return build_approved_posts(runtime, acme, 3, base_url=sandbox.wordpress_url())


def writes(sandbox: RunningSandbox) -> int:
    """How many calls that write reached the sites."""
    return sum(call.method == "POST" for call in sandbox.calls("wordpress"))


def test_approved_posts_go_live_once_and_everything_says_so(
    approved: ApprovedPosts, neighbour: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """Site, ledger, post, activity, request and month agree; a second pass has nothing to do."""
    report = approved.publish()
    assert (report.live, report.problems, report.busy_channels) == (3, (), ())
    on_site = sandbox.posts()
    assert [post.status for post in on_site] == ["publish"] * 3
    post, row = approved.post(), approved.ledger()
    assert (post.status, post.published_url, post.remote_id) == ("published", row.remote_url, row.remote_id)
    assert post.published_url in [seen.link for seen in on_site]
    assert approved.steps() == [(None, "intended"), ("intended", "sending"), ("sending", "confirmed")]
    assert approved.publish_activity().status == "completed"
    assert approved.request().status == "completed"
    period = approved.period()
    assert (period.completed_count, period.status) == (3, "completed")
    assert approved.verdict().state is ReleaseState.OUT
    sandbox.forget_calls()
    assert approved.publish().outcomes == ()
    assert sandbox.calls("wordpress") == []
    assert neighbour.post().status == "approved"
    assert sandbox.posts("zenith") == []


def test_every_step_is_in_the_audit_log(approved: ApprovedPosts) -> None:
    """Each move of ledger and post has its row, by the publisher, under the run."""
    approved.publish()
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        query = select(AuditRow).where(
            AuditRow.subject_id == str(approved.post_ids[0]), AuditRow.actor_id == "publisher"
        )
        rows = work.session.scalars(query.order_by(AuditRow.id)).all()
    assert [(row.action, row.to_state) for row in rows] == [
        ("publication.moved", "intended"), ("publication.moved", "sending"), ("publication.moved", "confirmed"),
        ("post.moved", "published"),
    ]  # fmt: skip
    assert {row.route for row in rows} == {"run:run-1"}


def test_the_image_goes_with_the_post(
    runtime: Runtime, acme: Tenant, neighbour: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """Posts that share an image share one upload."""
    approved = build_approved_posts(runtime, acme, 3, base_url=sandbox.wordpress_url(), image=an_image().data)
    assert approved.publish().live == 3
    assert len({post.featured_media for post in sandbox.posts()}) == 1
    assert sandbox.posts()[0].featured_media > 0
    assert [post.differences for post in map(approved.post, range(3))] == [[], [], []]


def test_nothing_goes_out_within_the_undo_time(
    runtime: Runtime, acme: Tenant, neighbour: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """An approval of a moment ago can still be undone."""
    approved = build_approved_posts(runtime, acme, base_url=sandbox.wordpress_url())
    approved.wait(-3)
    assert approved.verdict().state is ReleaseState.UNDO
    assert approved.publish().outcomes == ()
    assert writes(sandbox) == 0


def test_nothing_unapproved_goes_out(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """A click on Materialize is not an approval."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        work.session.execute(text("UPDATE approvals SET status = 'open' WHERE subject_kind = 'post'"))
    assert approved.publish().outcomes == ()
    assert writes(sandbox) == 0


def test_a_post_with_a_slot_waits_for_it_and_is_dated_by_it(
    runtime: Runtime, acme: Tenant, neighbour: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """Before its time nothing is sent; afterwards it carries its slot as its date."""
    slot = datetime(2026, 11, 2, 10, tzinfo=UTC)
    approved = build_approved_posts(runtime, acme, base_url=sandbox.wordpress_url(), publish_at=slot)
    assert approved.verdict().state is ReleaseState.NOT_DUE
    assert approved.publish().outcomes == ()
    approved.wait(3600)
    assert approved.publish().live == 1
    assert sandbox.posts()[0].date == slot


def test_past_its_window_a_person_is_asked_and_decides(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """After an outage the backlog does not flood out: one question per post; its answer counts."""
    approved.wait(25 * 3600)
    assert approved.verdict().state is ReleaseState.MISSED
    assert (approved.publish().asked_late, approved.publish().asked_late) == (3, 0)
    assert writes(sandbox) == 0
    first, second, _ = approved.month.open_approvals("late_post")
    approved.month.decide(first, Decision.APPROVE)
    approved.month.decide(second, Decision.REJECT, "Too late for the sale")
    approved.wait(6)
    assert [outcome.post_id for outcome in approved.publish().outcomes] == [first.subject_id]
    assert len(sandbox.posts()) == 1
    rejected = approved.post(approved.post_ids.index(second.subject_id))
    assert rejected.status == "publish_failed"
    assert approved.publish().asked_late == 0


def test_the_hours_cap_of_a_channel_holds_over_passes(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Two an hour: the third goes out an hour after the first."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        work.session.get_one(Channel, approved.month.channel_id).max_per_hour = 2
    assert approved.publish().live == 2
    assert approved.publish().outcomes == ()
    assert [approved.verdict(n).state for n in range(3)].count(ReleaseState.CAPPED) == 1
    approved.wait(3601)
    assert approved.publish().live == 1
    assert len(sandbox.posts()) == 3


@pytest.mark.parametrize("scope", list(HoldScope))
def test_a_hold_stops_what_it_names(approved: ApprovedPosts, sandbox: RunningSandbox, scope: HoldScope) -> None:
    """All, tenant, channel: nothing goes out, and the verdict says who holds it and why."""
    actor = build_person(approved.runtime.database, approved.month.tenant, Role.PLATFORM_ADMIN, "Pia Platform")
    tenant = all_tenants if scope is HoldScope.ALL else approved.tenant_id
    channel_id = approved.month.channel_id if scope is HoldScope.CHANNEL else None
    with approved.runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        set_hold(work, scope, channel_id, "Wrong prices on the site")
    assert approved.publish().outcomes == ()
    assert writes(sandbox) == 0
    verdict = approved.verdict()
    assert verdict.state is ReleaseState.HELD
    assert "Pia Platform: Wrong prices on the site" in verdict.sentence


def test_a_hold_set_between_the_ledger_and_the_call_still_stops_it(
    approved: ApprovedPosts, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch is read in the last line before the call: no call, and the post stays intended."""
    begin = ledger.begin_sending

    def begin_and_hold(*arguments: object, **options: object) -> int:
        attempt = begin(*arguments, **options)  # type: ignore[arg-type]
        # Several posts get here at once; the first one's hold counts.
        with (
            contextlib.suppress(Conflict),
            approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as other,
        ):
            set_hold(other, HoldScope.TENANT, None, "Stop, please")
        return attempt

    monkeypatch.setattr("leadmetrics_pipelines.services.poster.delivery.begin_sending", begin_and_hold)
    report = approved.publish()
    assert {outcome.fate for outcome in report.outcomes} == {Fate.STOPPED}
    assert writes(sandbox) == 0
    assert set(approved.ledger_states()) == {"intended"}
    assert approved.ledger().sent_at is None


def test_a_disconnected_channel_gets_nothing(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Its posts wait and say so."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        disconnect_channel(work, approved.month.channel_id)
    assert approved.publish().outcomes == ()
    assert approved.verdict().state is ReleaseState.CHANNEL
    assert writes(sandbox) == 0


def test_twenty_workers_send_each_post_once(
    runtime: Runtime, acme: Tenant, neighbour: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """One of them is the poster; the others say that another publisher is at work, or find nothing left."""
    approved = build_approved_posts(runtime, acme, 12, base_url=sandbox.wordpress_url(), patient=True)
    with ThreadPoolExecutor(20) as threads:
        reports = list(threads.map(lambda _: approved.publish(), range(20)))
    # Twenty passes in one process may keep each other from the database; what a pass left is the next one's.
    for _ in range(3):
        approved.wait(130)
        reports.append(approved.publish())
    assert sum(report.live for report in reports) == 12, [report.problems for report in reports]
    assert len(sandbox.posts()) == 12
    assert writes(sandbox) == 12
    assert any(report.busy_channels == ("Acme blog",) for report in reports)
    assert set(approved.ledger_states()) == {"confirmed"}


def test_due_work_is_found_by_level_and_named_by_tenant_and_month(
    approved: ApprovedPosts, neighbour: ApprovedPosts
) -> None:
    """Both tenants' due posts are found, again and again with the same digest, until they are out."""

    def look() -> dict[str, tuple[str, int, str]]:
        with approved.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
            return {due.tenant: (due.month, due.count, due.digest) for due in due_publications(work)}

    first = look()
    assert {slug: due[:2] for slug, due in first.items()} == {"acme": ("2026-11", 3), "zenith": ("2026-11", 1)}
    assert look() == first
    approved.publish()
    assert look().keys() == {"zenith"}
    approved.wait(130)
    assert look()["zenith"][2] != first["zenith"][2], "what nobody took up is asked for again"


def test_missed_posts_are_due_until_people_are_asked(approved: ApprovedPosts) -> None:
    """The sensor sees them once; the open question settles it."""

    def count() -> int:
        with approved.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
            return sum(due.count for due in due_publications(work) if due.tenant == "acme")

    approved.wait(25 * 3600)
    assert count() == 3
    approved.publish()
    assert count() == 0


def test_a_pass_leaves_a_heartbeat(approved: ApprovedPosts) -> None:
    """Pages can say when the publisher stands still."""
    approved.publish()
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        assert work.session.get_one(Heartbeat, "publisher").at == work.now


def test_another_tenants_pass_sees_nothing_of_it(
    approved: ApprovedPosts, zenith: Tenant, sandbox: RunningSandbox
) -> None:
    """A pass of Zenith publishes Zenith's post alone, and its ledger is not seen by Acme."""
    report = publish_due(approved.runtime, tenant=zenith.id, month=NOVEMBER)
    assert report.live == 1
    assert sandbox.posts() == []
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        assert work.session.scalars(select(Publication)).all() == []


def test_channels_are_served_side_by_side_and_one_that_is_away_stops_no_other(
    approved: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """A second site that does not answer: its ad-hoc post waits, the three of the first go out, in the same pass."""
    second = build_channel(approved.runtime, approved.month.tenant)
    add_ad_hoc_post(approved, "Raised by hand", second)
    report = approved.publish()
    assert (report.live, report.count(Fate.POSTPONED)) == (3, 1)
    assert {post.title for post in sandbox.posts()} == {"Post 001", "Post 002", "Post 003"}
    assert approved.period().completed_count == 3


def test_an_ad_hoc_post_belongs_to_the_month_in_which_it_was_raised(
    approved: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """It goes out with that month's pass and counts against no deliverable."""
    add_ad_hoc_post(approved, "Raised by hand", approved.month.channel_id)
    with approved.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert {due.tenant: (due.month, due.count) for due in due_publications(work)}["acme"] == ("2026-11", 4)
    assert approved.publish().live == 4
    assert approved.period().completed_count == 3
    assert "Raised by hand" in {post.title for post in sandbox.posts()}


def test_other_months_are_left_alone(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """A pass over December sends nothing of November; a pass over no month in particular sends all."""
    assert approved.publish(NOVEMBER.following()).outcomes == ()
    assert approved.publish(None).live == 3


def test_only_a_failed_post_can_be_tried_again_and_only_by_who_may(approved: ApprovedPosts) -> None:
    """An approved post needs no retry; a client's admin has not the right."""
    runtime, tenant = approved.runtime, approved.tenant_id
    with (
        runtime.unit_of_work(tenant=tenant, actor=TESTER) as work,
        pytest.raises(Conflict, match="Only a post whose publishing failed"),
    ):
        retry_publication(work, approved.post_ids[0])
    admin = build_person(approved.runtime.database, approved.month.tenant, Role.TENANT_ADMIN, "Tina Admin")
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=admin) as work, pytest.raises(NotAllowed):
        retry_publication(work, approved.post_ids[0])


def test_a_post_is_sent_with_the_ledger_written_before(
    approved: ApprovedPosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment of the call, another connection reads the row as `sending`, with worker, lease and attempt."""
    seen: list[tuple[str, int, bool]] = []
    send = WordPressPublisher.send

    def look_and_send(publisher: WordPressPublisher, prepared: Prepared, handles: Handles) -> LivePost:
        marker = prepared.seen().marker
        index = next(n for n in range(3) if str(approved.ledger(n).id) == marker)
        row = approved.ledger(index)
        seen.append((row.state, row.attempt, row.worker is not None and row.lease_until is not None))
        return send(publisher, prepared, handles)

    monkeypatch.setattr(WordPressPublisher, "send", look_and_send)
    approved.publish()
    assert seen == [("sending", 1, True)] * 3
