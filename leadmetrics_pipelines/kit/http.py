"""HTTP to outside parties: how clients are made, and one exchange with all its ways to fail sorted in two.

Clients follow no redirect, keep no cookie, read no proxy from the environment, retry nothing, and connect only to
addresses that `kit/addresses.py` allows. Messages carry method, host and path; never a header, a query or a body.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from leadmetrics_pipelines.errors import InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.addresses import Resolve, checked_addresses, resolve_host
from leadmetrics_pipelines.kit.clock import Clock, SystemClock

USER_AGENT = "leadmetrics-pipelines"
MAX_ANSWER_BYTES = 32 * 1024 * 1024
# A site with many AAAA and A records must not cost a connect time-out for each.
_MAX_ADDRESSES = 4
_SECURE_PORT = 443
_PLAIN_PORT = 80


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Limits of one exchange, in seconds."""

    connect: float = 5
    read: float = 30
    """Longest silence while reading."""
    write: float = 30
    total: float = 90
    """Longest time for an answer to arrive in full, however steadily it drips."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes = field(repr=False)
    where: str
    """Method, host and path of the request, for messages."""

    @property
    def media_type(self) -> str:
        """The content type without parameters, in small letters; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.media_type == "application/json" or self.media_type.endswith("+json")

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:  # noqa: ANN401  a JSON value is anything; callers narrow it
        """The body as JSON. Raises ValueError when it is not, whatever the content type says."""
        return json.loads(self.body)

    def retry_after(self) -> float | None:
        """Seconds to wait as `Retry-After` says, in either of its forms; None when it does not."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        with contextlib.suppress(ValueError, TypeError):
            # Both are the other side's clock, so that ours does not matter.
            until, now = (parsedate_to_datetime(text) for text in (value, self.headers.get("date", "")))
            return max(0.0, (until - now).total_seconds())
        return None


class HttpClients:
    """The process's connections to outside parties. Thread-safe; close it, or use it as a context manager."""

    def __init__(
        self, *, timeouts: Timeouts | None = None, clock: Clock | None = None, resolve: Resolve = resolve_host
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self._clock = clock or SystemClock()
        self._resolve = resolve
        self._lock = threading.Lock()
        self._clients: dict[bool, httpx.Client] = {}

    def exchange(
        self,
        method: str,
        url: str | httpx.URL,
        *,
        allow_loopback: bool,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One request and its whole answer, whatever the status.

        Raises PlatformUnavailable when no connection was made (nothing was sent), OutcomeUnknown when the request may
        have been received, InvalidInput when the address may not be opened.
        """
        where = _name_request(method, url)
        try:
            request = self._client(allow_loopback=allow_loopback).build_request(
                method, url, headers=headers, params=params, content=content
            )
            return self._send(request, auth, where, allow_loopback=allow_loopback)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            msg = f"No connection for {where}: {_reason(error)}. Nothing was sent."
            raise PlatformUnavailable(msg) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise InvalidInput(f"{where} cannot be asked for: {_reason(error)}.", field="url") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise OutcomeUnknown(f"No whole answer to {where}: {_reason(error)}.") from error

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _client(self, *, allow_loopback: bool) -> httpx.Client:
        with self._lock:
            if allow_loopback not in self._clients:
                self._clients[allow_loopback] = self._make_client(allow_loopback=allow_loopback)
            return self._clients[allow_loopback]

    def _make_client(self, *, allow_loopback: bool) -> httpx.Client:
        limits = self.timeouts
        # One client serves many tenants' sites: a cookie of one must never reach another.
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=()))
        return httpx.Client(
            transport=_CheckedTransport(allow_loopback=allow_loopback, resolve=self._resolve),
            timeout=httpx.Timeout(connect=limits.connect, read=limits.read, write=limits.write, pool=limits.read),
            headers={"User-Agent": USER_AGENT},
            cookies=no_cookies,
            follow_redirects=False,
            trust_env=False,
        )

    def _send(self, request: httpx.Request, auth: httpx.Auth | None, where: str, *, allow_loopback: bool) -> Answer:
        deadline = self._clock.now() + timedelta(seconds=self.timeouts.total)
        response = self._client(allow_loopback=allow_loopback).send(request, auth=auth, stream=True)
        with contextlib.closing(response):
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise OutcomeUnknown(f"The answer to {where} is larger than {MAX_ANSWER_BYTES:,} bytes.")
                if self._clock.now() > deadline:
                    raise OutcomeUnknown(f"The answer to {where} took longer than {self.timeouts.total:g} seconds.")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, body=bytes(body), where=where)


class _CheckedBackend(httpcore.NetworkBackend):
    """Opens sockets to judged addresses only: the name is resolved here, once, and nowhere else."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = checked_addresses(host, port, allow_loopback=self._allow_loopback, resolve=self._resolve)
        *firsts, last = addresses[:_MAX_ADDRESSES]
        for address in firsts:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
        return self._sockets.connect_tcp(last, port, timeout, local_address, socket_options)


class _CheckedTransport(httpx.BaseTransport):
    """httpx on a connection pool whose sockets `_CheckedBackend` opens; names stay names for TLS and `Host`."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=50,
            max_keepalive_connections=20,
            # Apache closes idle connections after 5 s; a write on one that is closing would have an unknown outcome.
            keepalive_expiry=2,
            retries=0,
            network_backend=_CheckedBackend(allow_loopback=allow_loopback, resolve=resolve),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        default = _SECURE_PORT if url.scheme == "https" else _PLAIN_PORT
        asked = httpcore.Request(
            method=request.method.encode(),
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port or default, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _as_httpx_errors() -> Iterator[None]:
    """Errors of httpcore as the httpx errors of the same name."""
    try:
        yield
    except Exception as error:
        same = getattr(httpx, type(error).__name__, None) if type(error).__module__.startswith("httpcore") else None
        if same is None:
            raise
        raise same(str(error)) from error


def _name_request(method: str, url: str | httpx.URL) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return f"{method} (an address that cannot be read)"
    return f"{method} {parsed.netloc.decode(errors='replace')}{parsed.path}"


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "time ran out"
    return str(error).rstrip(".") or type(error).__name__
