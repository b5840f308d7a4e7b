"""API tokens: shown once, bound to a tenant, never stronger than who stands behind them."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import AGENT_SCOPES, Actor, ActorKind, Permission, Role, system_actor
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.services import people, tenants, tokens
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.people.models import ApiToken
from leadmetrics_pipelines.storage.tenants.models import Tenant

PLATFORM = system_actor("tests", "test")
EVERYTHING = tuple(Permission)


def member(database: Database, tenant: Tenant, role: Role, email: str = "rita@acme.example") -> Actor:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        user = people.add_user(work, email=email, name="Rita", password="correct horse battery")
        people.grant_role(work, user.id, tenant.id, role)
        return people.actor_for(people.find_user(work, email), role, "api")


def own_token(database: Database, tenant: Tenant, actor: Actor, scopes: list[str], days: int | None = None) -> str:
    with database.unit_of_work(tenant=tenant.id, actor=actor) as work:
        return tokens.create_token(
            work, kind="user", name="laptop", scopes=scopes, user_id=actor.user_id, days=days
        )[1]  # fmt: skip


def agent_token(database: Database, tenant: Tenant, scopes: list[str], name: str = "planner") -> tuple[ApiToken, str]:
    with database.unit_of_work(tenant=tenant.id, actor=PLATFORM) as work:
        return tokens.create_token(work, kind="agent", name=name, scopes=scopes)


def resolve(database: Database, secret: str) -> tokens.ResolvedToken:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        return tokens.resolve_token(work, secret)


def test_a_token_names_its_tenant_and_its_person(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """The secret is stored as a hash only."""
    rita = member(database, acme, Role.REVIEWER)
    secret = own_token(database, acme, rita, ["read", "decide"])
    resolved = resolve(database, secret)
    assert (resolved.tenant_id, resolved.actor.user_id, resolved.role) == (acme.id, rita.user_id, Role.REVIEWER)
    assert resolved.actor.permissions == {Permission.READ, Permission.DECIDE}
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        stored = work.session.scalars(select(ApiToken)).one()
    assert secret.startswith("lmp_")
    assert secret not in str(vars(stored))


def test_a_role_that_shrinks_shrinks_its_tokens(database: Database, acme: Tenant) -> None:
    """Permissions are the role's and the scopes', judged at each call."""
    rita = member(database, acme, Role.REVIEWER)
    secret = own_token(database, acme, rita, ["read", "edit", "decide"])
    user_id = UUID(rita.id)
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        people.grant_role(work, user_id, acme.id, Role.OPERATOR)
    assert resolve(database, secret).actor.permissions == {Permission.READ}
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        people.revoke_role(work, user_id, acme.id)
    with pytest.raises(tokens.TokenRefused, match="no role"):
        resolve(database, secret)


def test_nobody_makes_a_token_in_another_persons_name(database: Database, acme: Tenant) -> None:
    """It would be a way round four eyes. Not even the platform may."""
    rita = member(database, acme, Role.REVIEWER)
    admin = member(database, acme, Role.TENANT_ADMIN, "ada@acme.example")
    for actor in (admin, PLATFORM):
        with database.unit_of_work(tenant=acme.id, actor=actor) as work, pytest.raises(NotAllowed, match="only they"):
            tokens.create_token(work, kind="user", name="x", scopes=["read"], user_id=rita.user_id)
        with database.unit_of_work(tenant=acme.id, actor=actor) as work, pytest.raises(NotAllowed):
            tokens.create_token(work, kind="user", name="x", scopes=["read"])


def test_a_token_gives_birth_to_no_stronger_token(database: Database, acme: Tenant) -> None:
    """Scopes of a new token are at most those of who makes it."""
    rita = member(database, acme, Role.REVIEWER)
    weak = resolve(database, own_token(database, acme, rita, ["read"])).actor
    with pytest.raises(NotAllowed, match="decide"):
        own_token(database, acme, weak, ["read", "decide"])


@pytest.mark.parametrize("scope", sorted(set(Permission) - AGENT_SCOPES))
def test_an_agents_token_never_gets_more_than_proposing(database: Database, acme: Tenant, scope: str) -> None:
    """The scope is refused when the token is made."""
    with pytest.raises(InvalidInput, match="propose, never decide"):
        agent_token(database, acme, ["read", scope])


def test_scopes_written_into_the_table_give_an_agent_nothing(database: Database, acme: Tenant) -> None:
    """Even a row that names every scope resolves to reading, proposing and commenting."""
    token, secret = agent_token(database, acme, ["read"])
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        row = work.session.get_one(ApiToken, token.id)
        row.scopes = [scope.value for scope in EVERYTHING]
    actor = resolve(database, secret).actor
    assert (actor.kind, actor.permissions, actor.user_id) == (ActorKind.AGENT, AGENT_SCOPES, None)


def test_a_token_ends_by_time_by_hand_and_with_its_tenant(database: Database, acme: Tenant, clock: FixedClock) -> None:
    """Each refusal says which it was."""
    rita = member(database, acme, Role.REVIEWER)
    ending = own_token(database, acme, rita, ["read"], days=1)
    revoked, revoked_secret = agent_token(database, acme, ["read"])
    lasting = own_token(database, acme, rita, ["read"])
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        tokens.revoke_token(work, revoked.id)
        tokens.revoke_token(work, revoked.id)
    clock.advance(days=1)
    for secret, words in ((ending, "ended on 2026-11-03"), (revoked_secret, "was revoked"), ("lmp_x", "not known")):
        with pytest.raises(tokens.TokenRefused, match=words):
            resolve(database, secret)
    assert resolve(database, lasting).actor.user_id == rita.user_id
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        tenants.set_active(work, acme.id, active=False)
    with pytest.raises(tokens.TokenRefused, match="paused"):
        resolve(database, lasting)


def test_tokens_of_the_neighbour_are_neither_seen_nor_revoked(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Row-level security, and the use cases ask for the tenant themselves."""
    token, secret = agent_token(database, acme, ["read"])
    with database.unit_of_work(tenant=zenith.id, actor=PLATFORM) as work:
        assert tokens.list_tokens(work) == ()
        with pytest.raises(NotFound):
            tokens.revoke_token(work, token.id)
    assert resolve(database, secret).tenant_slug == "acme"


