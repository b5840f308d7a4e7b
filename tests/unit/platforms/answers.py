"""Answers as WordPress gives them, for tests without a socket."""

from __future__ import annotations

import json

from leadmetrics_pipelines.kit.http import Answer


def an_answer(status: int, body: object, *, headers: dict[str, str] | None = None) -> Answer:
    """A JSON answer for a dict or list, else one of HTML."""
    is_html = isinstance(body, str)
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/html; charset=UTF-8" if is_html else "application/json; charset=UTF-8"
    return Answer(
        status=status, headers={"content-type": kind, **(headers or {})}, body=data, where="POST shop.example/x"
    )


def a_refusal(status: int, code: str, message: str = "Sorry.", **data: object) -> Answer:
    """One of WordPress's own errors."""
    return an_answer(status, {"code": code, "message": message, "data": {"status": status, **data}})
