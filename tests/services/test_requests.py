"""Requests: raised, revised by agents or by hand, and closed for good from wherever they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.outcomes import begin_writing, take_topics
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.requests import (
    ProposedTopic,
    RequestBrief,
    close_request,
    edit_request,
    raise_request,
    request_history_key,
)
from leadmetrics_pipelines.services.work import StaleClaim, finish_claim, held_activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.publications.models import Publication
from tests.builders import TESTER, UNDO, BlogMonth
from tests.services.quick import (
    AGENT,
    answer,
    at_work,
    brief_as_is,
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

# --- Rejected, and revised ------------------------------------------------------------------------------------------


def test_a_rejected_topic_goes_back_to_the_research_and_comes_again(quick: BlogMonth) -> None:
    """Same request, next version; both versions are kept."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.REJECT, "We had that")
    assert states(quick, pipelines.PLAN) == ["rejected"]
    assert let_agents_answer(quick) == 1
    request = request_row(quick, topic.subject_id)
    assert (request.status, request.version, request.title) == ("pending_approval", 2, "Acme topic 4")
    assert events(quick, request.id) == ["opened", "rejected", "opened"]
    assert states(quick, pipelines.PLAN) == ["awaiting_approval"]
    with at_work(quick, TESTER) as work:
        assert [v.version for v in work.documents.history(quick.tenant.id, request_history_key(request.id))] == [1, 2]
        assert len(work.session.scalars(select(ContentRequest)).all()) == 3


def test_a_topic_that_is_rejected_while_the_research_is_at_work_is_taken_up_next(quick: BlogMonth) -> None:
    """The answer for the first one is taken; the second one goes back after its own undo time."""
    first, second, third = with_topics(quick)
    quick.decide(first, Decision.REJECT, "We had that")
    quick.clock.advance(seconds=UNDO.total_seconds())
    (taken,) = claim(quick)
    report = quick.decide(second, Decision.REQUEST_CHANGES, "Shorter, please")
    quick.decide(third, Decision.APPROVE)
    with at_work(quick, AGENT) as work:
        activity = finish_claim(work, taken, ActivityStatus.AWAITING_APPROVAL)
        take_topics(
            work, activity, [ProposedTopic(brief=RequestBrief(title="A new first one"), replaces=first.subject_id)]
        )
        assert (activity.status, activity.ready_at) == ("rejected", report.undo_until)
    assert request_row(quick, first.subject_id).status == "pending_approval"
    assert request_row(quick, second.subject_id).status == "rejected"
    let_agents_answer(quick)
    assert request_row(quick, second.subject_id).status == "pending_approval"


def test_a_topic_that_people_revise_by_hand_is_not_invented_again(quick: BlogMonth) -> None:
    """The research has nothing left to do, before it was claimed or after; no topic more than promised."""
    for claimed_first in (False, True):
        topic = with_topics(quick)[0] if not claimed_first else quick.open_approvals("request")[0]
        quick.decide(topic, Decision.REJECT, "We had that")
        quick.clock.advance(seconds=UNDO.total_seconds())
        taken = claim(quick) if claimed_first else ()
        with at_work(quick) as work:
            edit_request(
                work, topic.subject_id, brief_as_is(quick, topic.subject_id, brief="By hand."),
                seen_version=topic.subject_version,
            )  # fmt: skip
        for one in taken:
            answer(quick, one)
        assert states(quick, pipelines.PLAN) == ["awaiting_approval"]
        assert claim(quick) == ()
        assert len(quick.open_approvals("request")) == 3
    with at_work(quick, TESTER) as work:
        assert len(work.session.scalars(select(ContentRequest)).all()) == 3


def test_closing_the_last_rejected_topic_completes_the_list(quick: BlogMonth) -> None:
    """Nobody waits for a topic that is not wanted any more, whether the research had begun or not."""
    first, second, third = with_topics(quick)
    quick.decide(third, Decision.APPROVE)
    for topic, claimed_first in ((first, False), (second, True)):
        quick.decide(topic, Decision.REJECT, "We had that")
        if topic is first:
            with at_work(quick) as work:
                close_request(work, topic.subject_id, "Not needed")
            assert states(quick, pipelines.PLAN) == ["awaiting_approval"]
            continue
        assert claimed_first
        quick.clock.advance(seconds=UNDO.total_seconds())
        taken = [one for one in claim(quick) if one.step_key == pipelines.PLAN]
        with at_work(quick) as work:
            close_request(work, topic.subject_id, "Not needed")
        answer(quick, taken[0])
    assert states(quick, pipelines.PLAN) == ["completed"]
    assert states(quick, pipelines.APPROVE_PLAN) == ["completed"]
    with at_work(quick, TESTER) as work:
        assert len(work.session.scalars(select(ContentRequest)).all()) == 3


