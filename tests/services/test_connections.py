"""Connecting on the platforms' own pages: what is stored, what is refused in words, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Actor, Role
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.channels import list_channels
from leadmetrics_pipelines.services.connections import (
    Answer,
    begin_connecting,
    choose_account,
    disconnect,
    find_attempt_tenant,
    forget_old_attempts,
    get_attempt,
    return_from_platform,
)
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel, ConnectAttempt
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.services.connecting_builders import (
    actions_of,
    come_back,
    connect_account,
    point_at,
    secrets_of,
    walk_consent,
)

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def outside(runtime: Runtime, sandbox: RunningSandbox) -> Runtime:
    return point_at(runtime, sandbox)


@pytest.fixture
def admin(outside: Runtime, acme: Tenant, zenith: Tenant) -> Actor:
    return build_person(outside.database, acme, Role.TENANT_ADMIN, "Tina Admin")


@pytest.fixture
def stranger(outside: Runtime, zenith: Tenant) -> Actor:
    return build_person(outside.database, zenith, Role.TENANT_ADMIN, "Zoe Zenith")


def channels(runtime: Runtime, tenant: Tenant) -> list[Channel]:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(list_channels(work))


def attempts(runtime: Runtime) -> list[ConnectAttempt]:
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        return list(work.session.scalars(select(ConnectAttempt).order_by(ConnectAttempt.created_at)))


def test_the_whole_way_stores_encrypted_tokens_and_what_pages_show(
    outside: Runtime, acme: Tenant, zenith: Tenant, admin: Actor
) -> None:
    """Consent, choice, channel: tokens sealed, the attempt emptied, the neighbour untouched, every step in the log."""
    channel = connect_account(outside, acme, admin, "linkedin")
    (stored,) = channels(outside, acme)
    assert (stored.status, stored.platform, stored.account_id) == ("connected", "linkedin", channel.account_id)
    assert stored.facts["account"] == stored.name
    assert stored.expires_at is not None
    assert stored.scopes is not None
    secrets = secrets_of(outside, channel)
    assert secrets["access_token"]
    assert stored.credentials is not None
    assert secrets["access_token"].encode() not in stored.credentials
    (attempt,) = attempts(outside)
    assert (attempt.status, attempt.secrets, attempt.channel_id) == ("done", None, channel.id)
    assert channels(outside, zenith) == []
    assert actions_of(outside, acme) == [
        "channel.connecting_begun", "channel.consent_given", "channel.moved", "channel.account_chosen",
    ]  # fmt: skip


def test_the_state_is_stored_as_a_hash_and_the_way_back_is_exact(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Nobody who reads the table can come back in somebody's name."""
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    path, answer = walk_consent(started.address)
    (attempt,) = attempts(outside)
    assert path == "/channels/return/linkedin"
    assert attempt.redirect_uri == "http://127.0.0.1:8800/channels/return/linkedin"
    assert answer.state not in attempt.state_hash
    assert (attempt.ends_at - attempt.created_at).total_seconds() == 600
    assert started.address not in repr(started)


@pytest.mark.parametrize("platform", ["google_business", "x", "klaviyo"])
def test_pkce_goes_along_where_the_platform_takes_it(
    outside: Runtime, acme: Tenant, admin: Actor, platform: str
) -> None:
    """The verifier waits encrypted in the attempt, and the platform accepts it."""
    started = begin_connecting(outside, acme.id, admin, platform)
    assert "code_challenge=" in started.address
    assert "code_challenge_method=S256" in started.address
    (attempt,) = attempts(outside)
    verifier = outside.keyring.open(attempt.secrets or b"")["verifier"]
    assert verifier not in started.address
    _, answer = walk_consent(started.address)
    back = return_from_platform(outside, acme.id, admin, platform, answer)
    assert back.status == "choosing", back.problem


