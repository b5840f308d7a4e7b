"""The agency's app at Google, a person who consents, and the rooms opened with what she granted."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any

from leadmetrics_pipelines.kit.clock import Clock, SystemClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Grant
from leadmetrics_pipelines.platforms.google.business.oauth import GoogleBusinessConnector
from leadmetrics_pipelines.platforms.google.business.publisher import GoogleBusinessPublisher
from leadmetrics_pipelines.platforms.google.business.reporter import GoogleBusinessReporter
from leadmetrics_pipelines.platforms.google.oauth import GoogleConnector
from leadmetrics_pipelines.platforms.publishing import Accepted, Image, LivePost, OutgoingSocial
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of

KEYS = AppKeys(client_id="sandbox-google", client_secret="sandbox-secret")
SHOP = "locations/201"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What every room is made of."""

    http: HttpClients
    origins: Origins
    clock: Clock


def means_of(sandbox: RunningSandbox, http: HttpClients, clock: Clock | None = None) -> Means:
    """Connections to the twin."""
    return Means(http=http, origins=Origins(gateway=sandbox.url), clock=clock or SystemClock())


def connect(connector: GoogleConnector, **consent: Any) -> Grant:  # noqa: ANN401  of answer_consent
    """The whole way: to the consent page and back with a code, and the code for tokens."""
    url = connector.authorize_url(state="s1", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    back = answer_consent(url, **consent)
    assert back["state"] == "s1"
    return connector.exchange(code=back["code"], redirect_uri=APP, verifier=VERIFIER)


def choose(connector: GoogleConnector, grant: Grant, account_id: str) -> AccountChoice:
    """One of the accounts."""
    return next(choice for choice in connector.accounts(grant) if choice.account_id == account_id)


def connect_shop(means: Means) -> dict[str, str]:
    """The credentials of a channel that is the shop in Zürich."""
    connector = GoogleBusinessConnector(keys=KEYS, **vars(means))
    grant = connect(connector)
    return {**grant.credentials, **choose(connector, grant, SHOP).credentials}


def publisher_of(means: Means, credentials: dict[str, str] | None = None) -> GoogleBusinessPublisher:
    """A publisher of the shop."""
    return GoogleBusinessPublisher(account_id=SHOP, credentials=credentials or connect_shop(means), **vars(means))


def reporter_of(means: Means) -> GoogleBusinessReporter:
    """A reporter of the shop."""
    return GoogleBusinessReporter(account_id=SHOP, credentials=connect_shop(means), **vars(means))


def a_local_post(**changes: Any) -> OutgoingSocial:  # noqa: ANN401  any field of a post
    """A post like no other before."""
    number = next(_NUMBERS)
    post = OutgoingSocial(
        marker=f"publication-{number:04}",
        text=f"Benches {number} & tables: 20 % off until Saturday.\nCome by! 🪑",
        link="https://acme.example/sale",
        images=(a_picture(),),
    )
    return dataclasses.replace(post, **changes)


def a_picture(**changes: Any) -> Image:  # noqa: ANN401  any field of an image
    """A picture with a public address."""
    picture = Image(
        digest=sha256_bytes(b"x"), media_type="image/jpeg", data=b"x", alt="A bench", url="https://acme.example/b.jpg"
    )
    return dataclasses.replace(picture, **changes)


def publish(publisher: GoogleBusinessPublisher, item: OutgoingSocial) -> LivePost | Accepted:
    """Prepare, place and send."""
    prepared = publisher.prepare(item, {})
    return publisher.send(prepared, publisher.place(prepared, {}, lambda _handles: None))
