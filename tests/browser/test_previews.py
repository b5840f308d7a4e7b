"""What is typed is counted and shown while it is typed, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.social_world import LONG, add_social
from tests.browser.test_pictures import RITA
from tests.builders import build_blog_month


def test_the_preview_and_the_count_follow_the_keys(
    browser_runtime: Runtime, acme: Tenant, open_page: Callable[..., Page]
) -> None:
    """The fold opens; typing changes the card and the count, and the limit is told at the sign that is too many."""
    posts = add_social(build_blog_month(browser_runtime, acme, posts=1))
    page = open_page(RITA)
    page.goto(f"/t/acme/posts/{posts['linkedin']}")
    words = page.locator(".social-words")
    expect(words.get_by_text("We have measured 312 houses")).to_be_hidden()
    words.locator("summary").click()
    expect(words.get_by_text("We have measured 312 houses")).to_be_visible()
    expect(page.locator(".counters")).to_contain_text("/ 3,000 characters as LinkedIn counts")

    page.goto(f"/t/acme/posts/{posts['linkedin']}/edit")
    text, counter = page.get_by_label("Text", exact=True), page.locator('[data-counter="f-text"]')
    expect(text).to_have_value(LONG)
    text.fill("Benches (oak)")
    expect(counter).to_have_text("15 / 3,000")
    expect(page.locator(".live-preview .social-words")).to_have_text("Benches (oak)")
    expect(page.locator(".live-preview .counters")).to_contain_text("15 / 3,000 characters as LinkedIn counts")
    text.fill("a" * 3001)
    expect(counter).to_have_class("counter is-over")
    expect(page.locator(".live-preview .counters")).to_contain_text("Too long: 3,001 / 3,000")
    expect(text).to_be_focused()
