"""Signed calls to X's API, and what its headers say of the share that is left. What answers mean is said elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx

from leadmetrics_pipelines.errors import LeadmetricsError, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.x.errors import classify, read_problem

API = "https://api.x.com/2"
_JSON = {"Content-Type": "application/json"}
_GONE = {"resource-not-found"}


@dataclass(frozen=True, kw_only=True)
class Share:
    """What is left of an endpoint's calls, as its last answer said."""

    left: int
    resets_at: datetime | None


class XClient:
    """One account's access. Opens no connection until it is asked something; threads may share it."""

    def __init__(self, *, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self.origins = origins
        self.clock = clock
        self._http = http
        self._token = credentials.get("access_token", "")
        self._shares: dict[str, Share] = {}
        self._lock = threading.Lock()

    def read(self, path: str, params: Mapping[str, str], *, doing: str) -> dict[str, Any]:
        """A GET that must answer 200 and an object. Never OutcomeUnknown. Beside `data` there may be `errors`."""
        try:
            answer = self._exchange("GET", path, params=params)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error}") from error
        return self.object_of(answer, doing=doing, writing=False)

    def read_if_there(self, path: str, params: Mapping[str, str], *, doing: str) -> dict[str, Any] | None:
        """The `data` of a GET; None where X says that there is no such thing (any more), with 200 or 404."""
        try:
            answer = self._exchange("GET", path, params=params)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error}") from error
        said = read_problem(_json(answer))
        is_gone = said.kind in _GONE or (answer.status == HTTPStatus.NOT_FOUND and said.is_x)
        found = self.object_of(answer, doing=doing, writing=False) if not is_gone else {}
        data = found.get("data")
        if isinstance(data, dict):
            return data
        if is_gone:
            return None
        raise PlatformUnavailable(f"{doing}: X answered 200 without data ({said.message or 'no reason'}).")

    def write(self, path: str, body: bytes) -> Answer:
        """One POST of JSON, whatever it answers. Raises OutcomeUnknown when no whole answer came."""
        return self._exchange("POST", path, content=body, headers=_JSON)

    def place(self, path: str, body: Mapping[str, object] | None, *, doing: str) -> dict[str, Any]:
        """A POST of what is not public and may be repeated: an open outcome is only a fault of the moment."""
        return self._place(path, canonical_json(body) if body is not None else b"", _JSON, doing)

    def place_file(
        self, path: str, fields: Mapping[str, str], data: bytes, media_type: str, *, doing: str
    ) -> dict[str, Any]:
        """The same as a form with a file named `media`."""
        form = httpx.Request("POST", API, data=dict(fields), files={"media": ("media", data, media_type)})
        return self._place(path, form.read(), {"Content-Type": form.headers["content-type"]}, doing)

    def share_of(self, path: str) -> Share | None:
        """What the last answer to a POST there said; None when there was none, or its window is over."""
        with self._lock:
            share = self._shares.get(path)
        is_over = share is not None and share.resets_at is not None and share.resets_at <= self.clock.now()
        return None if is_over else share

    def object_of(self, answer: Answer, *, doing: str, writing: bool) -> dict[str, Any]:
        """The object in a success; else the error that the answer stands for."""
        found = _json(answer)
        if answer.status // 100 != HTTPStatus.OK // 100 or not isinstance(found, dict):
            raise self.error_of(answer, doing=doing, writing=writing)
        return found

    def error_of(self, answer: Answer, *, doing: str, writing: bool) -> LeadmetricsError:
        """The error of an answer."""
        return classify(answer, doing=doing, writing=writing, now=self.clock.now())

    def _place(self, path: str, content: bytes, headers: Mapping[str, str], doing: str) -> dict[str, Any]:
        try:
            answer = self._exchange("POST", path, content=content, headers=headers)
            data = self.object_of(answer, doing=doing, writing=True).get("data")
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error} Nothing is public.") from error
        if not isinstance(data, dict):
            raise PlatformUnavailable(f"{doing}: X answered {answer.status} without data. Nothing is public.")
        return data

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        signed = {"Accept": "application/json", "Authorization": f"Bearer {self._token}", **(headers or {})}
        answer = self._http.exchange(
            method, self.origins.at(f"{API}{path}"), allow_loopback=self.origins.allow_loopback, headers=signed,
            params=params, content=content,
        )  # fmt: skip
        if method == "POST":
            self._note_share(path, answer)
        return answer

    def _note_share(self, path: str, answer: Answer) -> None:
        names = ("x-rate-limit-remaining", "x-user-limit-24hour-remaining", "x-app-limit-24hour-remaining")
        left = [int(value) for name in names if (value := answer.headers.get(name, "")).isdigit()]
        reset = answer.headers.get("x-rate-limit-reset", "")
        if left:
            resets_at = datetime.fromtimestamp(int(reset), UTC) if reset.isdigit() else None
            with self._lock:
                self._shares[path] = Share(left=min(left), resets_at=resets_at)


def _json(answer: Answer) -> object:
    try:
        found: object = answer.json()
    except ValueError:
        return None
    return found
