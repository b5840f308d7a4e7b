"""Deciding: the first decision wins, on what was seen, for a reason, by a person, and all of it is on record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import PERMISSIONS, Actor, ActorKind, Role, agent_actor, system_actor
from leadmetrics_pipelines.errors import InvalidInput, LeadmetricsError, NotAllowed, NotFound
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.approvals import (
    AlreadyDecided,
    Answer,
    SealMismatch,
    add_comment,
    decide,
    decide_many,
)
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.requests import RequestBrief, close_request, edit_request
from leadmetrics_pipelines.storage.approvals.models import Approval, DecisionRow
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.content.models import Comment
from tests.builders import TESTER, BlogMonth, build_person
from tests.services.quick import (
    activities,
    approval_row,
    at_work,
    brief_as_is,
    content_of,
    events,
    post_row,
    request_row,
    states,
    with_drafts,
    with_topics,
)


def race(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each in its own thread and connection; their results or errors."""
    line = threading.Barrier(len(acts), timeout=20)

    def run(act: Callable[[], object]) -> object:
        line.wait()
        try:
            return act()
        except LeadmetricsError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [job.result(timeout=60) for job in [pool.submit(run, act) for act in acts]]


# --- The first decision wins ----------------------------------------------------------------------------------------


def test_the_second_answer_is_told_who_was_first_and_when(quick: BlogMonth) -> None:
    """Whatever it would have been; nothing changes."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.APPROVE)
    for decision in Decision:
        with pytest.raises(AlreadyDecided, match=r"Rita Reviewer was first: approved on 2026-11-02 at 09:00:06 UTC"):
            quick.decide(topic, decision, "too late", by=quick.second)
    assert events(quick, topic.subject_id) == ["opened", "approved"]


def test_of_two_who_decide_at_the_same_moment_one_wins(quick: BlogMonth) -> None:
    """With real transactions: one decision, one post, and the loser is told."""
    for topic in with_topics(quick):
        outcome = race(
            lambda topic=topic: quick.decide(topic, Decision.APPROVE),  # type: ignore[misc]
            lambda topic=topic: quick.decide(topic, Decision.REJECT, "not for us", by=quick.second),  # type: ignore[misc]
        )
        (loser,) = [result for result in outcome if isinstance(result, LeadmetricsError)]
        assert isinstance(loser, AlreadyDecided)
        winner = approval_row(quick, topic.id)
        assert f"{winner.decided_by} was first: {winner.status}" in str(loser)
        assert events(quick, topic.subject_id) == ["opened", winner.status]
        assert len(states(quick, pipelines.WRITE, topic.subject_id)) == (winner.status == "approved")


def test_an_edit_and_an_approval_at_the_same_moment_do_not_wait_for_each_other(quick: BlogMonth) -> None:
    """Either the edit comes first, and the approval of what was seen before is refused, or the approval does."""
    for draft in with_drafts(quick):
        content = content_of(quick, draft.subject_id, title=f"{draft.title}, edited")

        def edit(draft: Approval = draft, content: object = content) -> object:
            with at_work(quick) as work:
                return edit_post(work, draft.subject_id, content, seen_version=1)  # type: ignore[arg-type]

        edited, approved = race(edit, lambda draft=draft: quick.decide(draft, Decision.APPROVE, by=quick.second))  # type: ignore[misc]
        assert not isinstance(edited, LeadmetricsError), "an edit withdraws an approval, or supersedes the question"
        if isinstance(approved, LeadmetricsError):
            assert isinstance(approved, AlreadyDecided)
            assert events(quick, draft.subject_id) == ["opened", "superseded", "opened"]
        else:
            assert events(quick, draft.subject_id) == ["opened", "approved", "revoked", "opened"]
        assert post_row(quick, draft.subject_id).status == "review"
        (reopened,) = [a for a in quick.open_approvals("post") if a.subject_id == draft.subject_id]
        assert reopened.subject_version == 2


def test_deciding_and_closing_at_the_same_moment_do_not_wait_for_each_other(quick: BlogMonth) -> None:
    """The request ends up closed; if the decision came first, what it set off is withdrawn."""
    for topic in with_topics(quick):

        def close(topic: Approval = topic) -> object:
            with at_work(quick, quick.second) as work:
                return close_request(work, topic.subject_id, "Dropped")

        closed, decided = race(close, lambda topic=topic: quick.decide(topic, Decision.APPROVE))  # type: ignore[misc]
        assert not isinstance(closed, LeadmetricsError)
        assert not isinstance(decided, LeadmetricsError) or isinstance(decided, AlreadyDecided)
        assert request_row(quick, topic.subject_id).status == "closed"
        assert set(states(quick, pipelines.WRITE, topic.subject_id)) <= {"cancelled"}


def test_a_bulk_decision_and_single_ones_at_the_same_moment_do_not_wait_for_each_other(quick: BlogMonth) -> None:
    """Topics share the activities of their list: locks are taken in one order, so nobody is sent away."""
    topics = with_topics(quick)

    def bulk() -> object:
        with at_work(quick) as work:
            return decide_many(work, [Answer(approval_id=t.id, decision=Decision.APPROVE, seal=t.seal) for t in topics])

    singles = [lambda t=t: quick.decide(t, Decision.REJECT, "not for us", by=quick.second) for t in topics[1:]]
    results, *others = race(bulk, *singles)
    assert isinstance(results, tuple)
    for topic, result, other in zip(topics[1:], results[1:], others, strict=True):
        assert result.ok is isinstance(other, AlreadyDecided), "exactly one of the two"
        assert approval_row(quick, topic.id).status == ("approved" if result.ok else "rejected")
    assert results[0].ok


# --- On what was seen -----------------------------------------------------------------------------------------------


def test_a_decision_is_bound_to_what_was_seen(quick: BlogMonth) -> None:
    """Another seal, however alike, decides nothing."""
    topic = with_topics(quick)[0]
    for seal in ("", "0" * 64, topic.seal.upper(), topic.seal[:-1]):
        with at_work(quick) as work, pytest.raises(SealMismatch, match="changed since you opened it"):
            decide(work, topic.id, Decision.APPROVE, seal=seal)
    assert approval_row(quick, topic.id).status == "open"


def test_an_edit_supersedes_the_open_question(quick: BlogMonth) -> None:
    """One open approval per item, bound to the new version; the old one can no longer be answered."""
    draft = with_drafts(quick)[0]
    with at_work(quick) as work:
        edit_post(work, draft.subject_id, content_of(quick, draft.subject_id, excerpt="Better."), seen_version=1)
    newer = [a for a in quick.open_approvals("post") if a.subject_id == draft.subject_id]
    assert [(a.subject_version, a.cause) for a in newer] == [(2, "Rita Reviewer edited version 1")]
    assert newer[0].seal == post_row(quick, draft.subject_id).seal != draft.seal
    with pytest.raises(AlreadyDecided, match="A newer version is waiting"):
        quick.decide(draft, Decision.APPROVE, by=quick.second)
    with pytest.raises(SealMismatch):
        quick.decide(replace_seal(newer[0], draft.seal), Decision.APPROVE, by=quick.second)
    quick.decide(newer[0], Decision.APPROVE, by=quick.second)


def replace_seal(approval: Approval, seal: str) -> Approval:
    return Approval(id=approval.id, seal=seal)


def test_the_database_itself_holds_one_open_approval_per_item(quick: BlogMonth) -> None:
    """Even a use case with a mistake in it cannot ask twice."""
    topic = with_topics(quick)[0]
    with pytest.raises(IntegrityError, match="uq_approvals_open_subject"), at_work(quick, TESTER) as work:
        work.session.execute(
            text(
                "INSERT INTO approvals (id, tenant_id, subject_kind, subject_id, subject_version, seal, status, title,"
                " asked_by, cause, opened_at) SELECT uuidv7(), tenant_id, subject_kind, subject_id, 9, 'x', 'open',"
                " title, asked_by, cause, opened_at FROM approvals WHERE id = :id"
            ),
            {"id": topic.id},
        )


# --- For a reason, by a person --------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.REQUEST_CHANGES])
def test_sending_back_needs_a_reason_and_stays_open_without(quick: BlogMonth, decision: Decision) -> None:
    """Bad input loses nothing: the same question can still be answered."""
    topic = with_topics(quick)[0]
    for reason in ("", "  ", "no", "nul \0"):
        with pytest.raises(InvalidInput) as caught:
            quick.decide(topic, decision, reason)
        assert caught.value.field == "reason"
    assert events(quick, topic.subject_id) == ["opened"]
    quick.decide(topic, decision, "  We had that in May ")
    row = approval_row(quick, topic.id)
    assert (row.status, row.reason) == (
        {"reject": "rejected", "request_changes": "changes_requested"}[decision], "We had that in May",
    )  # fmt: skip


def test_only_people_decide(quick: BlogMonth) -> None:
    """No agent, no program, nobody without a name; even with the permission in hand."""
    topic = with_topics(quick)[0]
    everything = frozenset(PERMISSIONS[Role.PLATFORM_ADMIN])
    for actor in (
        agent_actor("copywriter", "api"),
        system_actor("publisher", "dagster"),
        Actor(kind=ActorKind.AGENT, id="a", name="Agent", permissions=everything),
        Actor(kind=ActorKind.AGENT, id="a", name="Agent", permissions=everything, user_id=quick.reviewer.user_id),
        Actor(kind=ActorKind.SYSTEM, id="s", name="System", permissions=everything),
        Actor(kind=ActorKind.USER, id="u", name="Nobody", permissions=everything),
        replace(quick.reviewer, permissions=PERMISSIONS[Role.OPERATOR]),
    ):
        with pytest.raises(NotAllowed):
            quick.decide(topic, Decision.APPROVE, by=actor)
        with at_work(quick, actor) as work:
            results = decide_many(work, [Answer(approval_id=topic.id, decision=Decision.APPROVE, seal=topic.seal)])
            assert [(result.ok, result.error_code) for result in results] == [(False, "NotAllowed")]
    assert events(quick, topic.subject_id) == ["opened"]


def test_the_neighbours_approvals_do_not_exist(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """Not to decide, not in bulk, not to comment on."""
    theirs = with_topics(neighbour)[0]
    with pytest.raises(NotFound, match="no such approval in this tenant"):
        quick.decide(theirs, Decision.APPROVE)
    with at_work(quick) as work:
        (result,) = decide_many(work, [Answer(approval_id=theirs.id, decision=Decision.APPROVE, seal=theirs.seal)])
        assert result.error_code == "NotFound"
        with pytest.raises(NotFound):
            add_comment(work, SubjectKind.REQUEST, theirs.subject_id, "hello")
    assert events(neighbour, theirs.subject_id) == ["opened"]


# --- On record ------------------------------------------------------------------------------------------------------


def test_every_decision_says_who_when_what_on_which_seal_and_why(quick: BlogMonth) -> None:
    """In the record of decisions and in the audit log, in the same transaction."""
    topic = with_topics(quick)[0]
    quick.decide(topic, Decision.REJECT, "Off topic")
    with at_work(quick, TESTER) as work:
        row = work.session.scalars(select(DecisionRow).where(DecisionRow.event == "rejected")).one()
        assert (row.actor_kind, row.actor_name, row.actor_id, row.route) == (
            "user", "Rita Reviewer", str(quick.reviewer.user_id), "test",
        )  # fmt: skip
        assert (row.from_status, row.to_status, row.reason, row.at) == (
            "open",
            "rejected",
            "Off topic",
            quick.clock.now(),
        )
        assert (row.seal, row.subject_version, row.subject_id) == (topic.seal, 1, topic.subject_id)
        audit = work.session.scalars(select(AuditRow).where(AuditRow.action == "approval.rejected")).one()
        assert (audit.actor_name, audit.reason, audit.detail["seal"]) == ("Rita Reviewer", "Off topic", topic.seal)
        assert [
            (moved.subject_kind, moved.from_state, moved.to_state)
            for moved in work.session.scalars(
                select(AuditRow).where(AuditRow.at == quick.clock.now(), AuditRow.action.endswith(".moved"))
                .order_by(AuditRow.id)
            )
            if moved.subject_id == str(topic.subject_id)
        ] == [("request", "draft", "pending_approval"), ("request", "pending_approval", "rejected")]  # fmt: skip


def test_an_approved_post_sets_off_its_publishing(quick: BlogMonth) -> None:
    """Writing and review are completed, publishing is assigned and free after the undo time."""
    draft = with_drafts(quick)[0]
    report = quick.decide(draft, Decision.APPROVE)
    post = post_row(quick, draft.subject_id)
    assert (post.status, report.subject_id, report.title) == ("approved", post.id, post.title)
    for step, status in (
        (pipelines.WRITE, "completed"),
        (pipelines.REVIEW, "completed"),
        (pipelines.PUBLISH, "assigned"),
    ):
        assert states(quick, step, post.request_id) == [status]
    assert activities(quick, pipelines.PUBLISH)[0].ready_at == report.undo_until > quick.clock.now()


# --- Edit and approve in one act ------------------------------------------------------------------------------------


def test_edit_and_approve_is_one_act_recorded_as_both(quick: BlogMonth) -> None:
    """The edited version is what is approved; the record names the edit, the question it replaced, and the approval."""
    draft = with_drafts(quick)[0]
    edit = content_of(quick, draft.subject_id, body_markdown="Mended by hand.")
    with at_work(quick) as work:
        report = decide(work, draft.id, Decision.APPROVE, seal=draft.seal, edit=edit)
    post = post_row(quick, draft.subject_id)
    assert (post.status, post.version, post.editor_user_id) == ("approved", 2, quick.reviewer.user_id)
    assert events(quick, post.id) == ["opened", "superseded", "opened", "edited_and_approved"]
    approved = approval_row(quick, report.approval_id)
    assert (approved.status, approved.seal, approved.subject_version) == ("approved", post.seal, 2)
    assert content_of(quick, post.id).body_markdown == "Mended by hand."


def test_edit_and_approve_works_for_requests(quick: BlogMonth) -> None:
    """The post takes the edited title."""
    topic = with_topics(quick)[0]
    edit = brief_as_is(quick, topic.subject_id, title="A much better title")
    with at_work(quick) as work:
        decide(work, topic.id, Decision.APPROVE, seal=topic.seal, edit=edit)
    assert request_row(quick, topic.subject_id).status == "approved"
    with at_work(quick, TESTER) as work:
        row = work.session.execute(
            text("SELECT title, slug FROM posts WHERE request_id = :id"), {"id": topic.subject_id}
        )
        assert row.one() == ("A much better title", "a-much-better-title")


def test_an_edit_that_changes_nothing_is_recorded_as_a_plain_approval(quick: BlogMonth) -> None:
    """The record says what happened, not which button was pressed."""
    draft = with_drafts(quick)[0]
    with at_work(quick) as work:
        edit = content_of(quick, draft.subject_id)
        report = decide(work, draft.id, Decision.APPROVE, seal=draft.seal, edit=edit)
    assert report.approval_id == draft.id
    assert events(quick, draft.subject_id) == ["opened", "approved"]
    assert post_row(quick, draft.subject_id).editor_user_id is None


def test_a_bad_edit_decides_nothing_and_stores_nothing(quick: BlogMonth) -> None:
    """Title without a letter, a brief for a post, an edit with a rejection."""
    draft = with_drafts(quick)[0]
    bad: list[tuple[Decision, BlogContent | RequestBrief, str]] = [
        (Decision.APPROVE, content_of(quick, draft.subject_id, title="🎉"), "title"),
        (Decision.APPROVE, brief_as_is(quick, post_row(quick, draft.subject_id).request_id), "edit"),
        (Decision.REJECT, content_of(quick, draft.subject_id, title="New"), "decision"),
    ]
    for decision, edit, field in bad:
        with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
            decide(work, draft.id, decision, seal=draft.seal, reason="because", edit=edit)
        assert caught.value.field == field
    assert events(quick, draft.subject_id) == ["opened"]
    assert post_row(quick, draft.subject_id).version == 1


# --- In bulk --------------------------------------------------------------------------------------------------------


def test_a_bulk_decision_has_a_result_per_item_in_order(quick: BlogMonth) -> None:
    """The good ones are decided, and nothing of those that fail remains."""
    topics = with_topics(quick)
    quick.decide(topics[1], Decision.APPROVE, by=quick.second)
    missing = new_id()
    answers = [
        Answer(approval_id=topics[2].id, decision=Decision.REJECT, seal=topics[2].seal, reason="no"),
        Answer(approval_id=missing, decision=Decision.APPROVE, seal=""),
        Answer(approval_id=topics[1].id, decision=Decision.APPROVE, seal=topics[1].seal),
        Answer(approval_id=topics[0].id, decision=Decision.APPROVE, seal=topics[0].seal),
    ]
    with at_work(quick) as work:
        results = decide_many(work, answers)
    assert [result.approval_id for result in results] == [answer.approval_id for answer in answers]
    assert [result.error_code for result in results] == ["InvalidInput", "NotFound", "AlreadyDecided", None]
    assert "Sam Second was first" in results[2].message
    assert (results[3].ok, results[3].message) == (True, f"approved: {topics[0].title}")
    assert [request_row(quick, topic.subject_id).status for topic in topics] == [
        "approved", "approved", "pending_approval",
    ]  # fmt: skip


def test_an_item_that_fails_in_the_middle_of_its_effects_leaves_nothing(quick: BlogMonth) -> None:
    """Its publishing cannot be set off; decision, post, activities and audit are as before, the others are decided."""
    drafts = with_drafts(quick)
    with at_work(quick, TESTER) as work:  # a row that is where it should not be
        work.session.execute(text("UPDATE posts SET status = 'published' WHERE id = :id"), {"id": drafts[1].subject_id})
        before = work.session.scalar(text("SELECT count(*) FROM audit_log"))
    with at_work(quick) as work:
        results = decide_many(work, [Answer(approval_id=d.id, decision=Decision.APPROVE, seal=d.seal) for d in drafts])
    assert [result.error_code for result in results] == [None, "TransitionRefused", None]
    assert approval_row(quick, drafts[1].id).status == "open"
    assert events(quick, drafts[1].subject_id) == ["opened"]
    assert states(quick, pipelines.WRITE, post_row(quick, drafts[1].subject_id).request_id) == ["awaiting_approval"]
    with at_work(quick, TESTER) as work:
        added = work.session.scalars(select(AuditRow.subject_id).order_by(AuditRow.id)).all()[before:]
        assert str(drafts[1].subject_id) not in added


def test_the_same_item_twice_in_a_bulk_decision_is_refused(quick: BlogMonth) -> None:
    """Which of the two was meant? Nothing is decided."""
    topic = with_topics(quick)[0]
    with at_work(quick) as work, pytest.raises(InvalidInput, match="twice"):
        decide_many(
            work,
            [Answer(approval_id=topic.id, decision=d, seal=topic.seal, reason="Why not") for d in Decision],
        )
    assert events(quick, topic.subject_id) == ["opened"]


def test_an_empty_bulk_decision_is_nothing(quick: BlogMonth) -> None:
    """No error: somebody unticked the last box."""
    with at_work(quick) as work:
        assert decide_many(work, []) == ()


# --- Comments -------------------------------------------------------------------------------------------------------


def test_comments_are_kept_with_their_author(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """On requests and posts, by whoever may comment: operators and agents, too."""
    draft = with_drafts(quick)[0]
    request_id = post_row(quick, draft.subject_id).request_id
    operator = build_person(quick.runtime.database, quick.tenant, Role.OPERATOR, "Olga Operator")
    for actor, (kind, subject) in product(
        (operator, agent_actor("copywriter", "api")),
        ((SubjectKind.REQUEST, request_id), (SubjectKind.POST, draft.subject_id)),
    ):
        with at_work(quick, actor) as work:
            add_comment(work, kind, subject, "  <b>Nice</b> ")
    with at_work(quick, TESTER) as work:
        rows = work.session.scalars(select(Comment).order_by(Comment.id)).all()
        assert [(row.author_kind, row.author_name, row.subject_kind, row.body) for row in rows] == [
            (kind, name, subject, "<b>Nice</b>")
            for kind, name in (("user", "Olga Operator"), ("agent", "copywriter")) for subject in ("request", "post")
        ]  # fmt: skip
    with at_work(neighbour, TESTER) as work:
        assert work.session.scalars(select(Comment)).all() == []


def test_a_comment_that_cannot_be_kept_is_refused(quick: BlogMonth) -> None:
    """Empty, too long, or not text."""
    topic = with_topics(quick)[0]
    for body in ("", " \n ", "x" * 10_001, "nul \0 inside", "half \ud800"):
        with at_work(quick) as work, pytest.raises(InvalidInput) as caught:
            add_comment(work, SubjectKind.REQUEST, topic.subject_id, body)
        assert caught.value.field == "body"


def test_a_comment_on_nothing_is_refused(quick: BlogMonth) -> None:
    """By id, and by kind."""
    topic = with_topics(quick)[0]
    for kind, subject in ((SubjectKind.REQUEST, UUID(int=1)), (SubjectKind.POST, topic.subject_id)):
        with at_work(quick) as work, pytest.raises(NotFound):
            add_comment(work, kind, subject, "hello")


def test_editing_a_request_that_was_saved_meanwhile_is_a_conflict(quick: BlogMonth) -> None:
    """The second writer is told, and may compare."""
    topic = with_topics(quick)[0]
    with at_work(quick) as work:
        edit_request(work, topic.subject_id, brief_as_is(quick, topic.subject_id, title="Mine"), seen_version=1)
    with at_work(quick, quick.second) as work, pytest.raises(LeadmetricsError, match="Rita Reviewer saved version 2"):
        edit_request(work, topic.subject_id, brief_as_is(quick, topic.subject_id, title="Theirs"), seen_version=1)
    assert request_row(quick, topic.subject_id).title == "Mine"
