"""A connected TikTok account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.tiktok.oauth import TikTokConnector
from leadmetrics_pipelines.platforms.tiktok.publisher import TikTokPublisher
from leadmetrics_pipelines.platforms.tiktok.reporter import TikTokReporter
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent

KEYS = AppKeys(client_id=client_id("tiktok"), client_secret=CLIENT_SECRET)


@pytest.fixture(scope="package")
def http() -> Iterator[HttpClients]:
    """As the tier's, for all tests of the room: a client costs 0.1 s."""
    with HttpClients(timeouts=Timeouts(connect=2, read=1.5, write=5, total=6)) as clients:
        yield clients


@pytest.fixture
def moving() -> FixedClock:
    """The time of the machine, as the sandbox has it, until the test moves it."""
    return FixedClock(SystemClock().now())


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients, moving: FixedClock) -> dict[str, Any]:
    """What every class of the room takes."""
    return {"http": http, "origins": Origins(gateway=sandbox.url), "clock": moving}


@pytest.fixture
def connector(means: dict[str, Any]) -> TikTokConnector:
    return TikTokConnector(keys=KEYS, **means)


def let_in(connector: TikTokConnector, *, without: tuple[str, ...] = ()) -> Grant:
    """Dana agreed."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=None)
    return connector.exchange(code=answer_consent(url, without=without)["code"], redirect_uri=APP, verifier=None)


@pytest.fixture
def grant(connector: TikTokConnector) -> Grant:
    return let_in(connector)


@pytest.fixture
def account(grant: Grant, means: dict[str, Any]) -> TikTokPublisher:
    return TikTokPublisher(account_id=grant.credentials["open_id"], credentials=grant.credentials, **means)


@pytest.fixture
def reporter(grant: Grant, means: dict[str, Any]) -> TikTokReporter:
    return TikTokReporter(account_id=grant.credentials["open_id"], credentials=grant.credentials, **means)
