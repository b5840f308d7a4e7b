"""A site at WordPress.com as WordPress's own client sees a site: another root of the API, and a bearer token."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import httpx

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.discovery import Site
from leadmetrics_pipelines.platforms.wordpress_com.facts import API


@dataclass(frozen=True, kw_only=True)
class ComSite(Site):
    """Known from connecting: there is nothing to discover. Routes are `/wp/v2/sites/{id}/posts`, not `wp/v2/posts`."""

    def route(self, path: str, params: dict[str, str] | None = None) -> httpx.URL:
        return self.root.join(path.removeprefix("wp/v2/")).copy_merge_params(params or {})


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class WordPressComClient(WordPressClient):
    """One connected site. Raises AccessRevoked or InvalidInput where a credential is missing."""

    def __init__(self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins) -> None:
        token = credentials.get("access_token")
        if not token:
            raise AccessRevoked("The channel has no access token of WordPress.com. Connect it again.")
        if not account_id.isdigit():
            raise InvalidInput(f"{account_id!r} is no site of WordPress.com. Connect the channel again.", "account_id")
        address = origins.at(credentials.get("site_url", ""))
        super().__init__(
            base_url=address, username="The connected user", application_password="", http=http,
            allow_loopback=origins.allow_loopback,
        )  # fmt: skip
        self._auth = _Bearer(token)
        self._site = ComSite(
            root=httpx.URL(origins.at(f"{API}/wp/v2/sites/{account_id}/")),
            name=credentials.get("site_name", ""), url=address, passwords_on=None,
        )  # fmt: skip
