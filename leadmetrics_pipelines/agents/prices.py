"""What language models cost, by model and date, and the cost of one call.

The SDK has no prices; these come from the vendor's page and, where it is silent, from trackers
(reference/sdk_recipes.md section 3). A dollar per million tokens is a micro-dollar per token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

CACHE_WRITE_FACTOR = Decimal("1.25")
"""A cache write that lives five minutes, against plain input. We ask for no other."""

_RECORDS_BEGIN = date(2026, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one call. The prompt is `input_tokens` plus both cache figures."""

    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int

    @property
    def prompt_tokens(self) -> int:
        """Everything the model read."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


@dataclass(frozen=True, kw_only=True)
class Price:
    """Prices of one model from a day on, in US dollars per million tokens."""

    model: str
    input: Decimal
    output: Decimal
    cache_read_factor: Decimal = Decimal("0.1")
    since: date = _RECORDS_BEGIN
    """First day (UTC) we reckon with it; the newest row that has begun counts."""
    above_prompt_tokens: int = 0
    """For prompts larger than this."""


def _price(model: str, dollars_in: str, dollars_out: str, read: str = "0.1", *, above: int = 0) -> Price:
    return Price(
        model=model,
        input=Decimal(dollars_in),
        output=Decimal(dollars_out),
        cache_read_factor=Decimal(read),
        above_prompt_tokens=above,
    )


PRICES = (
    _price("claude-haiku-5-5", "0.10", "0.50"),
    _price("claude-haiku-5-5", "0.50", "2.50", above=100_000),
    _price("claude-sonnet-5-5", "2", "10", "0.05"),
    _price("claude-opus-5-5", "4", "20", "0.05"),
    _price("claude-fable-5-1", "10", "50", "0.025"),
)


def find_price(model: str, *, prompt_tokens: int, at: datetime, prices: tuple[Price, ...] = PRICES) -> Price | None:
    """The row that counts for a call, or None when the model has none."""
    day = at.astimezone(UTC).date()
    rows = [row for row in prices if row.model == model and row.since <= day]
    rows = [row for row in rows if prompt_tokens > row.above_prompt_tokens or row.above_prompt_tokens == 0]
    return max(rows, key=lambda row: (row.since, row.above_prompt_tokens), default=None)


def cost_microusd(model: str, usage: Usage, *, at: datetime, prices: tuple[Price, ...] = PRICES) -> int | None:
    """Cost of a call in millionths of a US dollar, rounded half up; None (not 0) when the model has no price."""
    row = find_price(model, prompt_tokens=usage.prompt_tokens, at=at, prices=prices)
    if row is None:
        return None
    weighed = (
        usage.input_tokens
        + usage.cache_read_tokens * row.cache_read_factor
        + usage.cache_write_tokens * CACHE_WRITE_FACTOR
    )
    cost = weighed * row.input + usage.output_tokens * row.output
    return int(cost.to_integral_value(rounding=ROUND_HALF_UP))
