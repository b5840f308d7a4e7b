"""A connected site at WordPress.com."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.wordpress_com.oauth import WordPressComConnector
from leadmetrics_pipelines.platforms.wordpress_com.publisher import WordPressComPublisher
from leadmetrics_pipelines.platforms.wordpress_com.reporter import WordPressComReporter
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of

SITE = "101"


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
def connector(means: dict[str, Any]) -> WordPressComConnector:
    keys = AppKeys(client_id=client_id("wordpress_com"), client_secret=CLIENT_SECRET)
    return WordPressComConnector(keys=keys, **means)


@pytest.fixture
def grant(connector: WordPressComConnector) -> Grant:
    """Dana agreed."""
    back = answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER)))
    return connector.exchange(code=back["code"], redirect_uri=APP, verifier=VERIFIER)


@pytest.fixture
def stored(connector: WordPressComConnector, grant: Grant) -> dict[str, str]:
    """What is stored for the channel: the grant's credentials and those of the chosen site."""
    (choice,) = [choice for choice in connector.accounts(grant) if choice.account_id == SITE]
    return {**grant.credentials, **choice.credentials}


@pytest.fixture
def publisher(stored: dict[str, str], means: dict[str, Any]) -> WordPressComPublisher:
    return WordPressComPublisher(account_id=SITE, credentials=stored, **means)


@pytest.fixture
def reporter(stored: dict[str, str], means: dict[str, Any]) -> WordPressComReporter:
    return WordPressComReporter(account_id=SITE, credentials=stored, **means)
