"""A language model behind the Messages API: one question, one checked answer, and what it cost.

Passing faults (429, 529, other 5xx, no connection) are tried again here, a few times and for at most a minute and a
half, because such a fault costs nothing and mostly ends in seconds; the SDK's own retries are off, since they obey any
`retry-after`, however long. A time-out is not tried again (`faults.py` says why), and an answer that cannot be used is
never asked for again in silence. Facts: reference/sdk_recipes.md section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from leadmetrics_pipelines.agents.calls import (
    Answer,
    ModelAnswerInvalid,
    ModelAnswerTruncated,
    ModelCall,
    ModelRefused,
)
from leadmetrics_pipelines.agents.faults import Fault, explain_fault, is_message, not_a_message
from leadmetrics_pipelines.agents.prices import Usage, cost_microusd
from leadmetrics_pipelines.errors import InvalidInput, RateLimited
from leadmetrics_pipelines.kit.addresses import names_loopback
from leadmetrics_pipelines.kit.clock import Clock

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message

    from leadmetrics_pipelines.agents.prompts import Prompt

T = TypeVar("T", bound=BaseModel)

_OWN_ADDRESS = "https://api.anthropic.com"
_ENDED = {"end_turn", "stop_sequence"}
_CUT = {"max_tokens", "model_context_window_exceeded"}
_SHOWN_PROBLEMS = 5


@dataclass(frozen=True, kw_only=True)
class BackOff:
    """How passing faults are tried again. Times in seconds."""

    attempts: int = 4
    first_wait: float = 1
    """Doubles with each attempt."""
    longest_wait: float = 30
    """A `retry-after` above it is left to the caller, who can wait without holding a worker."""
    total: float = 90
    """No attempt begins later than this after the first one."""


class LanguageModel:
    """A client of the Messages API. Opens no connection, and imports no SDK, until it is asked; close it afterwards."""

    def __init__(
        self, *, api_key: str, base_url: str | None, model: str, clock: Clock, back_off: BackOff | None = None
    ) -> None:
        if not api_key.strip():
            raise InvalidInput("No key for the language model. Set LEADMETRICS_ANTHROPIC_API_KEY.", field="api_key")
        self.model = model
        self._api_key = api_key.strip()
        self._base_url = base_url or _OWN_ADDRESS
        self._clock = clock
        self._back_off = back_off or BackOff()
        self._client: anthropic.Anthropic | None = None

    def ask(
        self,
        prompt: Prompt,
        output: type[T],
        *,
        model: str | None = None,
        max_tokens: int,
        timeout_seconds: float = 120,
    ) -> Answer[T]:
        """One question, answered in the form of `output`.

        Raises UnusableAnswer (ModelAnswerTruncated, ModelAnswerInvalid, ModelRefused) with the call in it,
        RateLimited or PlatformUnavailable after the last attempt, AccessRevoked, InvalidInput.
        """
        requested = model or self.model
        request = _build_request(prompt, output, model=requested, max_tokens=max_tokens)
        first = self._clock.now()
        attempt = 1
        started = first
        while isinstance(outcome := self._call(request, timeout_seconds), Fault):
            self._wait_or_give_up(outcome, attempt=attempt, first=first)
            attempt += 1
            started = self._clock.now()
        call = self._describe(outcome, requested=requested, started=started, attempts=attempt)
        return _read_answer(outcome, output, call)

    def close(self) -> None:
        """Close the connections; another question opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, request: dict[str, Any], timeout_seconds: float) -> Message | Fault:
        import anthropic

        try:
            message = self._sdk().messages.create(**request, timeout=timeout_seconds)
        except (anthropic.APIError, ValueError) as error:
            return explain_fault(error, model=request["model"], base_url=self._base_url)
        # The SDK hands a page of HTML out as a string, and checks nothing of a JSON that is something else.
        if is_message(message):
            return message
        return not_a_message(ValueError(type(message).__name__), base_url=self._base_url)

    def _sdk(self) -> anthropic.Anthropic:
        if self._client is None:
            import anthropic

            # A proxy in the environment may be the way to the real API; to the sandbox on this machine it never is.
            # The SDK mounts proxies whatever `trust_env` says, so they are mounted over.
            is_here = names_loopback(urlsplit(self._base_url).hostname)
            no_proxies = dict.fromkeys(("all://", "http://", "https://"))
            client = anthropic.DefaultHttpxClient(mounts=no_proxies) if is_here else None
            self._client = anthropic.Anthropic(
                api_key=self._api_key, base_url=self._base_url, max_retries=0, http_client=client
            )
        return self._client

    def _wait_or_give_up(self, fault: Fault, *, attempt: int, first: datetime) -> None:
        rule, error = self._back_off, fault.error
        asked = error.retry_after if isinstance(error, RateLimited) else None
        wait = asked if asked is not None else min(rule.first_wait * 2 ** (attempt - 1), rule.longest_wait)
        elapsed = (self._clock.now() - first).total_seconds()
        is_over = attempt >= rule.attempts or wait > rule.longest_wait or elapsed + wait > rule.total
        if is_over or not fault.again:
            raise error from fault.cause
        self._clock.sleep(wait)

    def _describe(self, message: Message, *, requested: str, started: datetime, attempts: int) -> ModelCall:
        spent = message.usage
        usage = Usage(
            input_tokens=spent.input_tokens,
            cache_read_tokens=spent.cache_read_input_tokens or 0,
            cache_write_tokens=spent.cache_creation_input_tokens or 0,
            output_tokens=spent.output_tokens,
        )
        return ModelCall(
            requested_model=requested,
            model=message.model,
            stop_reason=message.stop_reason or "",
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            output_tokens=usage.output_tokens,
            cost_microusd=cost_microusd(requested, usage, at=started),
            request_id=message._request_id,  # noqa: SLF001  the SDK's documented name
            started_at=started,
            milliseconds=round((self._clock.now() - started).total_seconds() * 1000),
            attempts=attempts,
        )


