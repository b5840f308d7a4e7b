"""The inbox with nothing but a keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.world import Demo
from tests.review.pages_world import PagesWorld, build_pages

RITA = "rita.reviewer@acme.example"


@pytest.fixture
def forty(browser_runtime: Runtime, acme: Tenant) -> PagesWorld:
    """Forty topics that wait."""
    return build_pages(browser_runtime, acme, posts=40)


def open_inbox(page: Page) -> None:
    """The inbox with its first item open and settled."""
    page.goto("/t/acme/inbox")
    expect(page.locator("#item-title")).to_be_visible()


def test_forty_decisions_are_forty_keystrokes(forty: PagesWorld, open_page: Callable[..., Page]) -> None:
    """Each `a` approves the item that is shown and opens the next, until nothing waits."""
    page = open_page(RITA)
    open_inbox(page)
    for left in range(39, -1, -1):
        title = page.locator("#item-title").inner_text()
        page.keyboard.press("a")
        if left:
            expect(page.locator("#item-title")).not_to_have_text(title)
            expect(page.locator("#rows .row.is-current .row-title")).to_contain_text(
                page.locator("#item-title").inner_text()
            )
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    assert forty.month.open_approvals("request") == []


def test_a_held_key_approves_one_item(forty: PagesWorld, open_page: Callable[..., Page]) -> None:
    """The key's repeats mean nothing, however long it is held."""
    page = open_page(RITA)
    open_inbox(page)
    title = page.locator("#item-title").inner_text()
    for _ in range(25):
        page.keyboard.down("a")  # the second and later of these carry event.repeat
    expect(page.locator("#item-title")).not_to_have_text(title)
    page.keyboard.up("a")
    page.wait_for_load_state("networkidle")
    assert len(forty.month.open_approvals("request")) == 39


def test_a_fast_second_press_waits_for_the_next_item(forty: PagesWorld, open_page: Callable[..., Page]) -> None:
    """Three presses within a moment decide at most what was on the screen at each press."""
    page = open_page(RITA)
    open_inbox(page)
    title = page.locator("#item-title").inner_text()
    page.evaluate(
        """() => { for (let n = 0; n < 3; n++)
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true, cancelable: true })); }"""
    )
    expect(page.locator("#item-title")).not_to_have_text(title)
    page.wait_for_load_state("networkidle")
    assert len(forty.month.open_approvals("request")) == 39


def test_moving_rejecting_undoing_and_selecting(forty: PagesWorld, open_page: Callable[..., Page]) -> None:
    """Keys: j and k move, d asks for a reason and sends it, z takes it back, x selects, e edits, ? helps."""
    page = open_page(RITA)
    open_inbox(page)
    first = page.locator("#item-title").inner_text()
    page.keyboard.press("j")
    expect(page.locator("#item-title")).not_to_have_text(first)
    page.keyboard.press("k")
    expect(page.locator("#item-title")).to_have_text(first)
    page.keyboard.press("d")
    page.keyboard.type("We wrote about this in October")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Rejected")
    expect(page.locator("#item-title")).not_to_have_text(first)
    assert len(forty.month.open_approvals("request")) == 39
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Undone")
    expect(page.locator("#item-title")).to_have_text(first)
    assert len(forty.month.open_approvals("request")) == 40
    page.keyboard.press("x")
    page.keyboard.press("j")
    expect(page.locator("#item-title")).not_to_have_text(first)
    page.keyboard.press("x")
    expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#bulk-bar").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Approved: 2")).to_be_visible()
    assert len(forty.month.open_approvals("request")) == 38


def test_editing_in_place_and_approving_in_one_act(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Pressing e opens the editor in the inbox; save and approve goes on to the next item."""
    page = open_page(RITA)
    page.goto("/t/acme/inbox?kind=post")
    expect(page.locator("#item-title")).to_be_visible()
    page.keyboard.press("e")
    title = page.get_by_label("Title")
    expect(title).to_be_visible()
    title.fill("A better title")
    expect(page.locator('[data-counter="f-title"]')).to_contain_text("14 / 200")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.locator("#toasts")).to_contain_text("Approved: A better title")
    expect(page.locator("#item-title")).not_to_have_text("A better title")


def test_the_preview_shows_the_post_and_runs_nothing(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The frame holds the article at its full height, and the keys still work after a click into it."""
    page = open_page(RITA)
    page.goto(f"/t/acme/posts/{demo.post_id}")
    frame = page.frame_locator("iframe[data-fit]")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Underfloor heating")
    assert page.locator("iframe[data-fit]").bounding_box()["height"] > 900  # type: ignore[index]
    assert page.locator("iframe[data-fit]").get_attribute("sandbox") is not None
    assert "allow-scripts" not in (page.locator("iframe[data-fit]").get_attribute("sandbox") or "")


def test_the_palette_finds_a_post(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Ctrl-K, a few letters, Enter."""
    page = open_page(RITA)
    page.goto("/t/acme/today")
    page.keyboard.press("Control+k")
    page.keyboard.type("noise")
    page.keyboard.press("Control+a")
    page.keyboard.type("how loud")
    expect(page.locator("#palette .hit").first).to_contain_text("How loud is a heat pump")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/**")


def test_new_work_appears_by_itself(browser_runtime: Runtime, acme: Tenant, open_page: Callable[..., Page]) -> None:
    """A draft that is handed in meanwhile is in the list and in the count within seconds."""
    world = build_pages(browser_runtime, acme, posts=2)
    page = open_page(RITA)
    open_inbox(page)
    from tests.review.pages_world import write_posts

    write_posts(world.month, 1)
    expect(page.locator("#rows")).to_contain_text("copywriter", timeout=20000)


def test_a_dead_server_says_so_and_comes_back(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Offline, a banner appears; online again, it goes by itself."""
    page = open_page(RITA)
    open_inbox(page)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible(timeout=10000)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden(timeout=10000)
