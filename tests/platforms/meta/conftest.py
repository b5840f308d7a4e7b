"""Connected Meta accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Connector, Credentials
from leadmetrics_pipelines.platforms.meta.facebook.publisher import FacebookPublisher
from leadmetrics_pipelines.platforms.meta.facebook.reporter import FacebookReporter
from leadmetrics_pipelines.platforms.meta.instagram.publisher import InstagramPublisher
from leadmetrics_pipelines.platforms.meta.instagram.reporter import InstagramReporter
from leadmetrics_pipelines.platforms.meta.oauth import FacebookConnector, InstagramConnector, MetaAdsConnector
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent

KEYS = AppKeys(client_id=client_id("meta"), client_secret=CLIENT_SECRET)


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


def connect(connector: Connector, *, without: tuple[str, ...] = ()) -> tuple[Credentials, tuple[AccountChoice, ...]]:
    """Dana agrees: the grant's credentials, and what she may choose from."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=None)
    grant = connector.exchange(code=answer_consent(url, without=without)["code"], redirect_uri=APP, verifier=None)
    return grant.credentials, connector.accounts(grant)


def credentials_for(connector: Connector, account_id: str, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """What is stored of a connected account."""
    shared, choices = connect(connector, without=without)
    chosen = next(choice for choice in choices if choice.account_id == account_id)
    return {**shared, **chosen.credentials}


@pytest.fixture
def facebook(means: dict[str, Any]) -> FacebookConnector:
    return FacebookConnector(keys=KEYS, **means)


@pytest.fixture
def instagram(means: dict[str, Any]) -> InstagramConnector:
    return InstagramConnector(keys=KEYS, **means)


@pytest.fixture
def ads(means: dict[str, Any]) -> MetaAdsConnector:
    return MetaAdsConnector(keys=KEYS, **means)


@pytest.fixture
def page_credentials(facebook: FacebookConnector) -> dict[str, str]:
    """Of the Page "Acme Garden Furniture"."""
    return credentials_for(facebook, "101000000000001")


@pytest.fixture
def page(page_credentials: dict[str, str], means: dict[str, Any]) -> FacebookPublisher:
    return FacebookPublisher(account_id="101000000000001", credentials=page_credentials, **means)


@pytest.fixture
def page_reporter(page_credentials: dict[str, str], means: dict[str, Any]) -> FacebookReporter:
    return FacebookReporter(account_id="101000000000001", credentials=page_credentials, **means)


@pytest.fixture
def account_credentials(instagram: InstagramConnector) -> dict[str, str]:
    """Of the account acme.garden."""
    return credentials_for(instagram, "178410000000001")


@pytest.fixture
def account(account_credentials: dict[str, str], means: dict[str, Any]) -> InstagramPublisher:
    return InstagramPublisher(account_id="178410000000001", credentials=account_credentials, **means)


@pytest.fixture
def account_reporter(account_credentials: dict[str, str], means: dict[str, Any]) -> InstagramReporter:
    return InstagramReporter(account_id="178410000000001", credentials=account_credentials, **means)
