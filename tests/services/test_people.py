"""People: accounts, roles in tenants, signing in, and what happens to somebody who guesses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from leadmetrics_pipelines.domain.people import PERMISSIONS, Role, system_actor
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.services import people
from leadmetrics_pipelines.services.people import SignInGranted, SignInRefused
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.people.models import SignIn, SignInAttempt, User
from leadmetrics_pipelines.storage.tenants.models import Tenant

PLATFORM = system_actor("tests", "test")
PASSWORD = "correct horse battery"


def add(database: Database, email: str = "rita@acme.example", *, platform_admin: bool = False) -> User:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        return people.add_user(work, email=email, name="Rita", password=PASSWORD, platform_admin=platform_admin)


def grant(database: Database, user: User, tenant: Tenant, role: Role) -> None:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        people.grant_role(work, user.id, tenant.id, role)


def sign_in(
    database: Database, email: str = "rita@acme.example", password: str = PASSWORD, address: str = "192.0.2.1"
) -> SignInGranted | SignInRefused:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        return people.sign_in(work, email=email, password=password, address=address)


def granted(database: Database, email: str = "rita@acme.example") -> SignInGranted:
    outcome = sign_in(database, email)
    assert isinstance(outcome, SignInGranted)
    return outcome


def whoami(database: Database, secret: str) -> people.SignedIn | None:
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        return people.resolve_sign_in(work, secret)


# --- accounts and roles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["", "rita", "rita@acme", "a b@acme.example", "rita@", "x" * 250 + "@a.example"])
def test_what_is_no_email_is_refused(database: Database, email: str) -> None:
    """Sign-in is by e-mail, so it must be one."""
    with pytest.raises(InvalidInput) as caught:
        add(database, email)
    assert caught.value.field == "email"


def test_an_email_has_one_account_however_it_is_spelled(database: Database) -> None:
    """Case and outer spaces do not make another person."""
    add(database)
    with pytest.raises(Conflict, match="has an account already"):
        add(database, " Rita@ACME.example ")


@pytest.mark.parametrize("password", ["", "short", "nine char", "x" * 300])
def test_a_password_too_short_or_too_long_is_refused(database: Database, password: str) -> None:
    """Ten characters are the least."""
    with (
        database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work,
        pytest.raises(InvalidInput, match=r"at least 10|at most 256"),
    ):
        people.add_user(work, email="x@y.example", name="X", password=password)


def test_roles_are_per_tenant(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """A reviewer here is nobody next door."""
    rita, sam = add(database), add(database, "sam@zenith.example")
    grant(database, rita, acme, Role.OPERATOR)
    grant(database, rita, acme, Role.REVIEWER)
    grant(database, sam, zenith, Role.TENANT_ADMIN)
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        assert [(m.person.email, m.role) for m in people.list_members(work)] == [("rita@acme.example", Role.REVIEWER)]
        assert [person.email for person in people.list_users(work)] == ["rita@acme.example"]
        with pytest.raises(NotFound):
            people.find_user(work, "sam@zenith.example")
    assert [m.slug for m in getattr(whoami(database, granted(database).secret), "memberships")] == ["acme"]  # noqa: B009


def test_a_tenants_work_cannot_reach_into_the_neighbours_roles(
    database: Database, acme: Tenant, zenith: Tenant
) -> None:
    """Neither give a role there nor take one, even with every permission."""
    rita, sam = add(database), add(database, "sam@zenith.example")
    grant(database, sam, zenith, Role.TENANT_ADMIN)
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work, pytest.raises(NotFound):
        people.revoke_role(work, sam.id, zenith.id)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work,
    ):
        people.grant_role(work, rita.id, zenith.id, Role.REVIEWER)
    with database.unit_of_work(tenant=zenith.id, actor=PLATFORM) as work:
        assert [m.person.email for m in people.list_members(work)] == ["sam@zenith.example"]


def test_password_hashes_are_out_of_a_tenants_reach(database: Database, acme: Tenant) -> None:
    """The tenant's role has no right to the column."""
    grant(database, add(database), acme, Role.REVIEWER)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work,
    ):
        work.session.execute(text("SELECT password_hash FROM users"))


def test_a_role_taken_away_is_gone_at_once(database: Database, acme: Tenant) -> None:
    """The next request of an open sign-in sees it."""
    rita = add(database)
    grant(database, rita, acme, Role.REVIEWER)
    secret = granted(database).secret
    with database.unit_of_work(tenant=acme.id, actor=PLATFORM) as work:
        people.revoke_role(work, rita.id, acme.id)
    after = whoami(database, secret)
    assert after is not None
    assert after.memberships == ()


def test_platform_admin_is_no_role_of_a_tenant(database: Database, acme: Tenant) -> None:
    """It reaches all tenants, so no tenant gives it."""
    rita = add(database)
    with pytest.raises(InvalidInput, match="not a role in a tenant"):
        grant(database, rita, acme, Role.PLATFORM_ADMIN)


