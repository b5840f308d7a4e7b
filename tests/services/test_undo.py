"""Undo: one's own decision, for a few seconds, as long as nothing was set off; and the record keeps both."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.approvals import decide, open_late_release, undo
from leadmetrics_pipelines.services.effects import TooLateToUndo
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.requests import close_request
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication
from tests.builders import TESTER, BlogMonth
from tests.services.quick import (
    activities,
    answer,
    approval_row,
    at_work,
    claim,
    content_of,
    events,
    let_agents_answer,
    post_row,
    request_row,
    states,
    with_drafts,
    with_topics,
)


def take_back(month: BlogMonth, approval: Approval) -> None:
    with at_work(month) as work:
        undo(work, approval.id)


def live_states(month: BlogMonth) -> dict[str, object]:
    """Where everything stands: requests, posts, live activities, open approvals."""
    with at_work(month, TESTER) as work:
        return {
            "requests": rows(work, "content_requests"), "posts": rows(work, "posts"),
            "activities": sorted(
                (a.step_key, str(a.request_id), a.status, str(a.notes))
                for a in work.session.scalars(select(Activity)) if a.status != "cancelled"
            ),
            "approvals": rows(work, "approvals"),
        }  # fmt: skip


def rows(work: UnitOfWork, table: str) -> list[tuple[str, str]]:
    query = text(f"SELECT id::text, status FROM {table} ORDER BY id")  # noqa: S608 - a name from above
    return [(key, status) for key, status in work.session.execute(query)]


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("kind", ["request", "post"])
def test_undoing_brings_everything_back_to_where_it_was(quick: BlogMonth, kind: str, decision: Decision) -> None:
    """Subject, activities, notes and approval; then the same person may decide anew, either way."""
    approval = (with_topics if kind == "request" else with_drafts)(quick)[0]
    before = live_states(quick)
    quick.decide(approval, decision, "Some reason")
    assert live_states(quick) != before
    take_back(quick, approval)
    assert live_states(quick) == before
    again = approval_row(quick, approval.id)
    assert (again.decided_by, again.decided_at, again.reason, again.undo_until) == (None, None, None, None)
    outcome = {"approve": "approved", "reject": "rejected", "request_changes": "changes_requested"}[decision]
    assert events(quick, approval.subject_id) == ["opened", outcome, "undone"]
    for second in (Decision.REJECT, Decision.APPROVE):
        quick.decide(approval, second, "Another reason")
        if second is Decision.REJECT:
            take_back(quick, approval)
    assert events(quick, approval.subject_id)[3:] == ["rejected", "undone", "approved"]
    assert let_agents_answer(quick) == (1 if kind == "request" else 0), "the work goes on as after any approval"


def test_undoing_the_last_topic_reopens_the_list(quick: BlogMonth) -> None:
    """Research and list were completed, and are not any more."""
    topics = with_topics(quick)
    quick.approve_all("request")
    assert states(quick, pipelines.PLAN) == states(quick, pipelines.APPROVE_PLAN) == ["completed"]
    take_back(quick, topics[-1])
    assert states(quick, pipelines.PLAN) == ["awaiting_approval"]
    assert states(quick, pipelines.APPROVE_PLAN) == ["assigned"]


def test_undoing_one_of_two_rejections_leaves_the_research_at_work_on_the_other(quick: BlogMonth) -> None:
    """Undoing both takes its work away."""
    first, second, _ = with_topics(quick)
    for topic in (first, second):
        quick.decide(topic, Decision.REJECT, "Off topic")
    take_back(quick, first)
    assert states(quick, pipelines.PLAN) == ["rejected"]
    take_back(quick, second)
    assert states(quick, pipelines.PLAN) == ["awaiting_approval"]
    quick.clock.advance(seconds=10)
    assert claim(quick) == ()


def test_only_the_one_who_decided_can_undo(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """The others are told whose decision it is; the neighbour finds nothing."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.APPROVE)
    with pytest.raises(NotAllowed, match="Only Rita Reviewer, who decided this"), at_work(quick, quick.second) as work:
        undo(work, topic.id)
    with pytest.raises(NotAllowed), at_work(quick, TESTER) as work:
        undo(work, topic.id)
    with pytest.raises(NotFound), at_work(neighbour) as work:
        undo(work, topic.id)
    assert approval_row(quick, topic.id).status == "approved"


def test_undo_ends_with_its_time_and_work_begins_then(quick: BlogMonth) -> None:
    """At the very instant: no undo any more, and the writing is free."""
    topic = with_topics(quick)[0]
    report = quick.decide(topic, Decision.APPROVE)
    quick.clock.advance(seconds=4.999)
    assert claim(quick) == ()
    quick.clock.advance(seconds=0.001)
    assert quick.clock.now() == report.undo_until
    with pytest.raises(TooLateToUndo):
        take_back(quick, topic)
    assert [one.step_key for one in claim(quick)] == [pipelines.WRITE]


def test_what_was_claimed_cannot_be_undone_even_in_time(quick: BlogMonth) -> None:
    """Should a worker have been early: the work has begun."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.APPROVE)
    with at_work(quick, TESTER) as work:
        for activity in work.session.scalars(select(Activity).where(Activity.step_key == pipelines.WRITE)):
            activity.ready_at = work.now
    (taken,) = claim(quick)
    with pytest.raises(TooLateToUndo, match=r"'Write blog post: Acme topic 1' is in_progress"):
        take_back(quick, topic)
    answer(quick, taken)
    with pytest.raises(TooLateToUndo, match="awaiting_approval"):
        take_back(quick, topic)
    assert approval_row(quick, topic.id).status == "approved"


def test_what_was_dispatched_cannot_be_undone_even_in_time(quick: BlogMonth) -> None:
    """A row in the ledger: publishing has begun."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    with at_work(quick, TESTER) as work:
        work.session.add(
            Publication(
                tenant_id=quick.tenant.id, post_id=draft.subject_id, channel_id=quick.channel_id, approval_id=draft.id,
                seal=draft.seal, slug="x", state="intended", intended_at=work.now,
            )
        )  # fmt: skip
    with pytest.raises(TooLateToUndo, match="publishing has begun"):
        take_back(quick, draft)
    assert post_row(quick, draft.subject_id).status == "approved"


