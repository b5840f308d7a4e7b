"""Connecting channels, and the switches that stop them: what is stored, what is refused, and what stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import HoldScope
from leadmetrics_pipelines.domain.people import Actor, Role
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    Conflict,
    InvalidInput,
    LeadmetricsError,
    NotAllowed,
    NotFound,
    PlatformUnavailable,
)
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.channels import (
    connect_channel,
    disconnect_channel,
    list_channels,
    list_holds,
    release_hold,
    set_hold,
)
from leadmetrics_pipelines.services.probes import probe_channel
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel, build_person
from tests.platforms.builders import PASSWORDS
from tests.services.publishing_builders import IMPATIENT

pytestmark = pytest.mark.usefixtures("cheap_passwords")
EDITOR = {"username": "editor", "application_password": PASSWORDS["editor"]}
AUTHOR = {"username": "author", "application_password": PASSWORDS["author"]}


@pytest.fixture
def impatient(runtime: Runtime) -> Runtime:
    """A runtime that waits half a second, not thirty."""
    runtime._http = HttpClients(timeouts=IMPATIENT)
    return runtime


@pytest.fixture
def admin(impatient: Runtime, acme: Tenant, zenith: Tenant) -> Actor:
    """Acme's own admin."""
    return build_person(impatient.database, acme, Role.TENANT_ADMIN, "Tina Admin")


def connect(
    runtime: Runtime, tenant: Tenant, actor: Actor, url: str, credentials: Mapping[str, str] = EDITOR,
    platform: str = "wordpress",
) -> Channel:  # fmt: skip
    return connect_channel(
        runtime, tenant.id, actor, platform=platform, name=" Acme  blog ", base_url=url, credentials=credentials
    )


def channels(runtime: Runtime, tenant: Tenant) -> list[Channel]:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(list_channels(work))