def test_without_people_one_sees_and_ends_only_ones_own(database: Database, acme: Tenant) -> None:
    """A reviewer's list is their own tokens."""
    rita, rob = (member(database, acme, Role.REVIEWER, f"{name}@acme.example") for name in ("rita", "rob"))
    agents, _ = agent_token(database, acme, ["read"])
    own_token(database, acme, rita, ["read"])
    own_token(database, acme, rob, ["read"])
    with database.unit_of_work(tenant=acme.id, actor=rita) as work:
        (mine,) = tokens.list_tokens(work)
        assert mine.user_id == rita.user_id
        with pytest.raises(NotAllowed):
            tokens.revoke_token(work, agents.id)
        assert tokens.revoke_token(work, mine.id).revoked_at == work.now


@pytest.mark.parametrize(
    ("values", "field"),
    [({"scopes": []}, "scopes"), ({"scopes": ["all"]}, "scopes"), ({"name": " "}, "name"), ({"days": 0}, "days")],
)
def test_what_does_not_fit_is_refused(database: Database, acme: Tenant, values: dict[str, object], field: str) -> None:
    """With the field named."""
    usual: dict[str, object] = {"kind": "agent", "name": "planner", "scopes": ["read"]}
    with (
        database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work,
        pytest.raises(InvalidInput) as caught,
    ):
        tokens.create_token(work, **{**usual, **values})  # type: ignore[arg-type]
    assert caught.value.field == field