def test_a_platform_admin_enters_every_active_tenant(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Without a membership."""
    add(database, platform_admin=True)
    signed_in = whoami(database, granted(database).secret)
    assert signed_in is not None
    assert [(m.slug, m.role) for m in signed_in.memberships] == [
        ("acme", Role.PLATFORM_ADMIN), ("zenith", Role.PLATFORM_ADMIN)
    ]  # fmt: skip


def test_a_tenants_admin_adds_no_accounts(database: Database, acme: Tenant) -> None:
    """Who sets a first password could later sign in as that person somewhere else."""
    rita = add(database)
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        person = people.find_user(work, "RITA@acme.example")
    actor = people.actor_for(person, Role.TENANT_ADMIN, "api")
    assert (actor.user_id, actor.permissions) == (rita.id, PERMISSIONS[Role.TENANT_ADMIN])
    with database.unit_of_work(tenant=all_tenants, actor=actor) as work, pytest.raises(NotAllowed):
        people.add_user(work, email="x@y.example", name="X", password=PASSWORD)


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_sign_in_is_known_by_its_secret_until_it_ends(database: Database, clock: FixedClock) -> None:
    """Only the secret's hash is stored; time and sign-out end it."""
    rita = add(database)
    first, second = granted(database), granted(database, " RITA@acme.example")
    signed_in = whoami(database, first.secret)
    assert signed_in is not None
    assert (signed_in.user.id, signed_in.csrf_secret) == (rita.id, first.csrf_secret)
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        stored = set(work.session.scalars(select(SignIn.secret_hash)))
        people.sign_out(work, first.secret)
        people.sign_out(work, "never heard of")
    assert len(stored) == 2
    assert not stored & {first.secret, second.secret}
    assert whoami(database, first.secret) is None
    clock.advance(seconds=12 * 3600 - 1)
    assert whoami(database, second.secret) is not None
    clock.advance(seconds=1)
    assert whoami(database, second.secret) is None


def test_unknown_email_and_wrong_password_get_the_same_answer(database: Database) -> None:
    """Whether an e-mail has an account is not told."""
    add(database)
    assert sign_in(database, password="wrong password") == sign_in(database, "nobody@acme.example") == SignInRefused()
    assert sign_in(database, password="") == SignInRefused()
    assert sign_in(database, password=PASSWORD + "x" * 400) == SignInRefused()


def test_five_failures_close_the_door_even_for_the_right_password(database: Database, clock: FixedClock) -> None:
    """Counted per e-mail, from anywhere; the door opens when the oldest failure is a quarter of an hour old."""
    add(database)
    for attempt in range(5):
        assert isinstance(sign_in(database, password="guess", address=f"192.0.2.{attempt}"), SignInRefused)
        clock.advance(seconds=10)
    with pytest.raises(RateLimited, match="15 minutes") as caught:
        sign_in(database)
    assert caught.value.retry_after == 15 * 60 - 50
    clock.advance(seconds=15 * 60 - 50)
    assert isinstance(sign_in(database), SignInGranted)


def test_a_success_forgets_the_failures_of_that_email(database: Database) -> None:
    """Somebody who mistypes now and then is not shut out in the end."""
    add(database)
    for _ in range(3):
        for _ in range(4):
            sign_in(database, password="guess", address="192.0.2.7")
        granted(database)


def test_one_address_cannot_try_many_emails(database: Database) -> None:
    """Twenty failures of one address close it for every e-mail; other addresses go on. Own successes do not help."""
    add(database)
    for attempt in range(20):
        sign_in(database, f"guess{attempt}@acme.example", address="192.0.2.9")
        if attempt % 5 == 0:
            assert isinstance(sign_in(database, address="192.0.2.9"), SignInGranted)
    with pytest.raises(RateLimited):
        sign_in(database, address="192.0.2.9")
    assert isinstance(sign_in(database, address="192.0.2.10"), SignInGranted)


def test_guesses_made_at_once_get_no_more_tries(database: Database) -> None:
    """They queue: of twelve in parallel five are judged and seven are told to wait."""
    add(database)

    def guess(_: int) -> bool:
        try:
            return isinstance(sign_in(database, password="guess"), SignInRefused)
        except RateLimited:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(12))) == 5


def test_attempts_are_stored_without_email_or_address_and_are_cleared(database: Database, clock: FixedClock) -> None:
    """What is needed to count, for as long as it counts."""
    for _ in range(3):
        sign_in(database, "nobody@acme.example", address="192.0.2.4")
        clock.advance(seconds=16 * 60)
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        subjects = list(work.session.scalars(select(SignInAttempt.subject)))
    assert len(subjects) == 2
    assert all(len(subject) == 64 for subject in subjects)


def test_who_is_shut_out_is_out_at_once(database: Database) -> None:
    """Open sign-ins end, and the right password is refused like a wrong one."""
    rita = add(database)
    secret = granted(database).secret
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        people.set_active(work, rita.id, active=False)
    assert whoami(database, secret) is None
    assert sign_in(database) == SignInRefused()


def test_a_new_password_ends_all_sign_ins(database: Database) -> None:
    """Whoever had the old one is out."""
    rita = add(database)
    secret = granted(database).secret
    with database.unit_of_work(tenant=all_tenants, actor=PLATFORM) as work:
        people.set_password(work, rita.id, "another long one")
    assert whoami(database, secret) is None
    assert isinstance(sign_in(database, password="another long one"), SignInGranted)
