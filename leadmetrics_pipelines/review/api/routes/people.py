"""People of the tenant, its API tokens, and its rules of approval."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from leadmetrics_pipelines.domain.people import Permission, Role, system_actor
from leadmetrics_pipelines.review.api.authentication import PeopleManager, Reader
from leadmetrics_pipelines.review.api.routes.me import TenantOut
from leadmetrics_pipelines.review.api.schemas import In, Out
from leadmetrics_pipelines.services import people, tenants, tokens
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.people.models import ApiToken

router = APIRouter(tags=["people"])


class MemberOut(Out):
    """A person in the tenant."""

    user_id: UUID
    email: str
    name: str
    role: Role
    since: datetime


class MemberIn(In):
    """Whom to give which role."""

    email: str = Field(examples=["rita@agency.example"])
    role: Role = Field(examples=["reviewer"])


class RulesIn(In):
    """Rules to change; what is left out stays."""

    four_eyes: bool | None = Field(default=None, description="Who wrote or last edited an item cannot approve it.")
    edit_and_approve: bool | None = Field(default=None, description="An approver may edit in the same act.")


class TokenOut(Out):
    """A token, without its secret."""

    id: UUID
    kind: str
    name: str
    user_id: UUID | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(TokenOut):
    """A token with its secret, shown this once."""

    secret: str = Field(examples=["lmp_..."])


class TokenIn(In):
    """A new token: one's own (`user`), or an agent's, which can propose and never decide."""

    kind: Literal["user", "agent"]
    name: str = Field(examples=["Zapier"])
    scopes: list[Permission] = Field(min_length=1)
    days: int | None = Field(default=None, ge=1, le=tokens.LONGEST_DAYS, description="Null: until it is revoked.")


@router.get("/people", summary="People of the tenant")
def list_people(caller: Reader) -> list[MemberOut]:
    """By name."""
    with caller.work() as work:
        return [_member(member) for member in people.list_members(work)]


@router.put("/people", summary="Give a role")
def grant_role(caller: PeopleManager, body: MemberIn) -> MemberOut:
    """Take somebody who has an account into the tenant, or change their role. The platform's admins make accounts."""
    lookup = system_actor("api", "api")
    with caller.runtime.unit_of_work(tenant=all_tenants, actor=lookup) as work:
        person = people.find_user(work, body.email)
    with caller.work() as work:
        people.grant_role(work, person.id, work.tenant_id, body.role)
        work.session.flush()
        return next(_member(member) for member in people.list_members(work) if member.person.id == person.id)


@router.delete("/people/{user_id}", status_code=HTTPStatus.NO_CONTENT, summary="Take a role away")
def revoke_role(caller: PeopleManager, user_id: UUID) -> None:
    """The person is out of the tenant at once; their tokens here stop working."""
    with caller.work() as work:
        people.revoke_role(work, user_id, work.tenant_id)


@router.patch("/tenant/rules", summary="Change the rules of approval")
def change_rules(caller: PeopleManager, body: RulesIn) -> TenantOut:
    """Four eyes, and edit-and-approve."""
    with caller.work() as work:
        row = tenants.change_rules(work, four_eyes=body.four_eyes, edit_and_approve=body.edit_and_approve)
        return TenantOut.model_validate(row)


@router.get("/tokens", summary="List tokens")
def list_tokens(caller: Reader) -> list[TokenOut]:
    """One's own; all of the tenant's with the permission `people`."""
    with caller.work() as work:
        return [TokenOut.model_validate(row) for row in tokens.list_tokens(work)]


@router.post("/tokens", status_code=HTTPStatus.CREATED, summary="Make a token")
def create_token(caller: Reader, body: TokenIn) -> NewTokenOut:
    """A token has at most the permissions of who makes it. An agent's needs the permission `people` to be made."""
    user_id = caller.token.actor.user_id if body.kind == "user" else None
    with caller.work() as work:
        row, secret = tokens.create_token(
            work, kind=body.kind, name=body.name, scopes=body.scopes, user_id=user_id, days=body.days
        )
        return _with_secret(row, secret)


@router.delete("/tokens/{token_id}", summary="Revoke a token")
def revoke_token(caller: Reader, token_id: UUID) -> TokenOut:
    """At once and for good: one's own, or any with the permission `people`."""
    with caller.work() as work:
        return TokenOut.model_validate(tokens.revoke_token(work, token_id))


def _member(member: people.Member) -> MemberOut:
    person = member.person
    return MemberOut(user_id=person.id, email=person.email, name=person.name, role=member.role, since=member.since)


def _with_secret(row: ApiToken, secret: str) -> NewTokenOut:
    return NewTokenOut(**TokenOut.model_validate(row).model_dump(), secret=secret)
