"""What finished work leads to, by an agent or by hand: never more than was promised, never stuck."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.agents.facts import TopicFacts
from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed
from leadmetrics_pipelines.services.agent_facts import collect_plan_input
from leadmetrics_pipelines.services.outcomes import complete_by_hand, take_topics
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.work import (
    MOST_ATTEMPTS,
    StaleClaim,
    cancel_activity,
    fail_claim,
    finish_claim,
    held_activity,
    postpone_claim,
)
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest
from tests.builders import UNDO, BlogMonth
from tests.services.quick import (
    AGENT,
    LEASE,
    activities,
    answer,
    at_work,
    claim,
    content_of,
    events,
    let_agents_answer,
    post_row,
    states,
    with_drafts,
    with_topics,
)

BY_HAND = BlogContent(title="By hand", slug="by-hand", excerpt="", body_markdown="Written by a person.")


def count_requests(month: BlogMonth) -> int:
    with at_work(month) as work:
        return len(work.session.scalars(select(ContentRequest)).all())


def failed_writing(month: BlogMonth, attempts: int = 1) -> Activity:
    """A writing that failed at that attempt."""
    topic = with_topics(month)[0]
    month.decide(topic, Decision.APPROVE)
    month.clock.advance(seconds=UNDO.total_seconds())
    for attempt in range(1, attempts + 1):
        (taken,) = claim(month)
        with at_work(month, AGENT) as work:
            if attempt < attempts:
                postpone_claim(work, taken, "Busy.", UNDO)
            else:
                fail_claim(work, taken, "The answer was cut off.")
        month.clock.advance(seconds=UNDO.total_seconds())
    (writing,) = activities(month, pipelines.WRITE)
    return writing


def test_an_agent_never_proposes_more_than_was_promised(quick: BlogMonth) -> None:
    """Whatever it answers: three were promised."""
    (taken,) = claim(quick)
    with at_work(quick, AGENT) as work:
        activity = finish_claim(work, taken, ActivityStatus.AWAITING_APPROVAL)
        topics = [ProposedTopic(brief=RequestBrief(title=f"Topic {n}")) for n in range(9)]
        assert take_topics(work, activity, topics) == 3
    assert count_requests(quick) == 3


def test_a_promise_larger_than_one_answer_is_filled_in_several(quick: BlogMonth) -> None:
    """The research goes on until every topic is there."""
    with at_work(quick) as work:
        work.session.execute(text("UPDATE deliverable_periods SET target_quantity = 120"))
    (taken,) = claim(quick)
    with at_work(quick, AGENT) as work:
        wanted = collect_plan_input(work, held_activity(work, taken))
        assert wanted is not None
        assert isinstance(wanted.facts, TopicFacts)
        assert wanted.facts.wanted == 50
    answer(quick, taken)
    assert states(quick, pipelines.PLAN) == ["rejected"]
    assert let_agents_answer(quick) == 2
    assert (count_requests(quick), states(quick, pipelines.PLAN)) == (120, ["awaiting_approval"])


def test_an_answer_for_a_topic_that_is_not_rejected_any_more_is_dropped(quick: BlogMonth) -> None:
    """Its rejection was undone, or it belongs to a neighbour: nothing changes."""
    first, second, _ = with_topics(quick)
    quick.decide(first, Decision.REJECT, "We had that")
    quick.clock.advance(seconds=UNDO.total_seconds())
    (taken,) = claim(quick)
    with at_work(quick, AGENT) as work:
        activity = finish_claim(work, taken, ActivityStatus.AWAITING_APPROVAL)
        new = RequestBrief(title="New")
        topics = [ProposedTopic(brief=new, replaces=topic.subject_id) for topic in (second, first)]
        assert take_topics(work, activity, topics) == 1
    assert events(quick, second.subject_id) == ["opened"]
    assert events(quick, first.subject_id) == ["opened", "rejected", "opened"]


def test_a_draft_given_by_hand_goes_on_as_the_agents_would(quick: BlogMonth) -> None:
    """It is reviewed, its author is the person, and four eyes hold."""
    writing = failed_writing(quick)
    with at_work(quick) as work:
        complete_by_hand(work, writing.id, BY_HAND)
    (draft,) = quick.open_approvals("post")
    post = post_row(quick, draft.subject_id)
    assert (post.status, post.author_user_id, post.title) == ("review", quick.reviewer.user_id, "By hand")
    assert states(quick, pipelines.WRITE) == ["awaiting_approval"]
    with pytest.raises(NotAllowed, match="four eyes"):
        quick.decide(draft, Decision.APPROVE)
    quick.decide(draft, Decision.APPROVE, by=quick.second)
    assert states(quick, pipelines.PUBLISH) == ["assigned"]


def test_a_result_by_hand_that_is_sent_back_is_taken_up_by_an_agent(quick: BlogMonth) -> None:
    """With a fresh budget, though the earlier one was spent, and with the new notes alone."""
    writing = failed_writing(quick, attempts=MOST_ATTEMPTS)
    with at_work(quick) as work:
        complete_by_hand(work, writing.id, BY_HAND)
    (draft,) = quick.open_approvals("post")
    quick.decide(draft, Decision.REJECT, "Too short", by=quick.second)
    quick.clock.advance(seconds=UNDO.total_seconds())
    (taken,) = claim(quick)
    assert (taken.activity_id, taken.attempt) == (writing.id, 1)
    assert [note["text"] for note in activities(quick, pipelines.WRITE)[0].notes] == ["Too short"]
    answer(quick, taken)
    assert [a.subject_version for a in quick.open_approvals("post")] == [2]


def test_topics_by_hand_replace_those_that_were_sent_back_first(quick: BlogMonth) -> None:
    """Then they are new; an agent is not asked for the rest."""
    topics = with_topics(quick)
    quick.decide(topics[1], Decision.REJECT, "We had that")
    quick.clock.advance(seconds=UNDO.total_seconds())
    (taken,) = claim(quick)
    with at_work(quick, AGENT) as work:
        fail_claim(work, taken, "Cut off.")
    with at_work(quick) as work:
        complete_by_hand(work, taken.activity_id, [RequestBrief(title="Instead"), RequestBrief(title="One more")])
    assert [a.title for a in quick.open_approvals("request") if a.subject_id == topics[1].subject_id] == ["Instead"]
    assert (count_requests(quick), states(quick, pipelines.PLAN)) == (4, ["awaiting_approval"])


def test_a_result_that_does_not_fit_the_work_is_refused(quick: BlogMonth) -> None:
    """Topics for a draft, or none at all; the work stays failed and can still be given."""
    writing = failed_writing(quick)
    for output in ([RequestBrief(title="A topic")], []):
        with pytest.raises(InvalidInput, match="does not fit the work"), at_work(quick) as work:
            complete_by_hand(work, writing.id, output)
    with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
        complete_by_hand(work, writing.id, BlogContent(title="🎉", slug="", excerpt="", body_markdown="x"))
    assert caught.value.field == "title"
    assert states(quick, pipelines.WRITE) == ["failed"]


def test_a_worker_that_dies_after_its_answer_was_stored_stores_it_once(quick: BlogMonth) -> None:
    """It comes back with the same claim: refused, and one version there is."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.REJECT, "Again, please")
    quick.clock.advance(seconds=UNDO.total_seconds())
    (taken,) = claim(quick)
    answer(quick, taken)
    quick.clock.advance(seconds=LEASE.total_seconds() + 1)
    with pytest.raises(StaleClaim, match="Its answer was not taken"):
        answer(quick, taken)
    assert post_row(quick, draft.subject_id).version == 2
    assert content_of(quick, draft.subject_id).body_markdown.startswith("Draft 2")


def test_cancelling_work_on_a_unit_closes_its_request(quick: BlogMonth) -> None:
    """Nothing of the unit is left waiting for somebody: request, activities and open approval end together."""
    with_drafts(quick)
    with at_work(quick) as work:
        writing = work.session.query(Activity).filter_by(step_key="write").first()
        assert writing is not None
        cancelled = cancel_activity(work, writing.id, "Not this month")
        request = work.session.get_one(ContentRequest, writing.request_id)
        assert (cancelled.status, request.status) == ("cancelled", "closed")
        live = work.session.query(Activity.status).filter_by(request_id=request.id).distinct().all()
        assert live == [("cancelled",)]
