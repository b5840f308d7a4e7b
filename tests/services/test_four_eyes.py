"""Four eyes by every route: who wrote or last edited an item is not its only approver."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.people import Actor, Role, agent_actor
from leadmetrics_pipelines.errors import NotAllowed
from leadmetrics_pipelines.services.approvals import Answer, decide, decide_many, undo
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.requests import RequestBrief, edit_request, raise_request
from leadmetrics_pipelines.services.tenants import change_rules
from leadmetrics_pipelines.storage.approvals.models import Approval
from tests.builders import TESTER, BlogMonth, build_person
from tests.services.quick import (
    approval_row,
    at_work,
    brief_as_is,
    content_of,
    events,
    let_agents_answer,
    post_row,
    with_drafts,
    with_topics,
)

OWN_WORK = "You wrote or last edited this"


def raised_by(month: BlogMonth, actor: Actor) -> Approval:
    """The open approval of an ad-hoc request of that person."""
    with at_work(month, actor) as work:
        request = raise_request(work, RequestBrief(title=f"An idea of {actor.name}", brief="Write it."))
    return next(a for a in month.open_approvals("request") if a.subject_id == request.id)


def edited_by(month: BlogMonth, actor: Actor, draft: Approval) -> Approval:
    """The open approval of a post after that person's edit."""
    with at_work(month, actor) as work:
        content = content_of(month, draft.subject_id, excerpt=f"Edited by {actor.name}")
        edit_post(work, draft.subject_id, content, seen_version=draft.subject_version)
    return next(a for a in month.open_approvals("post") if a.subject_id == draft.subject_id)


def refused_by_every_route(month: BlogMonth, actor: Actor, approval: Approval) -> None:
    """Single, bulk, and edit-and-approve; the item stays in the inbox."""
    edit = (
        content_of(month, approval.subject_id, title="Mine now")
        if approval.subject_kind == "post"
        else brief_as_is(month, approval.subject_id, title="Mine now")
    )
    for route in ("page", "api", "cli"):
        me = replace(actor, route=route)
        with pytest.raises(NotAllowed, match=OWN_WORK):
            month.decide(approval, Decision.APPROVE, by=me)
        with at_work(month, me) as work:
            (result,) = decide_many(
                work, [Answer(approval_id=approval.id, decision=Decision.APPROVE, seal=approval.seal)]
            )
            assert result.error_code == "NotAllowed"
        with pytest.raises(NotAllowed, match=OWN_WORK), at_work(month, me) as work:
            decide(work, approval.id, Decision.APPROVE, seal=approval.seal, edit=edit)
    assert approval_row(month, approval.id).status == "open"


