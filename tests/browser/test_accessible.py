"""axe finds nothing on any main page, in light and dark, wide and on a phone; and it all works at 200 %."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_pictures import ADA, RITA, pages_of
from tests.browser.world import Demo


def complaints(page: Page) -> list[str]:
    """What axe finds, one line each. The previewed post is the client's own words, and not judged here."""
    found = Axe().run(page, context={"exclude": [["iframe"]]})["violations"]
    return [
        f"{page.url}: {violation['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(demo: Demo, open_page: Callable[..., Page], scheme: str) -> None:
    """Every main page, and the sign-in form."""
    page = open_page(RITA, scheme=scheme)
    found: list[str] = []
    for path in pages_of(demo).values():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += complaints(page)
    page.context.clear_cookies()
    page.goto("/sign-in")
    found += complaints(page)
    assert not found, "\n".join(found)


@pytest.mark.timeout(400)
def test_axe_finds_nothing_on_a_phone(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The same at 390 x 844 with touch; what is touched has room for a finger."""
    page = open_page(ADA, width=390, height=844, phone=True)
    found: list[str] = []
    for path in pages_of(demo).values():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found += complaints(page)
    assert not found, "\n".join(found)
    page.goto(f"/t/acme/posts/{demo.post_id}")
    small = page.evaluate(
        """() => [...document.querySelectorAll(".decide .btn, .bottom a, .bottom summary")]
        .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.textContent)"""
    )
    assert small == []


@pytest.mark.timeout(400)
def test_at_200_percent_nothing_is_lost(demo: Demo, open_page: Callable[..., Page]) -> None:
    """A 1280 px window at 200 % is 640 px wide: no sideways scrolling, the decision bar in sight."""
    page = open_page(RITA, width=640, height=450)
    for name, path in pages_of(demo).items():
        page.goto(path)
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not sideways, name
    page.goto(f"/t/acme/posts/{demo.post_id}")
    expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()


def test_the_skip_link_comes_first(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Tab, Enter: past the navigation."""
    page = open_page(RITA)
    page.goto("/t/acme/today")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
