"""Signed calls to TikTok's API, and forms of its token endpoint. Decides nothing of posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.tiktok.errors import classify, read_data

API = "https://open.tiktokapis.com/v2"
_PAGE = 20
_PAGES_FOLLOWED = 25


class TikTokClient:
    """One account. Opens no connection until it is asked something; may be shared between threads."""

    def __init__(self, *, token: str, http: HttpClients, origins: Origins) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = http
        self._origins = origins

    def get(self, path: str, params: Mapping[str, str], *, doing: str) -> dict[str, Any]:
        """The data of a GET. Raises the error that the answer stands for."""
        return self._read("GET", path, params, None, doing=doing)

    def question(
        self, path: str, body: object, params: Mapping[str, str] | None = None, *, doing: str
    ) -> dict[str, Any]:
        """The data of a POST that only asks. A lost answer is PlatformUnavailable: nothing can be written."""
        return self._read("POST", path, params or {}, canonical_json(body), doing=doing)

    def write(self, path: str, body: bytes) -> Answer:
        """A POST, sent once; its answer whatever it says. Raises OutcomeUnknown when no whole answer came."""
        return self._exchange("POST", path, {}, body)

    def walk_videos(self, fields: str, *, doing: str) -> Iterator[dict[str, Any]]:
        """The account's public posts, newest first, at most 500."""
        body: dict[str, object] = {"max_count": _PAGE}
        for _ in range(_PAGES_FOLLOWED):
            found = self.question("video/list/", body, {"fields": fields}, doing=doing)
            yield from (video for video in found.get("videos") or () if isinstance(video, dict))
            if found.get("has_more") is not True:
                return
            body = {"max_count": _PAGE, "cursor": found.get("cursor")}

    def _read(
        self, method: str, path: str, params: Mapping[str, str], body: bytes | None, *, doing: str
    ) -> dict[str, Any]:
        try:
            answer = self._exchange(method, path, params, body)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        data = read_data(answer)
        if data is None:
            raise classify(answer, doing=doing, call="read")
        return data

    def _exchange(self, method: str, path: str, params: Mapping[str, str], body: bytes | None) -> Answer:
        kind = {"Content-Type": "application/json; charset=UTF-8"} if body is not None else {}
        return self._http.exchange(
            method,
            self._origins.at(f"{API}/{path}"),
            allow_loopback=self._origins.allow_loopback,
            headers={**self._headers, **kind},
            params=params or None,
            content=body,
        )


def account_client(credentials: Credentials, http: HttpClients, origins: Origins) -> TikTokClient:
    """Calls in the account's name. Raises InvalidInput when the channel has no token."""
    token = credentials.get("access_token", "")
    if not token:
        raise InvalidInput("The channel has no access to TikTok. Connect it.", field="credentials")
    return TikTokClient(token=token, http=http, origins=origins)


def post_form(path: str, form: Mapping[str, str], *, http: HttpClients, origins: Origins) -> Answer:
    """A form of the token endpoint; its answer whatever it says. Raises OutcomeUnknown when no whole answer came."""
    return http.exchange(
        "POST",
        origins.at(f"{API}/{path}"),
        allow_loopback=origins.allow_loopback,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        content=urlencode(form).encode(),
    )
