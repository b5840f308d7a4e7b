"""What every call to an outside party passes first: counted, logged, and hit by the faults in force. Pure ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.connection import hang_up, wait_for_disconnect
from leadmetrics_pipelines.sandbox.faults import HOSTS, PARTIES, CallSeen, FaultBook, Party, Rule

#: Where the handler finds the rule it has to carry out itself (effects on the content of an answer).
RULE_IN_SCOPE = "sandbox.rule"

#: What a party says with an error status when the rule gives no body: (content type, body).
UsualBody = Callable[[int], tuple[str, str]]


@dataclass
class _Outcome:
    status: int | None = None
    effects: list[str] = field(default_factory=list)


class Gate:
    """Middleware around the whole application; calls outside the parties' paths pass untouched."""

    def __init__(self, app: ASGIApp, *, book: FaultBook, clock: Clock, usual: dict[Party, UsualBody]) -> None:
        self._app = app
        self._book = book
        self._clock = clock
        self._usual = usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        party = _party_of(scope)
        if party is None:
            await self._app(scope, receive, send)
            return
        outcome = _Outcome()
        started = self._clock.now()
        self._book.begin(party)
        try:
            await self._pass(party, scope, receive, _noting_status(send, outcome), outcome)
        finally:
            self._book.end(
                CallSeen(
                    party=party,
                    method=scope["method"],
                    path=scope["path"],
                    query=scope["query_string"].decode("latin-1"),
                    at=started,
                    status=outcome.status,
                    effects=tuple(outcome.effects),
                    user_agent=Headers(scope=scope).get("user-agent", ""),
                )
            )

    async def _pass(self, party: Party, scope: Scope, receive: Receive, send: Send, outcome: _Outcome) -> None:
        query = scope["query_string"].decode("latin-1")
        target = scope["path"] + (f"?{query}" if query else "")
        chosen: Rule | None = None
        for rule in self._book.take(party=party, method=scope["method"], target=target):
            outcome.effects.append(rule.effect)
            if rule.effect == "delay":
                await asyncio.sleep(rule.seconds)
            else:
                chosen = rule
        if chosen is None:
            await self._app(scope, receive, send)
        else:
            await self._misbehave(chosen, scope, receive, send)

    async def _misbehave(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        match rule.effect:
            case "status" | "html":
                await _read_body(receive)
                await self._answer(rule, send)
            case "hang" | "drop_before":
                if rule.effect == "hang":
                    await _wait_or_disconnect(rule.seconds, receive)
                await hang_up(scope, receive)
            case "status_after" | "garbled_after" | "slow_after" | "drop_after":
                await self._handle_then(rule, scope, receive, send)
            case _:
                scope[RULE_IN_SCOPE] = rule
                await self._app(scope, receive, send)

    async def _handle_then(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        match rule.effect:
            case "status_after":
                await self._answer(rule, send)
            case "slow_after":
                await _wait_or_disconnect(rule.seconds, receive)
                await _send_all(answer, send)
            case "garbled_after":
                await _send_all(_garbled(answer), send)
            case _:
                await hang_up(scope, receive)

    async def _answer(self, rule: Rule, send: Send) -> None:
        status = 200 if rule.effect == "html" else rule.status
        content_type, body = self._usual[rule.party](status)
        asked = rule.body_text()
        if asked is not None:
            body = asked
            content_type = "application/json" if isinstance(rule.body, dict) or _is_json(asked) else "text/html"
        headers = {"content-type": rule.content_type or content_type, **rule.headers}
        payload = body.encode()
        headers["content-length"] = str(len(payload))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": payload})


def _party_of(scope: Scope) -> Party | None:
    if scope["type"] != "http":
        return None
    first = scope["path"].lstrip("/").partition("/")[0]
    return HOSTS.get(first) or next((party for party in PARTIES if party == first), None)


def _noting_status(send: Send, outcome: _Outcome) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
        await send(message)

    return noting


async def _read_body(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _wait_or_disconnect(seconds: float, receive: Receive) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wait_for_disconnect(receive), timeout=seconds)


async def _send_all(messages: list[Message], send: Send) -> None:
    for message in messages:
        await send(message)


def _garbled(answer: list[Message]) -> list[Message]:
    """The answer with a PHP warning printed before it (reference wordpress.md, 9)."""
    warning = b"<br />\n<b>Warning</b>: Undefined array key in <b>/var/www/wp-includes/post.php</b><br />\n"
    start, *bodies = answer
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    first = {"type": "http.response.body", "body": warning, "more_body": True}
    return [{**start, "headers": headers}, first, *bodies]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
