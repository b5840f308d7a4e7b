"""The score pages in Chromium: drawn without an error or sideways scrolling, axe finds nothing; pictures to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.services.goals import set_score_goal
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, build_person
from tests.services.health_builders import GOOGLE, LINKEDIN, add_channel, add_snapshot, score

FOLDER = Path(__file__).parents[2] / ".cache" / "screenshots"
LOOKS = {
    "light": {"scheme": "light", "width": 1280},
    "dark": {"scheme": "dark", "width": 1280},
    "phone": {"scheme": "light", "width": 390, "height": 844, "phone": True},
}


@pytest.fixture
def channels(browser_runtime: Runtime, acme: Tenant, zenith: Tenant) -> dict[str, UUID]:
    """Four channels of every sort: half a year of history, a gap, one month, nothing known; and a goal."""
    database: Database = browser_runtime.database
    made = {
        "linkedin": add_channel(database, acme, "linkedin", "Acme Garden Furniture"),
        "google": add_channel(database, acme, "google_business", "Acme Shop, Zürich"),
        "wordpress": add_channel(database, acme, "wordpress", "Acme Blog"),
        "x": add_channel(database, acme, "x", "acme_garden"),
    }
    month = NOVEMBER
    for n in range(5):
        rising = LINKEDIN | {"engagement_rate": 0.022 - n * 0.003, "posts_in_month": 9 - n}
        add_snapshot(database, acme, made["linkedin"], rising | {"content_kinds": None} if n == 0 else rising, month)
        if n != 2:
            add_snapshot(database, acme, made["google"], GOOGLE | {"photos": 12 - 3 * n}, month)
        month = month.preceding()
    add_snapshot(database, acme, made["wordpress"], {"average_words": 640, "https": True, "image_share": 0.8})
    add_snapshot(database, acme, made["x"], {"engagement_rate": None})
    for _ in range(5):
        month = month.following()
        score(database, acme.slug, zenith.slug, month=month)
    admin = build_person(database, acme, Role.TENANT_ADMIN, "Ada Admin")
    with browser_runtime.unit_of_work(tenant=acme.id, actor=admin) as work:
        set_score_goal(work, made["linkedin"], target=80, months=3)
    return made


@pytest.mark.timeout(120)
@pytest.mark.parametrize("look", LOOKS)
def test_score_pages_draw(channels: dict[str, UUID], open_page: Callable[..., Page], look: str) -> None:
    """All cards, a channel in full with its facts open, one month alone, and nothing known."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = open_page("ada.admin@acme.example", **LOOKS[look])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    shown = channels if look == "light" else {"linkedin": channels["linkedin"]}
    pages = {"scores": "/t/acme/scores"} | {f"score-{name}": f"/t/acme/scores/{id_}" for name, id_ in shown.items()}
    for name, path in pages.items():
        page.goto(path)
        page.wait_for_load_state("networkidle", timeout=5000)
        if name != "scores":
            page.locator("details.dimension").first.evaluate("(e) => { e.open = true }")
        page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not sideways, f"{name} scrolls sideways"
        if name in ("scores", "score-linkedin"):
            found = Axe().run(page)["violations"]
            assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found] == [], name
    assert complaints == []
