"""Connecting in the review app: the way there and back, the choice, and what pages and addresses never show."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.review.pages_world import Browser, PagesWorld, build_pages
from tests.services.connecting_builders import point_at, secrets_of, walk_consent


@pytest.fixture
def outside(pages: PagesWorld, sandbox: RunningSandbox, zenith: Tenant) -> PagesWorld:
    """The pages, with every platform in the sandbox."""
    point_at(pages.runtime, sandbox)
    return pages


@pytest.fixture
def admin(outside: PagesWorld) -> Browser:
    return outside.someone(Role.TENANT_ADMIN, "Tina Admin")


def go_there(browser: Browser, platform: str = "linkedin") -> str:
    """The platform's address that Connect leads to."""
    answer = browser.post("channels/connect", {"platform": platform}, htmx=True)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["HX-Redirect"])


def come_back(browser: Browser, address: str, *, decision: str = "allow") -> str:
    """Where the browser is in the end, as a path."""
    path, back = walk_consent(address, decision=decision)
    query = {"state": back.state, **({"code": back.code} if back.code else {"error": back.error})}
    answer = browser.client.get(path, params=query, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_the_whole_way_in_the_browser(outside: PagesWorld, admin: Browser) -> None:
    """Connect, allow, choose: a card with account, rights and times; no code and no token in any address or page."""
    assert "No channel yet" not in admin.get("channels").text
    choice = come_back(admin, go_there(admin))
    assert urlsplit(choice).query == ""
    page = admin.get(choice)
    assert "Choose what to connect" in page.text
    account = re.search(r'name="account_id" value="(\d+)" required(?! disabled)', page.text)
    assert account is not None
    done = admin.post(choice, {"account_id": account[1]})
    assert done.headers["location"].endswith("/channels")
    shown = admin.get("channels").text
    with outside.runtime.unit_of_work(tenant=outside.tenant.id, actor=TESTER) as work:
        channel = work.session.scalars(select(Channel).where(Channel.platform == "linkedin")).one()
    assert channel.name in shown
    assert "rights granted" in shown
    tokens = [value for name, value in secrets_of(outside.runtime, channel).items() if name.endswith("token")]
    assert len(tokens) == 2
    for secret in tokens:
        assert secret not in shown
        assert secret not in page.text


def test_without_scripts_there_is_a_link(admin: Browser) -> None:
    """A form may lead nowhere but to us, so the way on is a link; it says what will be asked."""
    page = admin.post("channels/connect", {"platform": "linkedin"})
    assert page.status_code == 200
    assert "Go on to LinkedIn" in page.text
    assert "What LinkedIn Page will ask you" in page.text


def test_a_no_is_told_with_the_way_to_begin_again(admin: Browser) -> None:
    """Nothing was stored, and one click begins anew."""
    page = admin.get(come_back(admin, go_there(admin), decision="deny"))
    assert "was not allowed" in page.text
    assert "Connect again" in page.text


def test_a_choice_that_cannot_be_is_refused_in_place(admin: Browser) -> None:
    """The list stays, with the reason above it."""
    choice = come_back(admin, go_there(admin))
    answer = admin.post(choice, {"account_id": "invented"})
    assert answer.status_code == 422
    assert "not among those" in answer.text
    assert "Connect this account" in answer.text
    assert admin.post(choice, {}).status_code == 422


def test_who_is_not_signed_in_keeps_no_code_in_the_address(outside: PagesWorld, admin: Browser) -> None:
    """No way back through the sign-in: the code would be written down on the way."""
    path, back = walk_consent(go_there(admin))
    answer = outside.client.get(path, params={"state": back.state, "code": back.code}, follow_redirects=False)
    assert answer.status_code == 422
    assert "Your sign-in ended" in answer.text
    assert back.code not in answer.text
    assert "location" not in answer.headers


def test_a_way_back_that_is_not_right_is_a_page_with_words(outside: PagesWorld, admin: Browser) -> None:
    """Invented, used twice, somebody else's."""
    assert "belongs to no connecting" in admin.get("/channels/return/linkedin", state="invented", code="c").text
    path, back = walk_consent(go_there(admin))
    query = {"state": back.state, "code": back.code}
    other = outside.someone(Role.TENANT_ADMIN, "Otto Other")
    assert other.client.get(path, params=query).status_code == 403
    assert admin.client.get(path, params=query, follow_redirects=False).status_code == 303
    assert admin.client.get(path, params=query, follow_redirects=False).status_code == 409


def test_the_neighbours_attempt_and_channel_are_not_there(outside: PagesWorld, admin: Browser, zenith: Tenant) -> None:
    """Neither page nor form of another client."""
    choice = come_back(admin, go_there(admin))
    stranger = build_pages(outside.runtime, zenith).someone(Role.TENANT_ADMIN, "Zoe Zenith")
    theirs = choice.replace("/t/acme/", "/t/zenith/")
    assert stranger.get(theirs).status_code == 404
    assert stranger.post(theirs, {"account_id": "1"}).status_code == 404
    assert stranger.get(choice).status_code == 404


def test_who_may_not_manage_sees_channels_and_no_buttons(outside: PagesWorld) -> None:
    """A reviewer reads; connecting is refused, forged or not."""
    reviewer = outside.reviewer()
    page = reviewer.get("channels").text
    assert "Acme blog" in page
    assert "Connect again" not in page
    assert reviewer.post("channels/connect", {"platform": "linkedin"}).status_code == 403


def test_an_app_that_is_not_set_up_shows_as_such(outside: PagesWorld, admin: Browser) -> None:
    """The platform is listed, its button is off, and a forged click says what to set."""
    outside.runtime.settings = outside.runtime.settings.model_copy(update={"platform_apps": None})
    assert "not set up" in admin.get("channels").text
    answer = admin.post("channels/connect", {"platform": "linkedin"}, htmx=True)
    assert answer.status_code == 422
    assert "LEADMETRICS_PLATFORM_APPS" in answer.text


def test_a_lost_access_shows_its_alert_on_the_card(
    outside: PagesWorld, admin: Browser, sandbox: RunningSandbox
) -> None:
    """What happened and the button that mends it; gone when it is connected again."""
    choice = come_back(admin, go_there(admin))
    account = re.search(r'name="account_id" value="(\d+)" required(?! disabled)', admin.get(choice).text)
    assert account is not None
    admin.post(choice, {"account_id": account[1]})
    with outside.runtime.unit_of_work(tenant=outside.tenant.id, actor=TESTER) as work:
        channel = work.session.scalars(select(Channel).where(Channel.platform == "linkedin")).one()
    sandbox.revoke_consent("linkedin")
    outside.month.clock.advance(seconds=3600)
    probed = admin.post(f"channels/{channel.id}/probe")
    assert probed.status_code == 303, probed.text
    page = admin.get("channels").text
    assert "must be connected again" in page
    assert "Access revoked" in page
    disconnected = admin.post(f"channels/{channel.id}/disconnect")
    assert disconnected.status_code == 303
    assert "must be connected again" not in admin.get("channels").text
