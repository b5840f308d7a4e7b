"""Signed calls to Google's APIs: adds the token, turns refusals into our errors, follows pages.

What an answer means is for the rooms; what an error means for `errors.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.google.errors import classify

Params = Sequence[tuple[str, str]]
"""Pairs, because some names are given several times (`dailyMetrics`)."""
WINDOW_DAYS = 28
"""Four whole weeks: what snapshots of read-only products look back over, and compare with the four before."""
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer: its JSON object, and when Google gave it by its own clock."""

    content: Mapping[str, Any]
    answered_at: datetime | None

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A list of objects in it; Google leaves an empty list out."""
        found = self.content.get(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def next_token(self) -> str:
        """Asks for the page after this one; empty: this is the last."""
        return str(self.content.get("nextPageToken") or "")


class GoogleClient:
    """One person's access. Opens no connection until it is asked something; may be shared between threads."""

    def __init__(
        self, *, credentials: Credentials, http: HttpClients, origins: Origins, headers: Mapping[str, str] | None = None
    ) -> None:
        self._token = credentials.get("access_token", "")
        self._http = http
        self._origins = origins
        self._headers = headers or {}

    def get(self, url: str, *, doing: str, params: Params = ()) -> Page:
        """A signed GET. A lost answer is PlatformUnavailable: nothing can have been written."""
        return self._read("GET", _with_query(url, params), None, doing)

    def ask(self, url: str, body: bytes, *, doing: str) -> Page:
        """A signed POST that only reads (a report)."""
        return self._read("POST", url, body, doing)

    def write(self, url: str, body: bytes, *, doing: str) -> Page:
        """A signed POST that writes, sent once. Raises OutcomeUnknown when it may have been written."""
        answer = self._exchange("POST", url, body, doing)
        return _read_page(answer, doing=doing, writing=True)

    def pages(self, url: str, *, doing: str, params: Params = (), most: int) -> Iterator[Page]:
        """A listing's pages, at most so many; the last that comes tells by `next_token` whether there are more."""
        token = ""
        for _ in range(most):
            page = self.get(url, doing=doing, params=[*params, *([("pageToken", token)] if token else [])])
            yield page
            token = page.next_token
            if not token:
                return

    def _read(self, method: str, url: str, body: bytes | None, doing: str) -> Page:
        try:
            answer = self._exchange(method, url, body, doing)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        return _read_page(answer, doing=doing, writing=False)

    def _exchange(self, method: str, url: str, body: bytes | None, doing: str) -> Answer:
        if not self._token:
            raise AccessRevoked(f"{doing}: there is no access to Google. Connect the channel again.")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", **self._headers}
        if body is not None:
            headers["Content-Type"] = _JSON
        return self._http.exchange(
            method,
            self._origins.at(url),
            allow_loopback=self._origins.allow_loopback,
            headers=headers,
            content=body,
        )


def change_of(now: float, before: float | None) -> float | None:
    """0.1 is a tenth more than before; None when there was nothing before."""
    return (now - before) / before if before else None


@contextlib.contextmanager
def understanding(doing: str) -> Iterator[None]:
    """Turns an answer that has not the shape Google documents into PlatformUnavailable. For reads only."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        msg = f"{doing}: Google's answer has another shape than documented ({type(error).__name__})."
        raise PlatformUnavailable(msg) from error


def _with_query(url: str, params: Params) -> str:
    return f"{url}?{urlencode(params)}" if params else url


def _read_page(answer: Answer, *, doing: str, writing: bool) -> Page:
    content = None
    if answer.status == HTTPStatus.OK:
        with contextlib.suppress(ValueError):
            content = answer.json()
    if not isinstance(content, dict) or "error" in content:
        raise classify(answer, doing=doing, writing=writing)
    return Page(content=content, answered_at=_answered_at(answer))


def _answered_at(answer: Answer) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError):
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    return None
