"""Pictures of every main page, to be looked at by people; each draws without an error, and axe finds nothing on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import complaints as axe_complaints
from tests.browser.world import Demo

FOLDER = Path(__file__).parents[2] / ".cache" / "screenshots"
RITA = "rita.reviewer@acme.example"
ADA = "ada.admin@acme.example"


def pages_of(demo: Demo) -> dict[str, str]:
    """Every main page by the name of its picture."""
    base = f"/t/{demo.month.tenant.slug}"
    return {
        "today": f"{base}/today",
        "inbox": f"{base}/inbox",
        "month": f"{base}/month",
        "calendar": f"{base}/calendar?month=2026-11",
        "dry-run": f"{base}/dry-run",
        "content": f"{base}/content",
        "post": f"{base}/posts/{demo.post_id}",
        "social": f"{base}/posts/{demo.social['linkedin']}",
        "social-pictures": f"{base}/posts/{demo.social['instagram']}",
        "newsletter": f"{base}/posts/{demo.social['mailchimp']}",
        "social-editor": f"{base}/posts/{demo.social['linkedin']}/edit",
        "request": f"{base}/requests/{demo.request_id}",
        "editor": f"{base}/posts/{demo.post_id}/edit",
        "activity": f"{base}/activities/{demo.activity_id}",
        "failed": f"{base}/activities/{demo.failed_id}",
        "new-request": f"{base}/requests/new",
        "channels": f"{base}/channels",
        "team": f"{base}/team",
        "audit": f"{base}/audit",
        "settings": f"{base}/settings",
        "missing": f"{base}/nothing",
    }


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("light", {"scheme": "light"}),
        ("dark", {"scheme": "dark"}),
        ("phone", {"scheme": "light", "width": 390, "height": 844, "phone": True}),
        ("phone-dark", {"scheme": "dark", "width": 390, "height": 844, "phone": True}),
    ],
)
def test_pages_draw_without_errors(
    demo: Demo, open_page: Callable[..., Page], look: str, options: dict[str, object]
) -> None:
    """No page logs an error, breaks the content policy, scrolls sideways, or shuts anybody out (axe)."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = open_page(ADA, **options)
    complaints: list[str] = []
    shut_out: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, path in pages_of(demo).items():
        page.goto(path)
        page.wait_for_load_state("networkidle", timeout=5000)
        page.screenshot(path=FOLDER / f"{name}-{look}.png")
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not sideways, f"{name} scrolls sideways"
        # Its colours are those of dark, its arrangement that of phone.
        shut_out += axe_complaints(page) if look != "phone-dark" else []
    assert not shut_out, "\n".join(shut_out)
    real = [text for text in complaints if "404" not in text]
    assert real == []
