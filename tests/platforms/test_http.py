"""The connections to outside parties: what they refuse, forget and survive."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from leadmetrics_pipelines.errors import InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit import http as kit_http
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts


class Handler(BaseHTTPRequestHandler):
    """A site with a page for each way of being odd."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer by path."""
        pages: dict[str, Callable[[], None]] = {
            "/redirect": lambda: self.answer(302, b"", Location="/elsewhere"),
            "/cookie": lambda: self.answer(200, b"", **{"Set-Cookie": "session=abc; Path=/"}),
            "/headers": lambda: self.answer(200, str(self.headers).encode()),
            "/large": lambda: self.answer(200, b"x" * 2_000),
            "/bomb": lambda: self.answer(200, b"not gzip", **{"Content-Encoding": "gzip"}),
            "/short": self.promise_too_much,
        }
        pages.get(self.path.partition("?")[0], lambda: self.answer(404, b""))()

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def promise_too_much(self) -> None:
        """Hang up in the middle of the body."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server on a free port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_redirect_is_an_answer_not_a_way(http: HttpClients, port: int) -> None:
    """Whoever asked decides whether to go there; the address is judged anew."""
    answer = http.exchange("GET", f"http://127.0.0.1:{port}/redirect", allow_loopback=True)
    assert (answer.status, answer.headers["location"]) == (302, "/elsewhere")


def test_no_cookie_is_kept(http: HttpClients, port: int) -> None:
    """One client serves many tenants."""
    http.exchange("GET", f"http://127.0.0.1:{port}/cookie", allow_loopback=True)
    sent = http.exchange("GET", f"http://127.0.0.1:{port}/headers", allow_loopback=True).text
    assert "abc" not in sent
    assert "leadmetrics-pipelines" in sent


def test_a_proxy_of_the_environment_is_not_used(http: HttpClients, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would see where we go, and go around the judgement of addresses."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert http.exchange("GET", f"http://127.0.0.1:{port}/headers", allow_loopback=True).status == 200


def test_the_connection_goes_to_the_judged_address(port: int) -> None:
    """The name is resolved once, by us, and stays the name in the Host header."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with HttpClients(resolve=resolve) as http:
        answer = http.exchange("GET", f"http://shop.example:{port}/headers", allow_loopback=True)
    assert f"Host: shop.example:{port}" in answer.text
    assert asked == ["shop.example"]


def test_a_name_that_turns_inside_is_refused_at_every_connection(port: int) -> None:
    """DNS rebinding: allowed a moment ago, inside now."""
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])
    with HttpClients(resolve=lambda *_: next(answers)) as http:
        url = f"http://shop.example:{port}/headers"
        assert http.exchange("GET", url, allow_loopback=True, headers={"Connection": "close"}).status == 200
        with pytest.raises(InvalidInput, match=r"leads to 10\.0\.0\.7"):
            http.exchange("GET", url, allow_loopback=True)


def test_the_next_address_is_tried_when_one_does_not_answer(port: int) -> None:
    """A name with several addresses is as good as its best one."""
    with HttpClients(resolve=lambda *_: ["::1", "127.0.0.1"], timeouts=Timeouts(connect=1)) as http:
        assert http.exchange("GET", f"http://shop.example:{port}/headers", allow_loopback=True).status == 200


@pytest.mark.parametrize("path", ["/short", "/bomb"])
def test_half_an_answer_is_none(http: HttpClients, port: int, path: str) -> None:
    """It may have been about a write that took place."""
    with pytest.raises(OutcomeUnknown, match=path):
        http.exchange("GET", f"http://127.0.0.1:{port}{path}?token=abc", allow_loopback=True)


def test_an_endless_answer_ends(http: HttpClients, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site must not fill our memory."""
    monkeypatch.setattr(kit_http, "MAX_ANSWER_BYTES", 1_000)
    with pytest.raises(OutcomeUnknown, match="larger than 1,000 bytes"):
        http.exchange("GET", f"http://127.0.0.1:{port}/large", allow_loopback=True)


def test_a_dripping_answer_ends() -> None:
    """Every read is in time, and the whole still is not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b"1\r\nx\r\n")

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with HttpClients(timeouts=Timeouts(read=1, total=0.3)) as http:
            with pytest.raises(OutcomeUnknown, match=r"longer than 0\.3 seconds"):
                http.exchange("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", allow_loopback=True)
            stop.set()
        thread.join()


def test_messages_hold_no_query_header_or_password(http: HttpClients) -> None:
    """They are shown to people and logged."""
    with pytest.raises(PlatformUnavailable) as caught:
        http.exchange(
            "GET",
            "http://127.0.0.1:9/path?token=abc",
            allow_loopback=True,
            headers={"X-Key": "abc"},
            auth=httpx.BasicAuth("me", "abc"),
        )
    assert str(caught.value).startswith("No connection for GET 127.0.0.1:9/path: ")
    assert "abc" not in str(caught.value)
