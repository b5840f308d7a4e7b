"""Connecting in a real browser: to the platform's page, back, the choice, and the card; with pictures for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.channels import add_website
from leadmetrics_pipelines.services.probes import probe_channel
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel, build_person
from tests.services.connecting_builders import connect_account, point_at

FOLDER = Path(__file__).parents[2] / ".cache" / "screenshots"
ADA = "ada.admin@acme.example"


@pytest.fixture
def outside(browser_runtime: Runtime, sandbox: RunningSandbox, address: str, acme: Tenant) -> Runtime:
    """The platforms in the sandbox, and the way back to where this test serves the app."""
    point_at(browser_runtime, sandbox)
    browser_runtime.settings = browser_runtime.settings.model_copy(update={"review_url": address})
    with browser_runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        add_website(work, acme.id, "https://www.acme.example")
    return browser_runtime


@pytest.mark.timeout(240)
def test_a_channel_is_connected_and_shown(
    outside: Runtime, acme: Tenant, clock: FixedClock, sandbox: RunningSandbox, open_page: Callable[..., Page]
) -> None:
    """Click, allow, choose with the keyboard: connected. Nothing on the way breaks the content policy."""
    ada = build_person(outside.database, acme, Role.TENANT_ADMIN, "Ada Admin")
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = open_page(ADA)
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # The sandbox's consent page has no favicon; everything else is ours.
        if message.type == "error" and "favicon" not in str(message.location):
            complaints.append(message.text)

    page.on("console", listen)
    page.goto("/t/acme/channels")
    expect(page.get_by_text("No channel yet")).to_be_visible()
    page.screenshot(path=FOLDER / "channels-empty-light.png", full_page=True)
    page.get_by_role("button", name="Connect LinkedIn").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Connect LinkedIn")).to_be_visible()
    assert "code=" not in page.url
    page.screenshot(path=FOLDER / "channels-choice-light.png", full_page=True)
    page.get_by_role("radio", disabled=False).first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Connect this account").click()
    expect(page.get_by_text("Connected:")).to_be_visible()
    expect(page.locator(".channel-card", has_text="LinkedIn")).to_contain_text("rights granted")
    page.get_by_role("button", name="Connect LinkedIn").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("was not allowed")).to_be_visible()
    page.screenshot(path=FOLDER / "channels-denied-light.png", full_page=True)
    assert complaints == []

    for platform in ("google_business", "mailchimp", "klaviyo"):
        connect_account(outside, acme, ada, platform)
    shop = connect_account(outside, acme, ada, "facebook")
    build_channel(outside, acme)
    clock.advance(seconds=3600)
    sandbox.revoke_consent("meta")
    probe_channel(outside, acme.id, ada, shop.id)
    page.goto("/t/acme/channels")
    expect(page.get_by_text("must be connected again")).to_be_visible()
    page.locator(".rights summary").first.click()
    page.screenshot(path=FOLDER / "channels-full-light.png", full_page=True)
    looks: dict[str, dict[str, Any]] = {
        "dark": {"scheme": "dark"},
        "phone": {"width": 390, "height": 844, "phone": True},
    }
    for look, options in looks.items():
        other = open_page(ADA, **options)
        other.goto("/t/acme/channels")
        assert other.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        other.screenshot(path=FOLDER / f"channels-full-{look}.png", full_page=True)
