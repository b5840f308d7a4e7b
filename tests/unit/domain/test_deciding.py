"""The pure rules of deciding: reasons, four eyes, and who may do what."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from leadmetrics_pipelines.domain.approvals import Decision, check_four_eyes, check_reason
from leadmetrics_pipelines.domain.people import (
    AGENT_SCOPES,
    PERMISSIONS,
    Actor,
    ActorKind,
    Permission,
    Role,
    agent_actor,
    system_actor,
)
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed

ME, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
HANDS = {"nobody's": frozenset(), "mine": {ME}, "another's": {OTHER}, "both": {ME, OTHER}}


def allowed(*, enforced: bool, hands: str, edits_now: bool, edit_and_approve: bool) -> bool:
    try:
        check_four_eyes(
            enforced=enforced, decider=ME, hands=frozenset(HANDS[hands]), edits_now=edits_now,
            edit_and_approve=edit_and_approve,
        )  # fmt: skip
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(
    ("enforced", "hands", "edits_now", "edit_and_approve"), list(product([True, False], HANDS, *[[True, False]] * 2))
)
def test_four_eyes_truth_table(*, enforced: bool, hands: str, edits_now: bool, edit_and_approve: bool) -> None:
    """Refused, where the rule is on: own work, and an edit in the same act unless the tenant allows it."""
    refused = enforced and (hands in {"mine", "both"} or (edits_now and not edit_and_approve))
    assert (
        allowed(enforced=enforced, hands=hands, edits_now=edits_now, edit_and_approve=edit_and_approve) is not refused
    )


def test_the_refusal_of_four_eyes_says_which_rule_it_was() -> None:
    """Own work, or two acts in one."""
    with pytest.raises(NotAllowed, match="You wrote or last edited this"):
        check_four_eyes(enforced=True, decider=ME, hands=frozenset({ME}), edits_now=True, edit_and_approve=False)
    with pytest.raises(NotAllowed, match="need two people"):
        check_four_eyes(enforced=True, decider=ME, hands=frozenset({THIRD}), edits_now=True, edit_and_approve=False)


@pytest.mark.parametrize("decision", [Decision.REJECT, Decision.REQUEST_CHANGES])
@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "no", " no "])
def test_sending_work_back_needs_a_reason(decision: Decision, reason: str) -> None:
    """Whoever does the work again reads it; two letters are none."""
    with pytest.raises(InvalidInput, match="Say why") as caught:
        check_reason(decision, reason)
    assert caught.value.field == "reason"


def test_an_approval_needs_no_reason_and_reasons_are_trimmed() -> None:
    """Space around a reason is nobody's words."""
    assert check_reason(Decision.APPROVE, "  ") == ""
    assert check_reason(Decision.REJECT, "  too long\n") == "too long"


@pytest.mark.parametrize("reason", ["nul \0 inside", "half a \ud800 surrogate", "long " * 2001])
@pytest.mark.parametrize("decision", list(Decision))
def test_a_reason_that_cannot_be_stored_is_refused(decision: Decision, reason: str) -> None:
    """As a field that does not fit, not as a fault of the database."""
    with pytest.raises(InvalidInput) as caught:
        check_reason(decision, reason)
    assert caught.value.field == "reason"


def test_only_some_roles_decide() -> None:
    """Written down: a role gains or loses a right on purpose or not at all."""
    may = {permission: {role for role in Role if permission in PERMISSIONS[role]} for permission in Permission}
    everyone = set(Role)
    admins = {Role.TENANT_ADMIN, Role.PLATFORM_ADMIN}
    assert may == {
        Permission.READ: everyone,
        Permission.COMMENT: everyone,
        Permission.PROPOSE: everyone,
        Permission.HOLD: everyone,
        Permission.EDIT: everyone - {Role.OPERATOR},
        Permission.DECIDE: everyone - {Role.OPERATOR},
        Permission.UNBLOCK: everyone - {Role.TENANT_ADMIN},
        Permission.MANAGE_CHANNELS: admins,
        Permission.MANAGE_DELIVERABLES: admins,
        Permission.MANAGE_PEOPLE: admins,
        Permission.MANAGE_PLATFORM: {Role.PLATFORM_ADMIN},
    }


def test_agents_propose_and_never_decide() -> None:
    """Nor do they edit, unblock, hold or manage; no scope gives an agent more."""
    assert {Permission.READ, Permission.PROPOSE, Permission.COMMENT} == AGENT_SCOPES
    assert agent_actor("copywriter", "api").permissions == AGENT_SCOPES
    with pytest.raises(NotAllowed, match="copywriter may not do this: it needs the permission 'decide'"):
        agent_actor("copywriter", "api").require(Permission.DECIDE)


def test_the_platform_itself_does_everything_but_decide() -> None:
    """The publisher or the schedule can never approve what it sends."""
    actor = system_actor("publisher", "dagster")
    assert set(Permission) - actor.permissions == {Permission.DECIDE}
    assert (actor.kind, actor.user_id) == (ActorKind.SYSTEM, None)


def test_may_and_require_agree() -> None:
    """For each permission."""
    actor = Actor(kind=ActorKind.USER, id="o", name="Olga", permissions=PERMISSIONS[Role.OPERATOR])
    for permission in Permission:
        if actor.may(permission):
            actor.require(permission)
        else:
            with pytest.raises(NotAllowed, match="Ask an admin"):
                actor.require(permission)
