"""Text is counted as each platform counts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.counting import COUNTERS, LINKEDIN_RESERVED, count_text
from leadmetrics_pipelines.errors import InvalidInput

FAMILY, FLAG, THUMB = "👨‍👩‍👧", "🇨🇭", "👍🏽"


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        (FAMILY, "graphemes", 1),
        (FLAG + FLAG, "graphemes", 2),
        (THUMB, "graphemes", 1),
        ("e\u0301", "graphemes", 1),
        ("👍", "utf16", 2),
        (FAMILY, "x_weighted", 2),
        (THUMB, "x_weighted", 2),
        ("日本", "x_weighted", 4),
        ("see https://acme.example/a/very/long/address?with=query now", "x_weighted", 4 + 23 + 4),
        ("a (b) #c_d", "linkedin_escaped", 14),
        ("plain", "linkedin_escaped", 5),
    ],
)
def test_a_text_is_as_long_as_the_platform_says(text: str, unit: str, length: int) -> None:
    """Figures from the reference (1.6, 2.3, 10.3)."""
    assert count_text(text, unit) == length


@given(st.text(max_size=200))
def test_escapes_are_what_linkedin_counts_on_top(text: str) -> None:
    """One more for each reserved character, for any text."""
    assert count_text(text, "linkedin_escaped") == len(text) + sum(text.count(char) for char in LINKEDIN_RESERVED)


@given(st.text(max_size=200))
def test_no_unit_counts_less_than_nothing_or_fails(text: str) -> None:
    """Whatever people paste."""
    for unit in COUNTERS:
        assert count_text(text, unit) >= (1 if text and unit in ("characters", "utf16") else 0)


def test_an_unknown_unit_names_the_units() -> None:
    """A typo in the data is found at once."""
    with pytest.raises(InvalidInput, match="graphemes"):
        count_text("x", "letters")
