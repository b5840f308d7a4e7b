"""The whole way, as people walk it: from an empty home to a post live on the site, with rejection and rework."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.tenants import register_tenant
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import PASSWORD, TESTER, build_person
from tests.journeys.operations import operations_at_work

# Agents, sensors and a browser share two cores; nobody waits in vain this long.
PATIENCE_MS = 120_000


@pytest.fixture
def client(live_runtime: Runtime) -> Tenant:
    """A client nobody has done anything for yet, its neighbour, and three people."""
    with live_runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        tenant = register_tenant(
            work, slug="acme", name="Acme", website_url="https://acme.example", time_zone="Europe/Zurich",
            profile={
                "industry": "Garden furniture", "products": ["teak tables", "garden benches"],
                "audience": "garden owners", "tone": "warm", "location": "Zurich",
            },
        )  # fmt: skip
        register_tenant(work, slug="zenith", name="Zenith", website_url="https://zenith.example")
    build_person(live_runtime.database, tenant, Role.TENANT_ADMIN, "Anna Admin")
    build_person(live_runtime.database, tenant, Role.REVIEWER, "Rita Reviewer")
    return tenant


def sign_in(browser: Browser, address: str, email: str) -> Page:
    page = browser.new_context(base_url=address, viewport={"width": 1360, "height": 860}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/t/acme/**")
    return page


def set_the_client_up(page: Page, site: str) -> None:
    """The client's admin follows the three steps of the empty home."""
    expect(page.get_by_role("heading", name="Three steps to the first post")).to_be_visible()
    page.goto("/t/acme/channels")
    if not page.get_by_label("Address of the site").is_visible():
        page.get_by_text("Connect a WordPress site").click()
    page.get_by_label("Name", exact=True).fill("Acme blog")
    page.get_by_label("Address of the site").fill(site)
    page.get_by_label("WordPress user").fill("editor")
    page.get_by_label("Application password").fill("not the password")
    page.get_by_role("button", name="Ask the site and connect").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was stored")
    page.get_by_label("Application password").fill("demo demo demo demo demo demo")
    page.get_by_role("button", name="Ask the site and connect").click()
    expect(page.get_by_text("Connected").first).to_be_visible()
    page.goto("/t/acme/settings")
    page.get_by_label("Name", exact=True).fill("Blog posts")
    page.get_by_label("How many a month").first.fill("2")
    page.get_by_role("group", name="Channels").get_by_label("Acme blog").check()
    page.get_by_role("button", name="Promise it").click()
    expect(page.get_by_text("2 a month")).to_be_visible()


def wait_for_rows(page: Page, kind: str, count: int) -> None:
    """New items appear by themselves."""
    page.goto(f"/t/acme/inbox?kind={kind}")
    expect(page.locator("li[data-item]")).to_have_count(count, timeout=PATIENCE_MS)


def send_back(page: Page, key: str, reason: str) -> None:
    """Reject or ask for changes with the keyboard, with a reason."""
    title = page.locator("#item-title").inner_text()
    page.locator("#decide").wait_for()
    page.keyboard.press(key)
    box = page.locator("details[data-reason][open] textarea")
    box.fill(reason)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#item[data-title={title!r}]")).to_have_count(0)


def approve(page: Page) -> None:
    """Approve the open item with the keyboard."""
    title = page.locator("#item-title").inner_text()
    page.locator("#decide").wait_for()
    page.keyboard.press("a")
    expect(page.locator(f"#item[data-title={title!r}]")).to_have_count(0, timeout=PATIENCE_MS)


@pytest.mark.timeout(600)
def test_from_an_empty_home_to_a_post_on_the_site(
    chromium: Browser, live_address: str, live_runtime: Runtime, client: Tenant, sandbox: RunningSandbox,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Connect, promise; topics come, one is rejected and comes back; drafts come, one is rewritten; both go live."""
    site = sandbox.make_site("journey")
    with operations_at_work(live_runtime, tmp_path):
        admin = sign_in(chromium, live_address, "anna.admin@acme.example")
        set_the_client_up(admin, site)

        reviewer = sign_in(chromium, live_address, "rita.reviewer@acme.example")
        wait_for_rows(reviewer, "request", 2)
        reviewer.locator("li[data-item] a").first.click()
        rejected = reviewer.locator("#item-title").inner_text()
        send_back(reviewer, "d", "We wrote about this in spring")
        expect(reviewer.locator("li[data-item]")).to_have_count(2, timeout=PATIENCE_MS)
        expect(reviewer.locator(".row-title", has_text=rejected)).to_have_count(0)

        for left in (1, 0):
            wait_for_rows(reviewer, "request", left + 1)
            reviewer.locator("li[data-item] a").first.click()
            approve(reviewer)
        wait_for_rows(reviewer, "post", 2)
        reviewer.locator("li[data-item] a").first.click()
        send_back(reviewer, "r", "Please mention our repair workshop")
        wait_for_rows(reviewer, "post", 2)
        reviewer.locator("li[data-item] a").last.click()
        expect(reviewer.get_by_role("heading", name="What changed since the version before")).to_be_visible()
        expect(reviewer.locator("ins").first).to_be_visible()
        for left in (1, 0):
            wait_for_rows(reviewer, "post", left + 1)
            reviewer.locator("li[data-item] a").first.click()
            approve(reviewer)

        reviewer.goto("/t/acme/today")
        live = reviewer.get_by_role("link", name="On the site")
        for _ in range(60):
            if live.count() == 2:
                break
            reviewer.wait_for_timeout(1000)
            reviewer.reload()
        expect(live).to_have_count(2)
        expect(reviewer.get_by_text("/2 completed this month")).to_be_visible()
        url = live.first.get_attribute("href") or ""
        reviewer.goto(url)
        expect(reviewer.locator("body")).to_contain_text("Acme")
    assert [post.status for post in sandbox.posts("journey")] == ["publish", "publish"]