def test_an_ad_hoc_request_that_is_rejected_waits_for_the_one_who_raised_it(quick: BlogMonth) -> None:
    """No agent takes it up; an edit brings it back to the inbox."""
    with_topics(quick)
    with at_work(quick) as work:
        request = raise_request(work, RequestBrief(title="An idea"))
    approval = next(a for a in quick.open_approvals("request") if a.subject_id == request.id)
    quick.decide(approval, Decision.REJECT, "Too thin", by=quick.second)
    assert let_agents_answer(quick) == 0
    with at_work(quick) as work:
        edit_request(work, request.id, RequestBrief(title="An idea", brief="With more in it."), seen_version=1)
    assert request_row(quick, request.id).status == "pending_approval"


# --- Raised and edited ----------------------------------------------------------------------------------------------


# Briefs that do not fit, and the field that is named for each.
UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"title": ""}, "title"), ({"title": "🎉🎉"}, "title"), ({"title": "x" * 201}, "title"),
    ({"target_keyword": "x" * 121}, "target_keyword"), ({"audience": "x" * 401}, "audience"),
    ({"brief": "x" * 10_001}, "brief"), ({"title": "nul \0"}, "title"), ({"brief": "half \ud800"}, "brief"),
    ({"publish_at": datetime(2026, 11, 20, 9)}, "publish_at"),  # noqa: DTZ001 - that is what is refused
)  # fmt: skip


def test_a_brief_that_does_not_fit_is_refused_and_nothing_stored(quick: BlogMonth) -> None:
    """With the field named."""
    for changes, field in UNFIT:
        with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
            raise_request(work, replace(RequestBrief(title="Fine"), **changes))
        assert caught.value.field == field
    with at_work(quick, TESTER) as work:
        assert work.session.scalars(select(ContentRequest)).all() == []


