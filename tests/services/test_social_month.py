"""A month of social posts: a calendar, a post per channel, each with its own words, review and way out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.lengths import TARGETS
from leadmetrics_pipelines.services.approvals import undo
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.integrity import find_wrong_counts
from leadmetrics_pipelines.services.lengths import measure
from leadmetrics_pipelines.services.requests import close_request
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, BlogMonth
from tests.services.social import build_month, completed, go_live, posts, publish_in, requests, steps, write_all


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant) -> BlogMonth:
    """Acme's November: two social posts, each on LinkedIn and Facebook. The neighbour has a month, too."""
    build_month(runtime, zenith, units=1)
    return build_month(runtime, acme)


def social(month: BlogMonth, post_id: object) -> SocialContent:
    """The words of a social post."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        return read_post(work, post_id).content_as(SocialContent)  # type: ignore[arg-type]


def test_a_content_calendar_is_proposed_with_days_and_channels(month: BlogMonth) -> None:
    """As many entries as promised, each for both channels, on days that are still to come, open for approval."""
    report = month.let_agents_work()
    assert (report.finished, report.failed, report.problems) == (1, 0, [])
    found = requests(month)
    assert [(r.kind, len(r.channel_ids), r.status) for r in found] == [("social", 2, "pending_approval")] * 2
    assert all(r.publish_at is not None and r.publish_at > month.clock.now() for r in found)
    assert all(r.brief.startswith("Format: ") for r in found)
    assert steps(month) == {"plan": ["awaiting_approval"], "approve_plan": ["assigned"]}


def test_an_approved_request_becomes_a_post_for_each_channel(month: BlogMonth) -> None:
    """With activities of their own, and words that suit the platform: longer on LinkedIn than on Facebook."""
    month.let_agents_work()
    month.decide(month.open_approvals("request")[0], Decision.APPROVE)
    month.let_agents_work()
    one, two = posts(month)
    assert {one.channel_id, two.channel_id} == set(requests(month)[0].channel_ids)
    assert (one.slug, two.slug, one.status, two.status) == ("", "", "review", "review")
    linkedin, facebook = social(month, one.id), social(month, two.id)
    assert linkedin.text != facebook.text
    assert TARGETS["linkedin"].high >= len(linkedin.text) > len(facebook.text)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        writing = work.session.scalars(select(Activity).where(Activity.step_key == "write")).all()
    assert {activity.post_id for activity in writing} == {one.id, two.id}
    assert all(activity.name.endswith(("on linkedin)", "on facebook)")) for activity in writing)
    assert {activity.agent_role for activity in writing} == {"social-copywriter"}


def test_one_posts_rejection_leaves_its_sibling_alone(month: BlogMonth) -> None:
    """The notes go to the writer of that post; the other one goes on to be published."""
    write_all(month)
    rejected, kept = month.open_approvals("post")[:2]
    before = social(month, rejected.subject_id).text
    month.decide(rejected, Decision.REQUEST_CHANGES, "Mention the spare parts")
    month.decide(kept, Decision.APPROVE)
    month.let_agents_work()
    again = [approval for approval in month.open_approvals("post") if approval.subject_id == rejected.subject_id]
    assert [approval.subject_version for approval in again] == [2]
    assert social(month, rejected.subject_id).text != before
    by_id = {post.id: post for post in posts(month)}
    assert (by_id[kept.subject_id].status, by_id[kept.subject_id].version) == ("approved", 1)


def test_a_request_counts_when_its_last_post_is_live(month: BlogMonth) -> None:
    """One of two is not enough; the deliverable counts requests, not posts."""
    write_all(month)
    month.approve_all("post")
    first, second = (posts(month, request.id) for request in requests(month))
    go_live(month, first[0].id)
    assert (completed(month), requests(month)[0].status) == ((0, "active"), "in_progress")
    go_live(month, first[1].id)
    assert (completed(month), requests(month)[0].status) == ((1, "active"), "completed")
    for post in second:
        go_live(month, post.id)
    assert completed(month) == (2, "completed")
    assert set(steps(month)["publish"]) == {"completed"}
    with month.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert find_wrong_counts(work).holds


def test_undoing_an_approval_takes_every_post_away(month: BlogMonth) -> None:
    """As long as nobody has begun to write; then the same request can be approved again."""
    month.let_agents_work()
    report = month.decide(month.open_approvals("request")[0], Decision.APPROVE)
    assert len(posts(month)) == 2
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        undo(work, report.approval_id)
    assert (posts(month), steps(month)["write"]) == ([], ["cancelled"] * 2)
    month.approve_all("request")
    assert len(posts(month)) == 4


def test_closing_a_request_withdraws_all_of_it_that_is_not_live(month: BlogMonth) -> None:
    """What is out stays out, under the approval it went out with; the rest is cancelled and counts for nothing."""
    write_all(month)
    month.approve_all("post")
    request = requests(month)[0]
    live, waiting = posts(month, request.id)
    go_live(month, live.id)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        close_request(work, request.id, "The client changed its mind")
    assert [post.status for post in posts(month, request.id)] == ["published", "review"]
    assert completed(month)[0] == 0
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        found = work.session.scalars(select(Activity).where(Activity.post_id == waiting.id)).all()
    assert [a.status for a in found if a.step_key == "publish"] == ["cancelled"]


def test_gbp_posts_are_short_and_local(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """They name the place, carry no hashtags, and stay within what people read."""
    build_month(runtime, zenith, "gbp_posts", ("google_business",), units=1)
    month = build_month(runtime, acme, "gbp_posts", ("google_business",), units=2)
    write_all(month)
    texts = [social(month, post.id).text for post in posts(month)]
    assert len(texts) == 2
    for text in texts:
        assert "#" not in text
        assert len(text) <= TARGETS["google_business"].high
    assert [a.title for a in month.open_approvals("post")]


def test_newsletters_are_planned_written_and_reviewed(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """Subject, preview line, text, and who they are from; the subject fits the mail platform."""
    build_month(runtime, zenith, "email_newsletters", ("mailchimp",), units=1)
    month = build_month(runtime, acme, "email_newsletters", ("mailchimp",), units=2)
    write_all(month)
    for approval in month.open_approvals("post"):
        with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
            version = read_post(work, approval.subject_id)
        letter = version.content_as(NewsletterContent)
        assert letter.from_name == acme.name
        assert "@" in letter.reply_to
        assert version.body_html.startswith("<p>")
        assert not any(one.over for one in measure("mailchimp", letter))
        assert version.seal == approval.seal
    month.approve_all("post")
    assert steps(month)["publish"] == ["assigned"] * 2


def test_every_platform_gets_a_text_it_takes(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """Within its limits, as it counts them."""
    platforms = ("linkedin", "facebook", "instagram", "google_business")
    build_month(runtime, zenith, units=1)
    month = build_month(runtime, acme, platforms=platforms, units=2)
    write_all(month)
    found = posts(month)
    assert len(found) == 8
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        for post in found:
            version = read_post(work, post.id)
            assert not [one.sentence for p in platforms for one in measure(p, version.content) if one.over]
    assert len({post.title for post in found}) >= 2


def test_two_posts_that_go_live_at_once_complete_their_request(month: BlogMonth) -> None:
    """Whoever comes second waits, and sees the first: neither leaves the request for the other to complete."""
    write_all(month)
    month.approve_all("post")
    request = requests(month)[0]
    first, second = posts(month, request.id)
    with ThreadPoolExecutor(1) as threads:
        with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
            publish_in(work, first.id)
            other = threads.submit(go_live, month, second.id)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.3)
        other.result(timeout=20)
    assert (requests(month)[0].status, completed(month)) == ("completed", (1, "active"))
