"""The calendar by mouse and by keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Page, expect

from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.test_pictures import RITA
from tests.builders import TESTER
from tests.review.pages_world import PagesWorld, build_pages, write_posts


def planned_day(world: PagesWorld, post_id: UUID) -> str:
    with world.runtime.unit_of_work(tenant=world.tenant.id, actor=TESTER) as work:
        local = work.session.get_one(Post, post_id).publish_local
        return "" if local is None else f"{local:%Y-%m-%d}"


def test_a_post_is_dragged_and_moved_by_keys(
    browser_runtime: Runtime, acme: Tenant, open_page: Callable[..., Page]
) -> None:
    """From beside the month onto a day; Alt and the arrows move it on, and the focus stays with it."""
    world = build_pages(browser_runtime, acme, posts=1)
    (post_id,) = write_posts(world.month, 1)
    first = (world.runtime.clock.now() + timedelta(days=8)).date()
    page = open_page(RITA)
    page.goto(f"/t/acme/calendar?month={first:%Y-%m}")
    item = page.locator(f"#event-{post_id}")
    expect(page.locator(f".unplanned #event-{post_id}")).to_be_visible()

    item.drag_to(page.locator(f'[data-day="{first}"]'))
    expect(page.locator(f'[data-day="{first}"] #event-{post_id}')).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text(f"{first:%A, %d %B}")
    assert planned_day(world, post_id) == str(first)

    moves = (("Alt+ArrowRight", 1), ("Alt+ArrowDown", 7), ("Alt+ArrowLeft", -1), ("Alt+ArrowUp", -7))
    day = first
    item.get_by_role("link").focus()
    for keys, days in moves:
        day += timedelta(days=days)
        page.keyboard.press(keys)
        expect(item).to_have_attribute("data-date", str(day))
        expect(item.get_by_role("link")).to_be_focused()
        assert planned_day(world, post_id) == str(day)
    assert "/calendar" in page.url