def test_connecting_asks_the_site_and_stores_the_credentials_encrypted(
    impatient: Runtime, acme: Tenant, zenith: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """The channel is connected, names the account, and its password is nowhere in the clear."""
    connect(impatient, acme, admin, sandbox.wordpress_url() + "/")
    (channel,) = channels(impatient, acme)
    assert (channel.name, channel.status, channel.base_url) == ("Acme blog", "connected", sandbox.wordpress_url())
    assert channel.facts["account"] == "Editor"
    assert impatient.keyring.open(channel.credentials or b"") == EDITOR
    assert b"demo" not in (channel.credentials or b"")
    assert channels(impatient, zenith) == []
    with impatient.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        rows = work.session.scalars(select(AuditRow).where(AuditRow.subject_kind == "channel")).all()
        assert [(row.action, row.to_state, row.actor_name) for row in rows] == [
            ("channel.moved", "connected", "Tina Admin")
        ]
        assert "demo" not in str([row.detail for row in rows])


@pytest.mark.parametrize(
    ("url", "credentials", "platform", "error", "words"),
    [
        (None, EDITOR | {"application_password": "wrong"}, "wordpress", AccessRevoked, "application password"),
        (None, EDITOR | {"application_password": " "}, "wordpress", InvalidInput, "Application password"),
        (None, {}, "wordpress", InvalidInput, "User name and Application password"),
        (None, EDITOR | {"passwort": "x"}, "wordpress", InvalidInput, "passwort"),
        (None, EDITOR, "myspace", InvalidInput, "Platforms: wordpress"),
        ("http://127.0.0.1:1", EDITOR, "wordpress", PlatformUnavailable, "No connection"),
        ("http://10.0.0.1", EDITOR, "wordpress", InvalidInput, "not a public address"),
        ("ftp://example.com", EDITOR, "wordpress", InvalidInput, "not a web address"),
    ],
)
def test_what_does_not_work_is_said_and_not_stored(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox, url: str | None,
    credentials: Mapping[str, str], platform: str, error: type[LeadmetricsError], words: str,
) -> None:  # fmt: skip
    """Wrong or missing password, unknown platform, site away, private address: a clear error, and no channel."""
    with pytest.raises(error, match=words):
        connect(impatient, acme, admin, url or sandbox.wordpress_url(), credentials, platform)
    assert channels(impatient, acme) == []


def test_a_site_that_answers_html_is_not_connected(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """A page instead of the API: said in words that lead somewhere."""
    sandbox.set_fault("wordpress", "html", times=None)
    with pytest.raises(PlatformUnavailable, match="does not speak the WordPress REST API"):
        connect(impatient, acme, admin, sandbox.wordpress_url())
    assert channels(impatient, acme) == []


def test_loopback_needs_the_settings_permission(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """Outside of the demo no channel leads back into the house."""
    strict = replace(impatient, settings=impatient.settings.model_copy(update={"allow_loopback": False}))
    with pytest.raises(InvalidInput, match="LEADMETRICS_ALLOW_LOOPBACK"):
        connect(strict, acme, admin, sandbox.wordpress_url())


def test_reconnecting_replaces_the_credentials_of_the_same_channel(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """Same platform and address: the same channel, so that its posts and history stay."""
    first = connect(impatient, acme, admin, sandbox.wordpress_url())
    second = connect(impatient, acme, admin, sandbox.wordpress_url(), AUTHOR)
    (channel,) = channels(impatient, acme)
    assert first.id == second.id == channel.id
    assert impatient.keyring.open(channel.credentials or b"") == AUTHOR


@pytest.mark.parametrize("credentials", [{}, EDITOR | {"application_password": "wrong"}])
def test_a_failed_reconnection_changes_nothing(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox, credentials: Mapping[str, str]
) -> None:
    """What works is never overwritten with nothing, or with what does not work."""
    connect(impatient, acme, admin, sandbox.wordpress_url())
    with pytest.raises(LeadmetricsError):
        connect(impatient, acme, admin, sandbox.wordpress_url(), credentials)
    (channel,) = channels(impatient, acme)
    assert (channel.status, impatient.keyring.open(channel.credentials or b"")) == ("connected", EDITOR)


def test_a_probe_tells_away_from_refused(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """Away: still connected, with a remark. Refused: revoked, with the reason. Connected again: no remark."""
    channel_id = connect(impatient, acme, admin, sandbox.wordpress_url()).id
    sandbox.set_fault("wordpress", "status", status=503, times=None)
    away = probe_channel(impatient, acme.id, admin, channel_id)
    assert (away.status, "503" in (away.status_reason or "")) == ("connected", True)
    sandbox.clear_faults()
    fine = probe_channel(impatient, acme.id, admin, channel_id)
    assert (fine.status, fine.status_reason) == ("connected", None)
    sandbox.revoke_passwords("acme", "editor")
    refused = probe_channel(impatient, acme.id, admin, channel_id)
    assert (refused.status, "application password" in (refused.status_reason or "")) == ("revoked", True)
    assert connect(impatient, acme, admin, sandbox.wordpress_url(), AUTHOR).status == "connected"


def test_disconnecting_forgets_the_credentials(
    impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox
) -> None:
    """Nothing usable is kept; probing says how to come back."""
    channel_id = connect(impatient, acme, admin, sandbox.wordpress_url()).id
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work:
        disconnect_channel(work, channel_id)
    (channel,) = channels(impatient, acme)
    assert (channel.status, channel.credentials) == ("disconnected", None)
    with pytest.raises(Conflict, match="Connect it again"):
        probe_channel(impatient, acme.id, admin, channel_id)


def test_only_who_manages_channels_may(impatient: Runtime, acme: Tenant, admin: Actor, sandbox: RunningSandbox) -> None:
    """A reviewer is refused before the site is asked; the neighbour's channel is not there."""
    reviewer = build_person(impatient.database, acme)
    with pytest.raises(NotAllowed):
        connect(impatient, acme, reviewer, sandbox.wordpress_url())
    assert sandbox.calls("wordpress") == []


def test_one_tenant_cannot_touch_the_others_channel(
    impatient: Runtime, acme: Tenant, zenith: Tenant, admin: Actor
) -> None:
    """Not probe, not disconnect, not hold."""
    theirs = build_channel(impatient, zenith)
    with pytest.raises(NotFound):
        probe_channel(impatient, acme.id, admin, theirs)
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work:
        with pytest.raises(NotFound):
            disconnect_channel(work, theirs)
        with pytest.raises(NotFound):
            set_hold(work, HoldScope.CHANNEL, theirs, "Not ours")
    assert channels(impatient, zenith)[0].status == "connected"


def test_a_hold_is_on_until_it_is_released(impatient: Runtime, acme: Tenant, zenith: Tenant, admin: Actor) -> None:
    """Set once, named in the refusal of the second, released with a trace, and unseen by the neighbour."""
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work:
        hold = set_hold(work, HoldScope.TENANT, None, " Wrong prices ")
        with pytest.raises(Conflict, match=r"Tina Admin has held this since .*: Wrong prices"):
            set_hold(work, HoldScope.TENANT, None, "Again")
        assert [row.reason for row in list_holds(work)] == ["Wrong prices"]
    with impatient.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        assert list_holds(work) == []
        with pytest.raises(NotFound):
            release_hold(work, hold.id)
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work:
        release_hold(work, hold.id)
        assert list_holds(work) == []
        with pytest.raises(Conflict, match="Tina Admin released this hold"):
            release_hold(work, hold.id)
    with impatient.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        actions = work.session.scalars(
            select(AuditRow.action).where(AuditRow.subject_kind == "hold").order_by(AuditRow.id)
        )
        assert list(actions) == ["hold.set", "hold.released"]


def test_a_hold_on_everything_is_the_platforms(impatient: Runtime, acme: Tenant, admin: Actor) -> None:
    """A tenant sees it and can neither set nor release it."""
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work, pytest.raises(NotAllowed):
        set_hold(work, HoldScope.ALL, None, "Mine")
    platform = build_person(impatient.database, acme, Role.PLATFORM_ADMIN, "Pia Platform")
    with impatient.unit_of_work(tenant=acme.id, actor=platform) as work, pytest.raises(NotAllowed):
        set_hold(work, HoldScope.ALL, None, "From within a tenant")
    with impatient.unit_of_work(tenant=all_tenants, actor=platform) as work:
        hold = set_hold(work, HoldScope.ALL, None, "Platform trouble")
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work:
        assert [row.reason for row in list_holds(work)] == ["Platform trouble"]
        with pytest.raises(NotAllowed):
            release_hold(work, hold.id)
    with impatient.unit_of_work(tenant=all_tenants, actor=platform) as work:
        release_hold(work, hold.id)


@pytest.mark.parametrize(("scope", "reason"), [(HoldScope.TENANT, " "), (HoldScope.CHANNEL, "No channel named")])
def test_a_hold_needs_a_reason_and_its_channel(
    impatient: Runtime, acme: Tenant, admin: Actor, scope: HoldScope, reason: str
) -> None:
    """Whoever finds publishing standing still reads why."""
    with impatient.unit_of_work(tenant=acme.id, actor=admin) as work, pytest.raises(InvalidInput):
        set_hold(work, scope, None, reason)
