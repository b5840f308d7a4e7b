"""Signed calls to the Graph API: version, token, appsecret_proof, and answers as they came. Knows nothing of posts."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from leadmetrics_pipelines.errors import OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.meta.errors import Call, classify, read_error
from leadmetrics_pipelines.platforms.meta.facts import GRAPH_VERSION

GRAPH = f"https://graph.facebook.com/{GRAPH_VERSION}"
_SUCCESS = 2
_PAGES_FOLLOWED = 20


def prove(token: str, app_secret: str) -> str:
    """`appsecret_proof`: that the app, and not somebody who found the token, is calling (3.1). Fixed for a token."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class GraphClient:
    """One token. Opens no connection until it is asked something; may be shared between threads."""

    def __init__(self, *, token: str, proof: str, http: HttpClients, origins: Origins) -> None:
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._proof = {"appsecret_proof": proof} if proof else {}
        self._http = http
        self._origins = origins

    def ask(self, path: str, params: Mapping[str, str]) -> Answer:
        """A GET and its answer, whatever it says. A lost answer is PlatformUnavailable: nothing can be written."""
        try:
            return self._exchange("GET", path, params)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error

    def get(self, path: str, params: Mapping[str, str], *, doing: str) -> dict[str, Any]:
        """The object that a GET gives. Raises the error that the answer stands for."""
        answer = self.ask(path, params)
        found = read_success(answer)
        if found is None:
            raise classify(answer, doing=doing, call="read")
        return found

    def walk(self, path: str, params: Mapping[str, str], *, doing: str) -> Iterator[dict[str, Any]]:
        """The entries of a list, page by page, at most 20 pages."""
        after: dict[str, str] = {}
        for _ in range(_PAGES_FOLLOWED):
            found = self.get(path, {**params, **after}, doing=doing)
            entries = found.get("data")
            yield from (entry for entry in entries or () if isinstance(entry, dict))
            paging = found.get("paging") or {}
            cursor = (paging.get("cursors") or {}).get("after")
            if not paging.get("next") or not isinstance(cursor, str):
                return
            after = {"after": cursor}

    def write(
        self, path: str, params: Mapping[str, str], body: bytes, content_type: str = "application/json"
    ) -> Answer:
        """A POST, sent once; its answer whatever it says. Raises OutcomeUnknown when no whole answer came."""
        return self._exchange("POST", path, params, {"Content-Type": content_type}, body)

    def place(
        self, path: str, params: Mapping[str, str], body: bytes, content_type: str = "application/json", *, doing: str
    ) -> str:
        """A POST that makes nothing public; the id of what was made. An open outcome is only a fault of the moment."""
        try:
            answer = self.write(path, params, body, content_type)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{error} Nothing was published.") from error
        return read_made(answer, doing=doing, call="place")

    def delete(self, path: str) -> Answer:
        """A DELETE; its answer whatever it says."""
        return self._exchange("DELETE", path, {})

    def _exchange(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        return self._http.exchange(
            method,
            self._origins.at(f"{GRAPH}/{path}"),
            allow_loopback=self._origins.allow_loopback,
            headers={**self._headers, **(headers or {})},
            params={**params, **self._proof},
            content=body,
        )


def read_success(answer: Answer) -> dict[str, Any] | None:
    """The object in an answer that is a success from end to end; None otherwise (a 200 may carry an error)."""
    if answer.status // 100 != _SUCCESS or read_error(answer) is not None:
        return None
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def read_made(answer: Answer, *, doing: str, call: Call = "publish") -> str:
    """The id of what a POST made: the only proof of success. Raises the error that the answer stands for."""
    made = read_success(answer)
    if made is None or not made.get("id"):
        raise classify(answer, doing=doing, call=call)
    return str(made["id"])
