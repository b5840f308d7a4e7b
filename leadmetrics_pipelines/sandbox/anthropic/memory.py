"""What the Messages API twin remembers: the last calls for the page, and which prompt prefixes are cached."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from leadmetrics_pipelines.sandbox.state import Journal

_CALLS_KEPT = 100


class ModelCall(BaseModel):
    """One answered call, shortened for reading."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    request_id: str
    model: str
    asked: str
    answered: str
    stop_reason: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int


class ModelMemory:
    """The last calls (kept in the journal) and the prompt cache (not kept)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        kept = [ModelCall.model_validate_json(text) for text in journal.load("model-call")]
        self._calls = deque(sorted(kept, key=lambda call: call.number), maxlen=_CALLS_KEPT)
        self._cached_until: dict[str, datetime] = {}

    def next_number(self) -> int:
        """The number of the next call, from 1."""
        return self._calls[-1].number + 1 if self._calls else 1

    def keep(self, call: ModelCall) -> None:
        """Remember an answered call."""
        self._calls.append(call)
        self._journal.put("model-call", f"{call.number % _CALLS_KEPT:03d}", call.model_dump_json())

    def calls(self) -> list[ModelCall]:
        """The last calls, oldest first."""
        return list(self._calls)

    def is_cached(self, prefix: str, now: datetime) -> bool:
        """Whether a prompt prefix (by digest) is still in the cache."""
        until = self._cached_until.get(prefix)
        return until is not None and until > now

    def cache(self, prefix: str, now: datetime, lifetime: timedelta) -> None:
        """Put a prefix in the cache, or keep it there longer."""
        self._cached_until[prefix] = now + lifetime

    def forget(self) -> None:
        """Forget calls and cache."""
        self._calls.clear()
        self._cached_until.clear()
