"""Keeping channels alive: ahead of the end, once at a time, told in words when it is over, and over when it is not."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from leadmetrics_pipelines.domain.people import Actor, Role
from leadmetrics_pipelines.errors import AccessRevoked, Conflict, NotFound, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.connections import disconnect
from leadmetrics_pipelines.services.renewals import Outcome, ensure_fresh, renew_channel, renew_due
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel, build_person
from tests.services.connecting_builders import (
    actions_of,
    change_channel,
    connect_account,
    point_at,
    read_channel,
    secrets_of,
    standing_alerts,
    tasks_of,
)

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@pytest.fixture
def outside(runtime: Runtime, sandbox: RunningSandbox) -> Runtime:
    return point_at(runtime, sandbox)


@pytest.fixture
def admin(outside: Runtime, acme: Tenant, zenith: Tenant) -> Actor:
    return build_person(outside.database, acme, Role.TENANT_ADMIN, "Tina Admin")


@pytest.fixture
def shop(outside: Runtime, acme: Tenant, admin: Actor) -> Channel:
    """A location on Google, whose tokens live an hour."""
    return connect_account(outside, acme, admin, "google_business")


def refreshes(sandbox: RunningSandbox, host: str = "oauth2.googleapis.com") -> int:
    """How often the token endpoint was asked."""
    return len([call for call in sandbox.calls() if call.method == "POST" and host in call.path])


def test_a_fresh_token_is_left_alone(outside: Runtime, acme: Tenant, shop: Channel, sandbox: RunningSandbox) -> None:
    """Late, not hourly: nothing is asked in the first nine tenths of a life."""
    sandbox.forget_calls()
    assert ensure_fresh(outside, acme.id, shop.id).credentials_version == 1
    assert renew_due(outside).total == 0
    assert sandbox.calls() == []


def test_a_renewal_is_stored_whole(outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock) -> None:
    """New access token, the refresh token that Google does not repeat, new times, a line in the log."""
    before = secrets_of(outside, shop)
    clock.advance(seconds=3500)
    report = renew_due(outside)
    after, channel = secrets_of(outside, shop), read_channel(outside, shop)
    assert report.counts == {Outcome.FRESH: 1}
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] == before["refresh_token"]
    assert {name: after[name] for name in before if not name.endswith("_token")} == {
        name: before[name] for name in before if not name.endswith("_token")
    }
    assert channel.expires_at == clock.now() + timedelta(seconds=3599)
    assert channel.renew_at is not None
    assert clock.now() < channel.renew_at < channel.expires_at
    assert actions_of(outside, acme)[-1] == "channel.renewed"


def test_whoever_needs_a_token_gets_one_that_works(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock
) -> None:
    """Even when no job has run for days."""
    clock.advance(days=3)
    channel = ensure_fresh(outside, acme.id, shop.id)
    assert channel.expires_at == clock.now() + timedelta(seconds=3599)


def test_a_token_that_was_refused_before_its_time_is_renewed_once(
    outside: Runtime, acme: Tenant, shop: Channel, sandbox: RunningSandbox
) -> None:
    """Clocks disagree, or the platform ended it: whoever was refused first renews, the others take what is there."""
    sandbox.expire_access("google")
    sandbox.forget_calls()
    first = ensure_fresh(outside, acme.id, shop.id, refused_version=1)
    second = ensure_fresh(outside, acme.id, shop.id, refused_version=1)
    assert (first.credentials_version, second.credentials_version, refreshes(sandbox)) == (2, 2, 1)


def test_eight_at_once_renew_once(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """A refresh token that works once is never used by two."""
    clock.advance(seconds=3500)
    sandbox.forget_calls()
    gate = threading.Barrier(8)

    def need() -> int:
        gate.wait()
        return ensure_fresh(outside, acme.id, shop.id).credentials_version

    with ThreadPoolExecutor(8) as pool:
        versions = [future.result() for future in [pool.submit(need) for _ in range(8)]]
    assert versions == [2] * 8
    assert refreshes(sandbox) == 1


def test_a_job_passes_by_what_another_is_renewing(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock
) -> None:
    """It does not wait, and does not ask."""
    clock.advance(seconds=3500)
    with outside.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        work.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"renewal/{shop.id}"}
        )
        assert renew_due(outside).counts == {Outcome.BUSY: 1}
    assert renew_due(outside).counts == {Outcome.FRESH: 1}


def test_connecting_anew_meanwhile_wins(
    outside: Runtime, acme: Tenant, admin: Actor, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """What the renewal brings is older than what the person brought: it is dropped."""
    clock.advance(seconds=3500)
    sandbox.set_fault("google", "delay", method="POST", path_regex="oauth2.googleapis.com/token", seconds=0.4)
    with ThreadPoolExecutor(1) as pool:
        renewal = pool.submit(renew_channel, outside, acme.id, shop.id)
        deadline = time.monotonic() + 10
        while sandbox.faults() and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        connected = connect_account(outside, acme, admin, "google_business", shop.account_id)
        outcome = renewal.result().outcome
    stored = read_channel(outside, shop)
    assert stored.status == "connected"
    assert outcome in (Outcome.STANDING, Outcome.FRESH)  # fresh where this machine took longer than the platform
    if outcome is Outcome.STANDING:
        assert stored.credentials_version == connected.credentials_version


def test_an_outage_costs_nothing_while_the_token_lives(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """It is tried again before the end, and the channel stays connected."""
    clock.advance(seconds=3450)
    sandbox.set_fault("google", "status", method="POST", times=None, status=503)
    report = renew_due(outside)
    channel = read_channel(outside, shop)
    assert report.counts == {Outcome.POSTPONED: 1}
    assert len(report.problems) == 1
    assert channel.status == "connected"
    assert channel.renew_at == clock.now() + timedelta(minutes=1)
    assert ensure_fresh(outside, acme.id, shop.id).credentials_version == 1
    assert standing_alerts(outside, acme) == []
    sandbox.clear_faults()
    clock.advance(seconds=60)
    assert renew_due(outside).counts == {Outcome.FRESH: 1}


def test_an_outage_past_the_end_is_told_and_heals_by_itself(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """Expired with an alert while the platform is away; connected, alert and task over, when it is back."""
    clock.advance(seconds=3700)
    sandbox.set_fault("google", "status", method="POST", times=None, status=503)
    with pytest.raises(PlatformUnavailable):
        ensure_fresh(outside, acme.id, shop.id)
    channel = read_channel(outside, shop)
    assert channel.status == "expired"
    assert channel.renew_at is not None
    assert [alert.kind for alert in standing_alerts(outside, acme)] == ["channel_expired"]
    sandbox.clear_faults()
    clock.advance(seconds=301)
    assert renew_due(outside).counts == {Outcome.FRESH: 1}
    assert read_channel(outside, shop).status == "connected"
    assert standing_alerts(outside, acme) == []
    assert [task.status for task in tasks_of(outside, acme)] == ["completed"]


def test_the_platforms_wish_for_time_is_kept(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """Retry-After goes before our own plan."""
    clock.advance(seconds=3700)
    sandbox.set_fault("google", "status", method="POST", status=429, headers={"Retry-After": "1200"})
    with pytest.raises(RateLimited):
        ensure_fresh(outside, acme.id, shop.id)
    assert read_channel(outside, shop).renew_at == clock.now() + timedelta(seconds=1200)


def test_a_consent_that_was_withdrawn_ends_the_channel_with_a_task_before_the_next_post(
    outside: Runtime, acme: Tenant, zenith: Tenant, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """Revoked, one alert, one task for the client's admin within a day; raised once; the neighbour hears nothing."""
    sandbox.revoke_consent("google")
    clock.advance(seconds=3500)
    assert renew_due(outside).counts == {Outcome.LOST: 1}
    assert renew_due(outside).total == 0
    for _ in range(2):
        with pytest.raises(AccessRevoked, match="Connect"):
            ensure_fresh(outside, acme.id, shop.id)
    assert read_channel(outside, shop).status == "revoked"
    (alert,) = standing_alerts(outside, acme)
    (task,) = tasks_of(outside, acme)
    assert (alert.kind, alert.severity, alert.activity_id) == ("channel_revoked", "blocked", task.id)
    assert (task.human_role, task.due_at) == ("admin", clock.now() + timedelta(days=1))
    assert "Open Channels and press Connect again" in (task.instructions or "")
    assert standing_alerts(outside, zenith) == []


