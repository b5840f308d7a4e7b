"""Signed calls to LinkedIn's API: headers and encoded URNs. What answers mean is said elsewhere in this room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.linkedin.errors import REVOKED, classify, read_error
from leadmetrics_pipelines.platforms.linkedin.facts import API_VERSION

API = "https://api.linkedin.com/rest"
_UPLOAD_HOSTS = (".linkedin.com", ".licdn.com")
# [2.1] A token can be refused as revoked for some seconds after it was handed out.
_FRESH = timedelta(seconds=60)


class LinkedInClient:
    """One person's access. Opens no connection until it is asked something; threads may share it."""

    def __init__(self, *, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self.origins = origins
        self.clock = clock
        self._http = http
        self._token = credentials.get("access_token", "")
        self._issued_at = credentials.get("issued_at", "")

    def read(self, path: str, query: str = "", *, doing: str, finder: bool = False) -> dict[str, Any]:
        """A GET that must answer 200 and an object; `query` is encoded already. Never OutcomeUnknown."""
        found = self.read_if_there(path, query, doing=doing, finder=finder)
        if found is None:
            raise InvalidInput(f"{doing}: LinkedIn has no {path.rpartition('/')[0].strip('/')} of that name any more.")
        return found

    def read_if_there(
        self, path: str, query: str = "", *, doing: str, finder: bool = False
    ) -> dict[str, Any] | None:  # fmt: skip
        """The same; None where LinkedIn says that there is no such thing (any more)."""
        headers = {"X-RestLi-Method": "FINDER"} if finder else {}
        try:
            answer = self._exchange("GET", f"{API}{path}{'?' if query else ''}{query}", headers=headers)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error}") from error
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} and read_error(answer).status:
            return None
        if answer.status != HTTPStatus.OK:
            raise self.error_of(answer, doing=doing, writing=False)
        return _object(answer, doing=doing, writing=False)

    def write(self, path: str, body: bytes) -> Answer:
        """One POST, whatever it answers. Raises OutcomeUnknown when no whole answer came."""
        return self._exchange("POST", f"{API}{path}", content=body, headers={"Content-Type": "application/json"})

    def place(self, path: str, body: bytes, *, doing: str) -> dict[str, Any]:
        """A POST of what is not public and may be repeated: an open outcome is only a fault of the moment."""
        try:
            answer = self.write(path, body)
            if answer.status // 100 != HTTPStatus.OK // 100:
                raise self.error_of(answer, doing=doing, writing=True)
            return _object(answer, doing=doing, writing=True)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{error} Nothing is public.") from error

    def upload(self, url: str, data: bytes, media_type: str, *, doing: str) -> None:
        """Put bytes where LinkedIn said. May be repeated."""
        host = urlsplit(url).hostname or ""
        if not host.endswith(_UPLOAD_HOSTS):
            # The token goes with it, so it goes nowhere else.
            raise PlatformUnavailable(f"{doing}: LinkedIn named {host or 'no host'} as the place to upload to.")
        try:
            answer = self._exchange("PUT", url, content=data, headers={"Content-Type": media_type})
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error} Nothing is public.") from error
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise PlatformUnavailable(f"{doing}: the upload was answered {answer.status}. It is tried again later.")

    def error_of(self, answer: Answer, *, doing: str, writing: bool) -> Exception:
        """The error of an answer; a new token that is refused is no lost access yet."""
        error = classify(answer, doing=doing, writing=writing)
        if isinstance(error, AccessRevoked) and read_error(answer).service == REVOKED and self._is_fresh():
            return PlatformUnavailable(
                f"{doing}: LinkedIn does not know the new access yet. It is tried again shortly."
            )
        return error

    def _is_fresh(self) -> bool:
        try:
            return self.clock.now() - datetime.fromisoformat(self._issued_at) < _FRESH
        except (ValueError, TypeError):
            return False

    def _exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:  # fmt: skip
        signed = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._token}",
            "LinkedIn-Version": API_VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
            **headers,
        }
        return self._http.exchange(
            method, self.origins.at(url), allow_loopback=self.origins.allow_loopback, headers=signed, content=content
        )


def encode(urn: str) -> str:
    """A URN as it stands in paths and queries."""
    return quote(urn, safe="")


def _object(answer: Answer, *, doing: str, writing: bool) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise classify(answer, doing=doing, writing=writing)
    return found
