"""What a call costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from leadmetrics_pipelines.agents.prices import PRICES, Price, Usage, cost_microusd

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def usage(plain: int = 0, read: int = 0, write: int = 0, out: int = 0) -> Usage:
    """Tokens of a call."""
    return Usage(input_tokens=plain, cache_read_tokens=read, cache_write_tokens=write, output_tokens=out)


@pytest.mark.parametrize(
    ("model", "tokens", "microusd"),
    [
        ("claude-sonnet-5-5", usage(plain=1_000_000), 2_000_000),
        ("claude-sonnet-5-5", usage(out=1_000), 10_000),
        ("claude-sonnet-5-5", usage(read=1_000), 100),
        ("claude-sonnet-5-5", usage(write=1_000), 2_500),
        ("claude-opus-5-5", usage(plain=10, read=100, write=8, out=3), 40 + 20 + 40 + 60),
        ("claude-fable-5-1", usage(read=1_000), 250),
        ("claude-haiku-5-5", usage(plain=100_000), 10_000),
        ("claude-haiku-5-5", usage(plain=50_000, read=50_001), 25_000 + 2_500),
        ("claude-haiku-5-5", usage(plain=5), 1),
        ("claude-sonnet-5-5", usage(), 0),
    ],
)
def test_a_call_costs_what_the_table_says(model: str, tokens: Usage, microusd: int) -> None:
    """In millionths of a dollar, cache reads and writes at their own price, rounded half up."""
    assert cost_microusd(model, tokens, at=NOW) == microusd


@pytest.mark.parametrize("model", ["claude-unknown-9", "claude-sonnet-5-5+sandbox", ""])
def test_an_unknown_model_has_no_cost_rather_than_none(model: str) -> None:
    """0 would read as free."""
    assert cost_microusd(model, usage(plain=10), at=NOW) is None


def test_a_new_price_counts_from_its_day() -> None:
    """Old calls keep their price."""
    later = Price(model="claude-opus-5-5", input=Decimal(5), output=Decimal(25), since=date(2026, 12, 1))
    tokens = usage(plain=10)
    for moment, cost in ((datetime(2026, 11, 30, 23, 59, tzinfo=UTC), 40), (datetime(2026, 12, 1, tzinfo=UTC), 50)):
        assert cost_microusd("claude-opus-5-5", tokens, at=moment, prices=(*PRICES, later)) == cost
