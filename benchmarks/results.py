"""What a benchmark reports: one ratio against a reference measured in the same run, as one line of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

Figure: TypeAlias = float | int | str | bool


@dataclass(frozen=True, kw_only=True)
class Result:
    """One benchmark's outcome.

    Args:
        ratio: ours divided by the reference's; smaller is better.
        target: the largest ratio that is good enough.
        met: whether it is, and whether every other limit of this benchmark holds.
        measured: our figures; names end in their unit.
        reference: `what` was measured against, in words, and its figures.
        n: how many repetitions the ratio stands on.
    """

    benchmark: str
    ratio: float
    target: float
    met: bool
    measured: Mapping[str, Figure]
    reference: Mapping[str, Figure]
    n: int

    def line(self) -> str:
        """The result as JSON, without line breaks."""
        return json.dumps(_rounded(asdict(self)))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return value
