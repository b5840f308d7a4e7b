"""Room for fingers, 200 %, the skip link, the form at the door. What axe finds on each page: test_pictures.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.axe import complaints
from tests.browser.test_pictures import ADA, RITA, pages_of
from tests.browser.world import Demo


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_door(acme: Tenant, open_page: Callable[..., Page], scheme: str) -> None:
    """The sign-in form. The pages behind it are looked at while their pictures are taken (test_pictures.py)."""
    page = open_page("", scheme=scheme)
    assert not complaints(page)


def test_what_is_touched_has_room_for_a_finger(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The bar of a decision and the bar at the bottom, at 390 x 844."""
    page = open_page(ADA, width=390, height=844, phone=True)
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
