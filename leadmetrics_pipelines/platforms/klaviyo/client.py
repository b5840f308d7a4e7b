"""Calls to Klaviyo's JSON:API in the pinned revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import JsonApi
from leadmetrics_pipelines.platforms.klaviyo.errors import DIALECT
from leadmetrics_pipelines.platforms.klaviyo.facts import API, KLAVIYO

_JSON_API = "application/vnd.api+json"
_MOST_PAGES = 50


class KlaviyoClient(JsonApi):
    """Signed by `access_token`. Raises AccessRevoked where there is none."""

    def __init__(self, credentials: Credentials, *, http: HttpClients, origins: Origins) -> None:
        token = credentials.get("access_token")
        if not token:
            raise AccessRevoked("The channel has no access token of Klaviyo. Connect it again.")
        headers = {
            "Authorization": f"Bearer {token}", "revision": KLAVIYO.versions[0].version,
            "Accept": _JSON_API, "Content-Type": _JSON_API,
        }  # fmt: skip
        super().__init__(dialect=DIALECT, http=http, origins=origins, headers=headers)

    def url(self, path: str) -> str:
        """The address of `path`, which begins without a slash."""
        return f"{API}/api/{path}"

    def walk(self, path: str, params: Mapping[str, str], *, doing: str) -> Iterator[dict[str, Any]]:
        """The resources of a list, page by page."""
        url: object = f"{self.url(path)}?{urlencode(params)}" if params else self.url(path)
        for _ in range(_MOST_PAGES):
            # The token goes nowhere but to Klaviyo, whatever an answer names as its next page.
            if not isinstance(url, str) or not url.startswith(f"{API}/api/"):
                return
            page = self.ask(url, doing=doing)
            yield from page.get("data") or []
            url = (page.get("links") or {}).get("next")