def test_the_neighbours_channel_is_unknown_here(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """A request cannot send anything there."""
    for channel in (neighbour.channel_id, new_id()):
        with pytest.raises(InvalidInput, match="no such channel") as caught, at_work(quick) as work:
            raise_request(work, RequestBrief(title="Fine", channel_id=channel))
        assert caught.value.field == "channel_id"


def test_an_edit_that_changes_nothing_asks_nobody(quick: BlogMonth) -> None:
    """Same version, same open approval, same author; a time in another zone is the same time."""
    topic = with_topics(quick)[0]
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with at_work(quick) as work:
        edit_request(work, topic.subject_id, brief_as_is(quick, topic.subject_id, publish_at=at), seen_version=1)
    before = request_row(quick, topic.subject_id)
    with at_work(quick, quick.second) as work:
        edit_request(
            work, topic.subject_id, brief_as_is(quick, topic.subject_id, title=f" {topic.title} "), seen_version=2
        )
    after = request_row(quick, topic.subject_id)
    assert (
        (after.version, after.editor_user_id) == (before.version, quick.reviewer.user_id) == (2, before.editor_user_id)
    )
    assert events(quick, topic.subject_id) == ["opened", "superseded", "opened"]


def test_who_may_not_edit_is_refused(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """Agents propose and do not edit; the neighbour finds nothing."""
    topic = with_topics(quick)[0]
    for month, actor, error in ((quick, AGENT, NotAllowed), (neighbour, neighbour.reviewer, NotFound)):
        with pytest.raises(error), at_work(month, actor) as work:
            edit_request(work, topic.subject_id, RequestBrief(title="Mine"), seen_version=1)
        with pytest.raises(error), at_work(month, actor) as work:
            close_request(work, topic.subject_id, "Because")
    assert request_row(quick, topic.subject_id).version == 1


# --- Closed ---------------------------------------------------------------------------------------------------------


def bring_to(month: BlogMonth, where: str) -> ContentRequest:
    """A request that has come that far."""
    if where == "draft":
        with at_work(month) as work:
            return raise_request(work, RequestBrief(title="An idea"), submit=False)
    topic = with_topics(month)[0]
    request = request_row(month, topic.subject_id)
    if where == "rejected":
        month.decide(topic, Decision.REJECT, "We had that")
    if where in {"pending_approval", "rejected"}:
        return request
    month.decide(topic, Decision.APPROVE)
    if where == "approved":
        return request
    month.clock.advance(seconds=10)
    taken = claim(month)
    if where == "writing":
        with at_work(month, AGENT) as work:
            begin_writing(work, held_activity(work, taken[0]))
        return request
    answer(month, taken[0])
    (draft,) = month.open_approvals("post")
    if where == "post rejected":
        month.decide(draft, Decision.REJECT, "Not good enough")
    elif where != "post in review":
        month.decide(draft, Decision.APPROVE)
    if where == "post failed":
        with at_work(month, TESTER) as work:
            work.session.execute(text("UPDATE posts SET status = 'publish_failed'"))
            work.session.execute(text("UPDATE activities SET status = 'failed' WHERE step_key = 'publish'"))
    return request


@pytest.mark.parametrize(
    "where",
    ["draft", "pending_approval", "rejected", "approved", "writing", "post in review", "post rejected", "post approved",
     "post failed"],
)  # fmt: skip
def test_closing_withdraws_everything_from_wherever_it_stands(
    quick: BlogMonth, neighbour: BlogMonth, where: str
) -> None:
    """No open approval, no live work, nothing that stands approved; and nothing brings it back."""
    theirs = with_topics(neighbour)
    request = bring_to(quick, where)
    with at_work(quick, quick.second) as work:
        close_request(work, request.id, "  The product was dropped ")
    assert request_row(quick, request.id).status == "closed"
    with at_work(quick, TESTER) as work:
        post = work.session.scalar(select(Post).where(Post.request_id == request.id))
        subjects = [request.id, *([post.id] if post else [])]
        rows = work.session.execute(
            text(
                "SELECT status FROM approvals WHERE subject_id = ANY(:subjects)"
                " AND (status = 'open' OR (status = 'approved' AND subject_kind <> 'request'))"
            ),
            {"subjects": subjects},
        )
        assert rows.all() == []
        live = work.session.execute(
            text(
                "SELECT step_key, status FROM activities"
                " WHERE request_id = :id AND status NOT IN ('cancelled', 'completed')"
            ),
            {"id": request.id},
        )
        assert live.all() == []
    if post is not None:
        assert post.status in {"draft", "writing", "review"}
        if post.version:
            with pytest.raises(Conflict, match="cannot be"), at_work(quick) as work:
                edit_post(work, post.id, content_of(quick, post.id, title="Back again"), seen_version=post.version)
    with pytest.raises(Conflict, match="closed cannot"), at_work(quick) as work:
        edit_request(work, request.id, RequestBrief(title="Back"), seen_version=request_row(quick, request.id).version)
    quick.clock.advance(days=2)
    assert request.id not in {taken_request(quick, one.activity_id) for one in claim(quick)}
    assert len(neighbour.open_approvals("request")) == len(theirs)


def taken_request(month: BlogMonth, activity_id: object) -> object:
    with at_work(month, TESTER) as work:
        return work.session.scalar(text("SELECT request_id FROM activities WHERE id = :id"), {"id": activity_id})


def test_a_worker_that_was_writing_for_a_closed_request_is_told(quick: BlogMonth) -> None:
    """Its draft is not taken."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.APPROVE)
    quick.clock.advance(seconds=10)
    (taken,) = claim(quick)
    with at_work(quick) as work:
        close_request(work, topic.subject_id, "Dropped")
    with pytest.raises(StaleClaim):
        answer(quick, taken)
    assert quick.open_approvals("post") == []


@pytest.mark.parametrize("state", ["sending", "unconfirmed"])
def test_what_is_on_its_way_to_the_site_cannot_be_closed(quick: BlogMonth, state: str) -> None:
    """It may be live in a moment; then it is finished, not given up."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    with at_work(quick, TESTER) as work:
        work.session.add(
            Publication(
                tenant_id=quick.tenant.id, post_id=draft.subject_id, channel_id=quick.channel_id, approval_id=draft.id,
                seal=draft.seal, slug="x", state=state, intended_at=work.now,
            )
        )  # fmt: skip
    with pytest.raises(Conflict, match="on its way"), at_work(quick) as work:
        close_request(work, post_row(quick, draft.subject_id).request_id, "Dropped")
    assert post_row(quick, draft.subject_id).status == "approved"


def test_closing_needs_a_reason_and_happens_once(quick: BlogMonth) -> None:
    """The second one is told that it is final."""
    topic = with_topics(quick)[0]
    for reason in ("", "  ", "nul \0"):
        with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
            close_request(work, topic.subject_id, reason)
        assert caught.value.field == "reason"
    with at_work(quick) as work:
        close_request(work, topic.subject_id, "Dropped")
    with pytest.raises(Conflict, match="closed cannot become closed"), at_work(quick) as work:
        close_request(work, topic.subject_id, "Dropped")
    assert events(quick, topic.subject_id) == ["opened", "cancelled"]
    with pytest.raises(Conflict, match="closed, so there is nothing to decide"):
        quick.decide(topic, Decision.APPROVE)
