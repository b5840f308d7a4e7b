"""What the Messages API accepts, and how it refuses. Checks only; answers nothing."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

JSON = dict[str, Any]  # a JSON object of any shape: schemas, content blocks
_UNSUPPORTED = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
    "uniqueItems",
)  # fmt: skip


class ApiError(Exception):
    """An error answer of the API: HTTP status, error type, message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


def invalid(message: str) -> ApiError:
    """400 `invalid_request_error`."""
    return ApiError(400, "invalid_request_error", message)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(_Strict):
    """The wanted shape of a structured answer."""

    type: Literal["json_schema"]
    schema_: JSON = Field(alias="schema")


class OutputConfig(_Strict):
    """`output_config`."""

    format: Format | None = None
    effort: str | None = None


class Tool(BaseModel):
    """A tool; server tools (without `input_schema`) are not played."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")
    description: str = ""
    input_schema: JSON
    strict: bool = False


class ToolChoice(_Strict):
    """`tool_choice`."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class PromptMessage(_Strict):
    """One turn."""

    role: Literal["user", "assistant"]
    content: str | list[JSON]


class TokenRequest(BaseModel):
    """What is counted: the prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    messages: list[PromptMessage] = Field(min_length=1)
    system: str | list[JSON] | None = None
    tools: list[Tool] = Field(default_factory=list)
    tool_choice: ToolChoice | None = None
    output_config: OutputConfig | None = None
    thinking: JSON | None = None
    cache_control: JSON | None = None


class MessagesRequest(TokenRequest):
    """`POST /v1/messages`. temperature, top_p and top_k are gone from this version of the API."""

    max_tokens: int = Field(ge=1)
    stop_sequences: list[str] = Field(default_factory=list)
    stream: bool = False
    metadata: JSON | None = None
    service_tier: str | None = None
    container: str | JSON | None = None
    diagnostics: JSON | None = None
    inference_geo: str | None = None
    speed: str | None = None
    user_profile_id: str | None = None
    workspace_id: str | None = None


Request = TypeVar("Request", bound=TokenRequest)


def read_tokens_request(body: bytes) -> TokenRequest:
    """A checked `count_tokens` request."""
    return _checked(TokenRequest, body)


def read_request(body: bytes) -> MessagesRequest:
    """A checked request.

    Raises:
        ApiError: 400 `invalid_request_error` with the field and its fault; 404 for an unknown model.
    """
    request = _checked(MessagesRequest, body)
    _check_tool_choice(request)
    if request.output_config and request.output_config.format:
        check_strict_schema(request.output_config.format.schema_, "output_config.format.schema")
    for index, tool in enumerate(request.tools):
        if tool.strict:
            check_strict_schema(tool.input_schema, f"tools.{index}.input_schema")
    return request


def check_strict_schema(schema: object, where: str) -> None:
    """Structured output wants closed objects and knows no bounds (sdk_recipes, 3: transform_schema)."""
    if isinstance(schema, list):
        for item in schema:
            check_strict_schema(item, where)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for name in _UNSUPPORTED:
        if name in schema and "type" in schema:
            raise invalid(f"{where}: For '{schema['type']}' type, property '{name}' is not supported")
    for name in ("properties", "$defs", "definitions"):
        for inner in schema.get(name, {}).values():
            check_strict_schema(inner, where)
    for name in ("items", "anyOf", "allOf"):
        check_strict_schema(schema.get(name), where)


def _checked(kind: type[Request], body: bytes) -> Request:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise invalid("The request body is not valid JSON.") from error
    try:
        request = kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise invalid(f"{where}: {first['msg']}") from error
    if not request.model.startswith("claude-"):
        raise ApiError(404, "not_found_error", f"model: {request.model}")
    _check_content(request)
    return request


def _check_content(request: TokenRequest) -> None:
    if request.messages[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    for index, message in enumerate(request.messages):
        if not message.content:
            raise invalid(f"messages.{index}: all messages must have non-empty content")
        blocks = [] if isinstance(message.content, str) else message.content
        for place, block in enumerate(blocks):
            where = f"messages.{index}.content.{place}"
            if not isinstance(block.get("type"), str):
                raise invalid(f"{where}.type: Field required")
            if block["type"] == "text" and not str(block.get("text", "")):
                raise invalid(f"{where}.text: text content blocks must be non-empty")


def _check_tool_choice(request: MessagesRequest) -> None:
    choice = request.tool_choice
    if choice is None or choice.type == "none":
        return
    if not request.tools:
        raise invalid("tool_choice: Tools must be provided when tool_choice is set.")
    if choice.type == "tool" and choice.name not in {tool.name for tool in request.tools}:
        raise invalid(f"tool_choice: Tool '{choice.name}' not found in provided tools")