def _build_request(prompt: Prompt, output: type[BaseModel], *, model: str, max_tokens: int) -> dict[str, Any]:
    import anthropic

    schema = anthropic.transform_schema(output)
    return {
        "model": model,
        "max_tokens": max_tokens,
        "system": prompt.system_blocks(),
        "messages": [{"role": "user", "content": prompt.message}],
        # Not messages.parse(): on a cut or refused answer it raises and the usage is lost.
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    }


def _read_answer(message: Message, output: type[T], call: ModelCall) -> Answer[T]:
    text = "".join(block.text for block in message.content if block.type == "text")
    name = output.__name__
    if call.stop_reason == "refusal":
        msg = f"{call.model} declined to write the {name}. Look for what it took offence at, and change the brief."
        raise ModelRefused(msg, call=call, text=text)
    if call.stop_reason in _CUT:
        msg = (
            f"{call.model} was cut off after {call.output_tokens:,} tokens, so the {name} is not whole. "
            "Raise the role's max_tokens, or ask for less at once."
        )
        raise ModelAnswerTruncated(msg, call=call, text=text)
    if call.stop_reason not in _ENDED:
        msg = f"{call.model} stopped with '{call.stop_reason}' instead of an answer. Run the activity again."
        raise ModelAnswerInvalid(msg, call=call, text=text)
    try:
        value = output.model_validate_json(text)
    except ValidationError as error:
        msg = f"The {name} from {call.model} is not valid: {_summarise(error)}. Run the activity again."
        raise ModelAnswerInvalid(msg, call=call, text=text) from error
    return Answer(value=value, text=text, call=call)


def _summarise(error: ValidationError) -> str:
    """The first problems of a validation, with their place and without pydantic's footnotes."""
    problems = error.errors(include_url=False, include_input=False)
    shown = [
        ".".join(str(part) for part in problem["loc"]) + " " + problem["msg"].removeprefix("Value error, ")
        for problem in problems[:_SHOWN_PROBLEMS]
    ]
    more = len(problems) - _SHOWN_PROBLEMS
    return "; ".join(text.strip() for text in shown) + (f"; and {more} more" if more > 0 else "")