def test_what_was_edited_since_cannot_be_undone(quick: BlogMonth) -> None:
    """A newer version is waiting in its place."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    with at_work(quick, quick.second) as work:
        edit_post(work, draft.subject_id, content_of(quick, draft.subject_id, title="Newer"), seen_version=1)
    with pytest.raises(Conflict):
        take_back(quick, draft)
    assert [a.subject_version for a in quick.open_approvals("post") if a.subject_id == draft.subject_id] == [2]


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT])
@pytest.mark.parametrize("kind", ["request", "post"])
def test_what_was_closed_since_cannot_be_undone(quick: BlogMonth, kind: str, decision: Decision) -> None:
    """Nothing of a closed request comes back to the inbox."""
    approval = (with_topics if kind == "request" else with_drafts)(quick)[0]
    quick.decide(approval, decision, "Some reason")
    request_id = approval.subject_id if kind == "request" else post_row(quick, approval.subject_id).request_id
    with at_work(quick, quick.second) as work:
        close_request(work, request_id, "Given up")
    with pytest.raises(Conflict, match=r"too late to undo|was closed since"):
        take_back(quick, approval)
    assert approval.subject_id not in {a.subject_id for a in quick.open_approvals(kind)}


def test_what_is_open_or_unknown_cannot_be_undone(quick: BlogMonth) -> None:
    """Nor twice."""
    topic = with_topics(quick)[0]
    with pytest.raises(Conflict, match="nothing to undo"):
        take_back(quick, topic)
    quick.decide(topic, Decision.APPROVE)
    take_back(quick, topic)
    with pytest.raises(Conflict, match="nothing to undo"):
        take_back(quick, topic)
    with pytest.raises(NotFound), at_work(quick) as work:
        undo(work, new_id())


# --- Posts whose time has passed ------------------------------------------------------------------------------------


def late_post(month: BlogMonth) -> Approval:
    """An approved post that missed its window; the question whether it may go out late."""
    draft = with_drafts(month)[0]
    month.decide(draft, Decision.APPROVE)
    month.clock.advance(days=3)
    with at_work(month, TESTER) as work:
        first = open_late_release(work, draft.subject_id)
        assert open_late_release(work, draft.subject_id).id == first.id, "asked once, however often"
    return first


def test_a_late_post_is_released_after_the_undo_time(quick: BlogMonth) -> None:
    """By whoever may decide; undone, it waits again."""
    late = late_post(quick)
    report = quick.decide(late, Decision.APPROVE)
    assert post_row(quick, late.subject_id).late_allowed_at == report.undo_until
    take_back(quick, late)
    assert post_row(quick, late.subject_id).late_allowed_at is None
    quick.decide(late, Decision.APPROVE)
    assert events(quick, late.subject_id)[2:] == ["opened", "approved", "undone", "approved"]


def test_a_late_post_that_is_let_go_does_not_go_out(quick: BlogMonth) -> None:
    """It has failed, says why, and nobody is to publish it; undone, it waits as before."""
    late = late_post(quick)
    quick.decide(late, Decision.REJECT, "The sale is over")
    post = post_row(quick, late.subject_id)
    assert (post.status, post.problem) == (
        "publish_failed", "Its time passed, and Rita Reviewer let it go: The sale is over",
    )  # fmt: skip
    assert states(quick, pipelines.PUBLISH, post.request_id) == ["cancelled"]
    take_back(quick, late)
    assert post_row(quick, late.subject_id).status == "approved"
    assert states(quick, pipelines.PUBLISH, post.request_id) == ["cancelled", "assigned"]


def test_an_edit_withdraws_the_question_about_a_late_post(quick: BlogMonth) -> None:
    """It is in review as a new version; the late question cannot be answered any more."""
    late = late_post(quick)
    with at_work(quick) as work:
        edit_post(work, late.subject_id, content_of(quick, late.subject_id, title="Fresh"), seen_version=1)
    assert approval_row(quick, late.id).status == "cancelled"
    with pytest.raises(Conflict, match="nothing to decide any more"):
        quick.decide(late, Decision.APPROVE)


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT])
def test_a_late_decision_cannot_be_undone_after_an_edit(quick: BlogMonth, decision: Decision) -> None:
    """The post is in review with another version; undoing would call it approved."""
    late = late_post(quick)
    quick.decide(late, decision, "The sale is over")
    with at_work(quick, quick.second) as work:
        edit_post(work, late.subject_id, content_of(quick, late.subject_id, title="Fresh"), seen_version=1)
    with pytest.raises(TooLateToUndo, match="in review again"):
        take_back(quick, late)
    assert post_row(quick, late.subject_id).status == "review"
    newer = next(a for a in quick.open_approvals("post") if a.subject_id == late.subject_id)
    quick.decide(newer, Decision.APPROVE)


def test_a_late_release_is_no_edit(quick: BlogMonth) -> None:
    """The question is about time alone."""
    late = late_post(quick)
    with pytest.raises(InvalidInput, match="does not fit"), at_work(quick) as work:
        decide(work, late.id, Decision.APPROVE, seal=late.seal, edit=content_of(quick, late.subject_id, title="New"))
    assert request_row(quick, post_row(quick, late.subject_id).request_id).status == "in_progress"
    assert activities(quick, pipelines.PUBLISH)
