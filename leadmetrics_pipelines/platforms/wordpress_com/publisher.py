"""The publisher of WordPress.com: its sites speak WordPress's own REST, so that it is WordPress's publisher.

Only two things differ and are here: who we are is asked of WordPress.com, and a refusal is answered by connecting
again, not by an application password. The room `wordpress` is used on purpose, the one exception between rooms.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from leadmetrics_pipelines.errors import AccessRevoked
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import JsonApi, doubting_shapes
from leadmetrics_pipelines.platforms.publishing import (
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    Prepared,
    RemoteState,
)
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.platforms.wordpress_com.client import WordPressComClient
from leadmetrics_pipelines.platforms.wordpress_com.errors import DIALECT, RECONNECT, RIGHTS
from leadmetrics_pipelines.platforms.wordpress_com.facts import API


class WordPressComPublisher(WordPressPublisher):
    """One site at WordPress.com, as a `Publisher`. `account_id`: the site's number there."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        del clock  # the marker finds a post, whenever it was sent
        super().__init__(WordPressComClient(account_id=account_id, credentials=credentials, http=http, origins=origins))
        self._account_id = account_id
        bearer = {"Authorization": f"Bearer {credentials['access_token']}"}
        self._api = JsonApi(dialect=DIALECT, http=http, origins=origins, headers=bearer)
        self._origins = origins

    @doubting_shapes
    def verify(self) -> Account:
        doing = "Asking WordPress.com who we are"
        site = self._api.ask(f"{API}/rest/v1.1/sites/{self._account_id}", doing=doing)
        if not (site.get("capabilities") or {}).get("publish_posts"):
            raise AccessRevoked(f"{doing}: the connected user may not publish on {site['name']}. {RIGHTS}")
        name = str(site["name"])
        return Account(name=name, can_publish=True, site_name=name, site_url=self._origins.at(str(site["URL"])))

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        with _own_advice():
            return super().place(prepared, handles, keep)

    def send(self, prepared: Prepared, handles: Handles) -> LivePost:
        with _own_advice():
            return super().send(prepared, handles)

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        with _own_advice():
            return super().look(item, handles, since=since, thorough=thorough)

    def read_back(self, remote_id: str) -> RemoteState:
        with _own_advice():
            return super().read_back(remote_id)


@contextlib.contextmanager
def _own_advice() -> Iterator[None]:
    """WordPress's table sends people to make an application password, which WordPress.com has no use for."""
    try:
        yield
    except AccessRevoked as error:
        msg = f"WordPress.com does not let the connected user do this on the site. {RECONNECT} {RIGHTS}"
        raise AccessRevoked(msg) from error
