"""Signed calls to one WordPress site: it finds the API, adds the credentials, and hands back answers as they came.

What answers mean for a post is `publisher.py`'s, what errors mean `errors.py`'s.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import httpx

from leadmetrics_pipelines.errors import OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.platforms.wordpress.discovery import Site, discover

# [9] Without it PHP warnings can be printed before the JSON.
_ACCEPT = {"Accept": "application/json", "Cache-Control": "no-cache"}


class WordPressClient:
    """One user on one site. Opens no connection until it is asked something; may be shared between threads."""

    def __init__(
        self, *, base_url: str, username: str, application_password: str, http: HttpClients, allow_loopback: bool
    ) -> None:
        self.base_url = base_url
        self.username = username
        self._auth: httpx.Auth = httpx.BasicAuth(username, application_password)
        self._http = http
        self._allow_loopback = allow_loopback
        self._site: Site | None = None
        self._finding = threading.Lock()

    def site(self) -> Site:
        """The site and its API, looked up once per client. Raises PlatformUnavailable or InvalidInput."""
        with self._finding:
            if self._site is None:
                self._site = discover(self.base_url, self._fetch_unsigned)
            return self._site

    def get(self, path: str, params: dict[str, str]) -> Answer:
        """A signed GET. A lost answer is PlatformUnavailable: nothing can have been written."""
        url = self.site().route(path, params)
        try:
            return self._exchange("GET", url, auth=self._auth)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error

    def look(self, path: str) -> Answer:
        """A page of the site as any visitor sees it, e.g. `robots.txt`; redirects are not followed."""
        base = self.base_url if self.base_url.endswith("/") else self.base_url + "/"
        return self._fetch_unsigned(httpx.URL(base).join(path))

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """A signed POST, sent once. Raises OutcomeUnknown when no whole answer came."""
        url = self.site().route(path)
        return self._exchange("POST", url, headers=headers, content=body, auth=self._auth)

    def _fetch_unsigned(self, url: httpx.URL) -> Answer:
        try:
            return self._exchange("GET", url)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error

    def _exchange(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        auth: httpx.Auth | None = None,
    ) -> Answer:
        return self._http.exchange(
            method,
            url,
            allow_loopback=self._allow_loopback,
            headers={**_ACCEPT, **(headers or {})},
            content=content,
            auth=auth,
        )