def test_the_author_of_a_request_cannot_approve_it(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """By no route; somebody else can."""
    approval = raised_by(quick, quick.reviewer)
    refused_by_every_route(quick, quick.reviewer, approval)
    quick.decide(approval, Decision.APPROVE, by=quick.second)


def test_the_author_can_reject_and_ask_for_changes(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """Taking one's own idea back harms nobody."""
    quick.decide(raised_by(quick, quick.reviewer), Decision.REJECT, "On second thoughts, no")
    quick.decide(raised_by(quick, quick.reviewer), Decision.REQUEST_CHANGES, "Needs more meat")


def test_the_author_cannot_approve_what_another_has_edited_since_and_neither_can_the_other(quick: BlogMonth) -> None:
    """Both have their hands in it: a third person is needed."""
    approval = raised_by(quick, quick.reviewer)
    with at_work(quick, quick.second) as work:
        edit_request(work, approval.subject_id, brief_as_is(quick, approval.subject_id, brief="More."), seen_version=1)
    newer = next(a for a in quick.open_approvals("request") if a.subject_id == approval.subject_id)
    refused_by_every_route(quick, quick.reviewer, newer)
    refused_by_every_route(quick, quick.second, newer)
    third = build_person(quick.runtime.database, quick.tenant, Role.TENANT_ADMIN, "Tina Third")
    quick.decide(newer, Decision.APPROVE, by=third)


def test_the_last_editor_of_an_agents_draft_cannot_approve_it(quick: BlogMonth) -> None:
    """What a person changed is that person's work, whoever wrote the rest."""
    draft = with_drafts(quick)[0]
    newer = edited_by(quick, quick.reviewer, draft)
    refused_by_every_route(quick, quick.reviewer, newer)
    quick.decide(newer, Decision.APPROVE, by=quick.second)


def test_an_earlier_editor_may_approve_what_another_person_edited_last(quick: BlogMonth) -> None:
    """Four eyes have seen it."""
    draft = with_drafts(quick)[0]
    newest = edited_by(quick, quick.second, edited_by(quick, quick.reviewer, draft))
    refused_by_every_route(quick, quick.second, newest)
    quick.decide(newest, Decision.APPROVE, by=quick.reviewer)


def test_saving_without_a_change_lends_nobody_a_hand(quick: BlogMonth) -> None:
    """A second person's empty save does not make the first one's edit anybody else's."""
    draft = edited_by(quick, quick.reviewer, with_drafts(quick)[0])
    with at_work(quick, quick.second) as work:
        edit_post(work, draft.subject_id, content_of(quick, draft.subject_id), seen_version=2)
    post = post_row(quick, draft.subject_id)
    assert (post.version, post.editor_user_id, post.author_name) == (2, quick.reviewer.user_id, "Rita Reviewer")
    refused_by_every_route(quick, quick.reviewer, draft)
    quick.decide(draft, Decision.APPROVE, by=quick.second)


def test_an_agents_rewrite_is_nobodys_own_work(quick: BlogMonth) -> None:
    """Whoever edited the version before may approve the new one."""
    draft = edited_by(quick, quick.reviewer, with_drafts(quick)[0])
    quick.decide(draft, Decision.REJECT, "Start anew, please", by=quick.second)
    let_agents_answer(quick)
    rewritten = next(a for a in quick.open_approvals("post") if a.subject_id == draft.subject_id)
    assert rewritten.subject_version == 3
    quick.decide(rewritten, Decision.APPROVE, by=quick.reviewer)


def test_what_an_agent_proposes_anybody_may_approve(quick: BlogMonth) -> None:
    """By its token, too."""
    quick.decide(with_topics(quick)[0], Decision.APPROVE)
    quick.decide(raised_by(quick, agent_actor("ideas", "api")), Decision.APPROVE)


def test_a_tenant_may_switch_four_eyes_off_for_itself(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """The neighbour's rule stays."""
    with at_work(quick, TESTER) as work:
        change_rules(work, four_eyes=False)
    approval = raised_by(quick, quick.reviewer)
    quick.decide(approval, Decision.APPROVE)
    assert events(quick, approval.subject_id) == ["opened", "approved"]
    refused_by_every_route(neighbour, neighbour.reviewer, raised_by(neighbour, neighbour.reviewer))


def test_a_tenant_may_want_two_people_for_an_edit_and_its_approval(quick: BlogMonth) -> None:
    """Then edit-and-approve in one act is refused and stores nothing; a plain approval still goes."""
    with at_work(quick, TESTER) as work:
        change_rules(work, edit_and_approve=False)
    draft = with_drafts(quick)[0]
    edit = content_of(quick, draft.subject_id, title="Better")
    with pytest.raises(NotAllowed, match="need two people"), at_work(quick) as work:
        decide(work, draft.id, Decision.APPROVE, seal=draft.seal, edit=edit)
    assert post_row(quick, draft.subject_id).version == 1
    quick.decide(draft, Decision.APPROVE)


def test_with_four_eyes_off_the_second_rule_means_nothing(quick: BlogMonth) -> None:
    """It says how many people an edit needs, and one is enough now."""
    with at_work(quick, TESTER) as work:
        change_rules(work, four_eyes=False, edit_and_approve=False)
    draft = with_drafts(quick)[0]
    with at_work(quick) as work:
        edit = content_of(quick, draft.subject_id, title="Better")
        decide(work, draft.id, Decision.APPROVE, seal=draft.seal, edit=edit)
    assert post_row(quick, draft.subject_id).status == "approved"


def test_after_undoing_an_edit_and_approve_somebody_else_approves_the_edit(quick: BlogMonth) -> None:
    """The edit stays, and it is one's own work now."""
    draft = with_drafts(quick)[0]
    with at_work(quick) as work:
        edit = content_of(quick, draft.subject_id, title="Better")
        report = decide(work, draft.id, Decision.APPROVE, seal=draft.seal, edit=edit)
    with at_work(quick) as work:
        undo(work, report.approval_id)
    again = approval_row(quick, report.approval_id)
    assert again.status == "open"
    refused_by_every_route(quick, quick.reviewer, again)
    quick.decide(again, Decision.APPROVE, by=quick.second)
