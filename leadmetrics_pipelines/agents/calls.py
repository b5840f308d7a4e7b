"""What is kept of a call to a language model, and the errors of answers that cannot be used.

Such an answer was paid for: its error carries the call and the raw text, so that neither is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.errors import PermanentError

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One answered call: which model, how much, how long."""

    requested_model: str
    model: str
    """As the other side named it."""
    stop_reason: str
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    cost_microusd: int | None
    """Millionths of a US dollar; None: the model has no price in `prices.py`."""
    request_id: str | None
    started_at: datetime
    """Start of the attempt that was answered."""
    milliseconds: int
    """Of that attempt."""
    attempts: int = 1
    """How many calls it took; those before failed in passing and cost nothing."""


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[T]):
    """A whole answer that fits its schema."""

    value: T
    text: str
    """As it came."""
    call: ModelCall


class UnusableAnswer(PermanentError):
    """The model answered, and the answer cannot be used. Asking again is for a person to decide."""

    def __init__(self, message: str, *, call: ModelCall, text: str) -> None:
        super().__init__(message)
        self.call = call
        self.text = text


class ModelAnswerTruncated(UnusableAnswer):
    """The answer stopped at the limit of tokens."""


class ModelAnswerInvalid(UnusableAnswer):
    """The answer does not fit the schema or the role's rules."""


class ModelRefused(UnusableAnswer):
    """The model declined to answer."""
