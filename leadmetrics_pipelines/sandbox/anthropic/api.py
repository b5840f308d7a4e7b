"""The Messages API over HTTP: sign-in, errors, usage figures, answers (sdk_recipes, section 3)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.sandbox.anthropic.answers import ComposedAnswer, compose, count_tokens
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelCall, ModelMemory
from leadmetrics_pipelines.sandbox.anthropic.prompts import cut_points, last_question
from leadmetrics_pipelines.sandbox.anthropic.requests import (
    JSON,
    ApiError,
    MessagesRequest,
    TokenRequest,
    invalid,
    read_request,
    read_tokens_request,
)
from leadmetrics_pipelines.sandbox.gate import RULE_IN_SCOPE

#: What marks an answer as the sandbox's, in a header and in the model's name: it shows in every session.
MARK_HEADER, MARK_SUFFIX = "x-sandbox", "+sandbox"
_MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")
_SHOWN_CHARACTERS = 1200


def build_router(memory: ModelMemory, clock: Clock) -> APIRouter:
    """The routes under `/anthropic`."""
    routes = APIRouter(prefix="/anthropic", include_in_schema=False)

    @routes.post("/v1/messages")
    async def messages(request: Request) -> Response:
        async def answer(request_id: str) -> Response:
            asked = read_request(await request.body())
            rule = request.scope.get(RULE_IN_SCOPE)
            composed = compose(asked, rule.effect if rule else None)
            message = _message(asked, composed, request_id, _usage(asked, composed, memory, clock))
            _remember(memory, clock, asked, composed, message, request_id)
            if asked.stream:
                return StreamingResponse(_events(message), media_type="text/event-stream")
            return JSONResponse(message)

        return await _guarded(request, answer)

    @routes.post("/v1/messages/count_tokens")
    async def count(request: Request) -> Response:
        async def answer(_request_id: str) -> Response:
            length, _points = cut_points(read_tokens_request(await request.body()))
            return JSONResponse({"input_tokens": count_tokens(length)})

        return await _guarded(request, answer)

    @routes.get("/v1/models")
    async def models(request: Request) -> Response:
        async def answer(_request_id: str) -> Response:
            data = [_model(name) for name in _MODELS]
            return JSONResponse({"data": data, "has_more": False, "first_id": _MODELS[0], "last_id": _MODELS[-1]})

        return await _guarded(request, answer)

    return routes


async def _guarded(request: Request, answer: Callable[[str], Awaitable[Response]]) -> Response:
    """Sign-in, errors in the API's shape, and the headers that every answer has."""
    request_id = f"req_{new_id().hex}"
    try:
        _sign_in(request)
        response = await answer(request_id)
    except ApiError as error:
        response = JSONResponse(
            {"type": "error", "error": {"type": error.kind, "message": error.message}, "request_id": request_id},
            status_code=error.status,
        )
    response.headers["request-id"] = request_id
    response.headers["anthropic-organization-id"] = "sandbox"
    response.headers[MARK_HEADER] = "leadmetrics"
    return response


def _sign_in(request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ApiError(401, "authentication_error", "Authorization: a Bearer token is required")
    if not request.headers.get("anthropic-version"):
        raise invalid("anthropic-version: header is required")


def _usage(asked: TokenRequest, composed: ComposedAnswer, memory: ModelMemory, clock: Clock) -> JSON:
    """Input = total prompt less what was read from the cache or written to it."""
    now = clock.now()
    length, points = cut_points(asked)
    read = max((size for digest, size, _ in points if memory.is_cached(digest, now)), default=0)
    written = max((size for _, size, _ in points), default=0) - read
    for digest, _size, lifetime in points:
        memory.cache(digest, now, lifetime)
    is_long = bool(points) and points[-1][2].total_seconds() > 300  # noqa: PLR2004 - the short lifetime
    created = count_tokens(written)
    return {
        "input_tokens": count_tokens(length - read - written),
        "cache_read_input_tokens": count_tokens(read),
        "cache_creation_input_tokens": created,
        "cache_creation": {
            "ephemeral_5m_input_tokens": 0 if is_long else created,
            "ephemeral_1h_input_tokens": created if is_long else 0,
        },
        "output_tokens": composed.tokens,
        "output_tokens_details": {"thinking_tokens": 0},
        "service_tier": "standard",
        "server_tool_use": None,
    }


def _message(asked: MessagesRequest, composed: ComposedAnswer, request_id: str, usage: JSON) -> JSON:
    return {
        "id": request_id.replace("req_", "msg_"),
        "type": "message",
        "role": "assistant",
        "model": asked.model + MARK_SUFFIX,
        "content": composed.content,
        "stop_reason": composed.stop_reason,
        "stop_sequence": composed.stop_sequence,
        "usage": usage,
    }


def _remember(
    memory: ModelMemory, clock: Clock, asked: MessagesRequest, composed: ComposedAnswer, message: JSON, request_id: str
) -> None:
    usage = message["usage"]
    memory.keep(
        ModelCall(
            number=memory.next_number(),
            at=clock.now(),
            request_id=request_id,
            model=asked.model,
            asked=last_question(asked)[:_SHOWN_CHARACTERS],
            answered=composed.text[:_SHOWN_CHARACTERS],
            stop_reason=composed.stop_reason,
            input_tokens=usage["input_tokens"] + usage["cache_creation_input_tokens"],
            cached_tokens=usage["cache_read_input_tokens"],
            output_tokens=usage["output_tokens"],
        )
    )


def _model(name: str) -> JSON:
    shown = name.replace("claude-", "Claude ").replace("-", " ").title()
    return {"type": "model", "id": name, "display_name": shown, "created_at": "2026-09-01T00:00:00Z"}


def _events(message: JSON) -> Iterator[str]:
    """The message as server-sent events, in pieces of a few hundred characters."""
    yield _event("message_start", {"message": {**message, "content": [], "stop_reason": None, "stop_sequence": None}})
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block)
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": message["stop_sequence"]}
    yield _event("message_delta", {"delta": ending, "usage": {"output_tokens": message["usage"]["output_tokens"]}})
    yield _event("message_stop", {})


def _block_events(index: int, block: JSON) -> Iterator[str]:
    is_text = block["type"] == "text"
    empty = {**block, "text": ""} if is_text else {**block, "input": {}}
    text = block["text"] if is_text else json.dumps(block["input"])
    yield _event("content_block_start", {"index": index, "content_block": empty})
    for start in range(0, len(text), 400):
        piece = text[start : start + 400]
        delta = (
            {"type": "text_delta", "text": piece} if is_text else {"type": "input_json_delta", "partial_json": piece}
        )
        yield _event("content_block_delta", {"index": index, "delta": delta})
    yield _event("content_block_stop", {"index": index})


def _event(name: str, fields: JSON) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n"