def test_connecting_again_ends_alert_and_task(
    outside: Runtime, acme: Tenant, admin: Actor, shop: Channel, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """The same row works again."""
    sandbox.revoke_consent("google")
    clock.advance(seconds=3500)
    renew_due(outside)
    again = connect_account(outside, acme, admin, "google_business", shop.account_id)
    assert (again.id, again.status) == (shop.id, "connected")
    assert standing_alerts(outside, acme) == []
    assert [task.status for task in tasks_of(outside, acme)] == ["completed"]
    assert ensure_fresh(outside, acme.id, shop.id).id == shop.id


def test_linkedin_without_a_refresh_token_is_told_a_week_ahead(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """Only a person can renew it: a warning in time, the end when it comes, no question to the platform."""
    page = connect_account(outside, acme, admin, "linkedin")
    secrets = {name: value for name, value in secrets_of(outside, page).items() if name != "refresh_token"}
    ends = clock.now() + timedelta(days=60)
    change_channel(
        outside, page, credentials=outside.keyring.seal(secrets), renew_at=ends - timedelta(days=7), expires_at=ends
    )
    clock.advance(days=53)
    sandbox.forget_calls()
    assert renew_due(outside).counts == {Outcome.WARNED: 1}
    (alert,) = standing_alerts(outside, acme)
    assert (alert.kind, alert.severity) == ("channel_ending", "attention")
    assert tasks_of(outside, acme)[0].due_at == ends - timedelta(days=1)
    assert read_channel(outside, page).status == "connected"
    assert ensure_fresh(outside, acme.id, page.id).status == "connected"
    clock.advance(days=7)
    assert renew_due(outside).counts == {Outcome.LOST: 1}
    assert read_channel(outside, page).status == "expired"
    assert [alert.kind for alert in standing_alerts(outside, acme)] == ["channel_expired"]
    assert len(tasks_of(outside, acme)) == 1
    assert sandbox.calls() == []


def test_one_clients_trouble_is_not_the_others(
    outside: Runtime, acme: Tenant, zenith: Tenant, shop: Channel, clock: FixedClock
) -> None:
    """Credentials that cannot be read cost one channel its turn; the rest is renewed and stored."""
    stranger = build_person(outside.database, zenith, Role.TENANT_ADMIN, "Zoe Zenith")
    theirs = connect_account(outside, zenith, stranger, "klaviyo")
    change_channel(outside, shop, credentials=b"not sealed by any of our keys")
    clock.advance(seconds=3590)
    report = renew_due(outside)
    assert report.counts == {Outcome.FRESH: 1}
    (problem,) = report.broken
    assert str(shop.id) in problem
    assert read_channel(outside, theirs).credentials_version == 2


def test_a_paused_client_is_left_alone(outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock) -> None:
    """Nothing is done for a client that is taken out of all work."""
    with outside.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        work.session.get_one(Tenant, acme.id).is_active = False
    clock.advance(seconds=3500)
    assert renew_due(outside).total == 0


def test_what_is_not_connected_is_said(
    outside: Runtime, acme: Tenant, zenith: Tenant, admin: Actor, shop: Channel
) -> None:
    """Disconnected, unknown, the neighbour's; a WordPress password needs no renewal."""
    blog = build_channel(outside, acme)
    assert ensure_fresh(outside, acme.id, blog).id == blog
    with pytest.raises(NotFound):
        ensure_fresh(outside, zenith.id, shop.id)
    disconnect(outside, acme.id, admin, shop.id)
    with pytest.raises(Conflict, match="disconnected"):
        ensure_fresh(outside, acme.id, shop.id)


def test_an_app_that_is_wrong_is_told_and_harms_no_channel(
    outside: Runtime, acme: Tenant, shop: Channel, clock: FixedClock
) -> None:
    """The agency's mistake is no client's: the channel stays connected, and somebody hears of it in time."""
    outside.settings = outside.settings.model_copy(update={"platform_apps": None})
    clock.advance(seconds=3450)
    assert renew_due(outside).counts == {Outcome.POSTPONED: 1}
    assert read_channel(outside, shop).status == "connected"
    (alert,) = standing_alerts(outside, acme)
    assert (alert.kind, alert.severity) == ("channel_renewal", "attention")


def test_a_lost_answer_of_a_rotating_platform_is_tried_once_more_and_then_told(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """The platform dropped the old token with its answer: expired, in words, with a task; never asked a third time."""
    account = connect_account(outside, acme, admin, "x")
    clock.advance(seconds=7000)
    sandbox.forget_calls()
    sandbox.set_fault("x", "drop_after", method="POST", path_regex="oauth2/token")
    assert renew_due(outside).counts == {Outcome.LOST: 1}
    channel = read_channel(outside, account)
    assert channel.status == "expired"
    assert "lost on its way" in (channel.status_reason or "")
    assert refreshes(sandbox, "oauth2/token") == 2
    assert [alert.kind for alert in standing_alerts(outside, acme)] == ["channel_expired"]
    assert renew_due(outside).total == 0


def test_a_renewal_that_never_arrived_costs_nothing(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock, sandbox: RunningSandbox
) -> None:
    """The connection broke before the platform took it in: the second try with the same token is the first it sees."""
    account = connect_account(outside, acme, admin, "x")
    before = secrets_of(outside, account)
    clock.advance(seconds=7000)
    sandbox.set_fault("x", "drop_before", method="POST", path_regex="oauth2/token")
    assert renew_due(outside).counts == {Outcome.FRESH: 1}
    after = secrets_of(outside, account)
    assert after["refresh_token"] != before["refresh_token"]
    clock.advance(seconds=7000)
    assert renew_due(outside).counts == {Outcome.FRESH: 1}


@pytest.mark.parametrize("platform", ["x", "tiktok"])
def test_a_rotated_token_replaces_the_old_one(
    outside: Runtime, acme: Tenant, admin: Actor, clock: FixedClock, platform: str
) -> None:
    """Renewed five times in a row: each time with what came last."""
    account = connect_account(outside, acme, admin, platform)
    seen = {secrets_of(outside, account)["refresh_token"]}
    for _ in range(5):
        expires_at = read_channel(outside, account).expires_at
        assert expires_at is not None
        clock.at = expires_at - timedelta(minutes=2)
        assert renew_due(outside).counts == {Outcome.FRESH: 1}
        seen.add(secrets_of(outside, account)["refresh_token"])
    assert len(seen) == 6
