"""What axe has to say about a page."""

from __future__ import annotations

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page


def complaints(page: Page) -> list[str]:
    """What axe finds, one line each. What is in a frame is the client's own words, and not judged here."""
    found = Axe().run(page, context={"exclude": [["iframe"]]})["violations"]
    return [
        f"{page.url}: {violation['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for violation in found
        for node in violation["nodes"]
    ]