def test_a_denied_consent_is_said_in_words(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Nothing is stored, and the attempt says why."""
    attempt = come_back(outside, acme, admin, "linkedin", decision="deny")
    assert (attempt.status, attempt.secrets) == ("failed", None)
    assert "was not allowed" in (attempt.problem or "")
    assert channels(outside, acme) == []
    assert actions_of(outside, acme)[-1] == "channel.connecting_failed"


def test_a_state_that_nobody_made_leads_nowhere(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """A forged way back is refused before the platform is asked."""
    with pytest.raises(NotFound, match="belongs to no connecting"):
        find_attempt_tenant(outside, admin, "invented")
    with pytest.raises(NotFound, match="belongs to no connecting"):
        return_from_platform(outside, acme.id, admin, "linkedin", Answer(state="invented", code="c"))


def test_a_state_of_another_platform_does_not_fit(
    outside: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """A code for one platform is never sent to another."""
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(started.address)
    sandbox.forget_calls()
    with pytest.raises(NotFound):
        return_from_platform(outside, acme.id, admin, "google_business", answer)
    assert sandbox.calls() == []


def test_a_way_back_works_once(outside: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox) -> None:
    """The second use asks the platform nothing, and harms the first in nothing."""
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(started.address)
    first = return_from_platform(outside, acme.id, admin, "linkedin", answer)
    sandbox.forget_calls()
    with pytest.raises(Conflict, match="used already"):
        return_from_platform(outside, acme.id, admin, "linkedin", answer)
    assert sandbox.calls() == []
    assert attempts(outside)[0].status == first.status == "choosing"


def test_a_code_that_was_used_before_is_told(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Somebody else was faster with the code: the person starts again."""
    first = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(first.address)
    return_from_platform(outside, acme.id, admin, "linkedin", answer)
    second = begin_connecting(outside, acme.id, admin, "linkedin")
    _, fresh = walk_consent(second.address)
    attempt = return_from_platform(outside, acme.id, admin, "linkedin", replace(fresh, code=answer.code))
    assert attempt.status == "failed"
    assert answer.code not in (attempt.problem or "")


def test_ten_minutes_are_enough(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """Later the code is not even traded."""
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(started.address)
    sandbox.forget_calls()
    clock.advance(seconds=601)
    attempt = return_from_platform(outside, acme.id, admin, "linkedin", answer)
    assert (attempt.status, sandbox.calls()) == ("failed", [])
    assert "longer than ten minutes" in (attempt.problem or "")


def test_a_right_that_is_missing_is_named_with_its_purpose(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """What the channel cannot work without stops the way; what it can stays open and is shown as missing."""
    connector = outside.connector("linkedin")
    needed = next(scope for scope in connector.scopes if scope.required)
    attempt = come_back(outside, acme, admin, "linkedin", without=[needed.name])
    assert attempt.status == "failed"
    assert needed.purpose in (attempt.problem or "")
    optional = [scope for scope in connector.scopes if not scope.required]
    for scope in optional[:1]:
        assert come_back(outside, acme, admin, "linkedin", without=[scope.name]).status == "choosing"


def test_only_who_began_may_come_back(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Nobody can be talked into handing their accounts to somebody else's channel."""
    other = build_person(outside.database, acme, Role.TENANT_ADMIN, "Otto Other")
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(started.address)
    with pytest.raises(NotAllowed, match="Somebody else began this"):
        return_from_platform(outside, acme.id, other, "linkedin", answer)
    attempt = return_from_platform(outside, acme.id, admin, "linkedin", answer)
    with outside.unit_of_work(tenant=acme.id, actor=other) as work, pytest.raises(NotFound):
        get_attempt(work, attempt.id)
    with pytest.raises(NotFound):
        choose_account(outside, acme.id, other, attempt.id, attempt.choices[0]["account_id"])


def test_another_tenant_sees_nothing_of_it(outside: Runtime, acme: Tenant, admin: Actor, stranger: Actor) -> None:
    """Not the way back, not the choice."""
    started = begin_connecting(outside, acme.id, admin, "linkedin")
    _, answer = walk_consent(started.address)
    zenith = find_attempt_tenant(outside, stranger, answer.state)
    assert zenith == acme.id
    with outside.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        theirs = work.session.scalars(select(Tenant.id).where(Tenant.slug == "zenith")).one()
    with pytest.raises(NotFound):
        return_from_platform(outside, theirs, stranger, "linkedin", answer)
    attempt = return_from_platform(outside, acme.id, admin, "linkedin", answer)
    with pytest.raises(NotFound):
        choose_account(outside, theirs, stranger, attempt.id, attempt.choices[0]["account_id"])


def test_only_offered_accounts_can_be_chosen(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Not an invented one, not one without the right role; the reason is the platform room's own."""
    attempt = come_back(outside, acme, admin, "linkedin")
    with pytest.raises(InvalidInput, match="not among those"):
        choose_account(outside, acme.id, admin, attempt.id, "424242")
    refused = next(row for row in attempt.choices if row["refusal"])
    with pytest.raises(InvalidInput) as raised:
        choose_account(outside, acme.id, admin, attempt.id, refused["account_id"])
    assert str(raised.value) == refused["refusal"]
    assert channels(outside, acme) == []


def test_an_account_of_another_client_is_not_taken_away(
    outside: Runtime, acme: Tenant, zenith: Tenant, admin: Actor, stranger: Actor
) -> None:
    """One person at the agency reaches many clients' pages: the wrong one is refused, without saying whose it is."""
    theirs = connect_account(outside, zenith, stranger, "linkedin")
    attempt = come_back(outside, acme, admin, "linkedin")
    row = next(row for row in attempt.choices if row["account_id"] == theirs.account_id)
    assert "another client" in row["refusal"]
    assert "enith" not in row["refusal"]
    with pytest.raises(InvalidInput, match="another client"):
        choose_account(outside, acme.id, admin, attempt.id, theirs.account_id)


def test_connecting_again_keeps_the_row_and_what_the_platform_does_not_repeat(
    outside: Runtime, acme: Tenant, admin: Actor
) -> None:
    """The same channel with new tokens; a refresh token that is not sent again is kept."""
    channel = connect_account(outside, acme, admin, "google_business")
    before = secrets_of(outside, channel)
    assert before["refresh_token"]
    with outside.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        work.session.get_one(Channel, channel.id).name = "Our shop"
    again = connect_account(outside, acme, admin, "google_business", channel.account_id)
    after = secrets_of(outside, again)
    assert (again.id, again.name, len(channels(outside, acme))) == (channel.id, "Our shop", 1)
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"]
    assert again.credentials_version == 2
    assert "channel.credentials_changed" in actions_of(outside, acme)


def test_a_channel_that_is_connected_anew_gets_its_own_account_only(
    outside: Runtime, acme: Tenant, admin: Actor
) -> None:
    """Another account is another channel, said so in words."""
    channel = connect_account(outside, acme, admin, "facebook")
    started = begin_connecting(outside, acme.id, admin, "facebook", channel_id=channel.id)
    _, answer = walk_consent(started.address)
    attempt = return_from_platform(outside, acme.id, admin, "facebook", answer)
    by_id = {row["account_id"]: row["refusal"] for row in attempt.choices}
    assert by_id.pop(channel.account_id) == ""
    assert all(by_id.values())
    assert choose_account(outside, acme.id, admin, attempt.id, channel.account_id).id == channel.id


def test_a_choice_that_takes_too_long_begins_anew_and_leaves_no_secret(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock
) -> None:
    """Half an hour; then what the platform handed out is dropped."""
    attempt = come_back(outside, acme, admin, "linkedin")
    clock.advance(seconds=1801)
    with pytest.raises(Conflict, match="longer than half an hour"):
        choose_account(outside, acme.id, admin, attempt.id, attempt.choices[0]["account_id"])
    with outside.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert forget_old_attempts(work) == 1
    assert [(row.status, row.secrets) for row in attempts(outside)] == [("failed", None)]


def test_a_platform_that_is_away_leaves_nothing_half_done(
    outside: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """An answer that is lost uses the code up: the person is told to begin again."""
    sandbox.set_fault("linkedin", "drop_after", method="POST", path_regex="accessToken")
    lost = come_back(outside, acme, admin, "linkedin")
    sandbox.set_fault("linkedin", "status", method="POST", path_regex="accessToken", status=503)
    away = come_back(outside, acme, admin, "linkedin")
    for attempt in (lost, away):
        assert (attempt.status, attempt.secrets) == ("failed", None)
        assert attempt.problem
    assert channels(outside, acme) == []


def test_who_may_not_manage_channels_begins_nothing(outside: Runtime, acme: Tenant) -> None:
    """A reviewer is refused; a program that names nobody, too."""
    with pytest.raises(NotAllowed):
        begin_connecting(outside, acme.id, build_person(outside.database, acme), "linkedin")
    with pytest.raises(InvalidInput, match="Name the person"):
        begin_connecting(outside, acme.id, TESTER, "linkedin")
    assert attempts(outside) == []


def test_an_app_that_is_not_set_up_is_said_before_anything_begins(outside: Runtime, acme: Tenant, admin: Actor) -> None:
    """Whoever runs the agency's installation reads what to set."""
    outside.settings = outside.settings.model_copy(update={"platform_apps": None})
    with pytest.raises(InvalidInput, match="LEADMETRICS_PLATFORM_APPS"):
        begin_connecting(outside, acme.id, admin, "linkedin")


def test_disconnecting_forgets_the_tokens_and_tells_what_the_platform_did(
    outside: Runtime, acme: Tenant, admin: Actor
) -> None:
    """Given back where there is a call for it; in words where there is none."""
    klaviyo = connect_account(outside, acme, admin, "klaviyo")
    linkedin = connect_account(outside, acme, admin, "linkedin")
    assert "was given back at Klaviyo" in disconnect(outside, acme.id, admin, klaviyo.id).told
    assert "no call to give an access back" in disconnect(outside, acme.id, admin, linkedin.id).told
    assert [(row.status, row.credentials, row.renew_at) for row in channels(outside, acme)] == [
        ("disconnected", None, None)
    ] * 2


def test_giving_one_channel_back_does_not_end_its_siblings(
    outside: Runtime, acme: Tenant, zenith: Tenant, admin: Actor, stranger: Actor, sandbox: RunningSandbox
) -> None:
    """Meta and Google end all that a person gave our app: not while another channel, of any client, may hang on it."""
    page = connect_account(outside, acme, admin, "facebook")
    connect_account(outside, zenith, stranger, "instagram")
    sandbox.forget_calls()
    told = disconnect(outside, acme.id, admin, page.id).told
    assert "was left in place" in told
    assert sandbox.calls() == []


def test_a_platform_that_does_not_answer_does_not_stop_the_disconnecting(
    outside: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """What is stored is forgotten first."""
    channel = connect_account(outside, acme, admin, "klaviyo")
    sandbox.set_fault("klaviyo", "status", times=None, status=503)
    assert "did not take the access back" in disconnect(outside, acme.id, admin, channel.id).told
    assert channels(outside, acme)[0].credentials is None
