"""Fixtures of the browser tier: the review app on a free port, Chromium, and people who are signed in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Page

from leadmetrics_pipelines.kit import passwords
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.world import Demo, build_demo
from tests.builders import PASSWORD, build_runtime

START_SECONDS = 10


@pytest.fixture
def browser_runtime(database: Database, clock: FixedClock, home: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime on the test's database; signing in is cheap."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return build_runtime(database, clock, home)


@pytest.fixture
def demo(browser_runtime: Runtime, acme: Tenant, zenith: Tenant) -> Demo:
    """Acme in the middle of its month; Zenith, the neighbour, has nothing yet."""
    return build_demo(browser_runtime, acme)


@pytest.fixture
def address(browser_runtime: Runtime) -> Iterator[str]:
    """Where the app answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(
            create_app(browser_runtime), log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=START_SECONDS)


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a browser window for somebody who signs in: `open_page("rita.reviewer@acme.example", width=1440)`.

    Without an e-mail it stays at the sign-in form.
    """
    contexts: list[BrowserContext] = []

    def open_(email: str, *, width: int = 1440, height: int = 900, scheme: str = "light", phone: bool = False) -> Page:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in")
        if not email:
            return page
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/t/**")
        return page

    yield open_
    for context in contexts:
        context.close()
