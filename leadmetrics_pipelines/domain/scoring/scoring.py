"""The arithmetic of health scores: pure, the same for every platform. Unknown is left out, never counted as 0 or 100.

* term: a straight line between its points, by the fact's value; unknown when the fact is.
* dimension: the mean of its known terms, by weight; unknown when less than half of its terms' weight is known.
* total: the mean of its known dimensions, by weight; None when none is.
* known: the share of all weight that is known. A dimension that is known in part counts in part, an unknown one not.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from itertools import pairwise

from leadmetrics_pipelines.domain.scoring.values import (
    Dimension,
    DimensionScore,
    Fact,
    Formula,
    Score,
    Task,
    Term,
    TermScore,
)

DAYS_ELAPSED = "days_elapsed"
"""The fact that the calendar gives to every snapshot: days of the month that have passed, the day itself included."""
PACED_DAYS = 30
LEAST_PACED_DAYS = 7
LEAST_KNOWN = 0.5
LOW = 60.0
"""Under this a term is low: somebody should do something about it."""
LOW_DIMENSION = 70.0
"""Only dimensions under this make tasks: one missing detail of a good profile is not worth a person's hour."""
_DIGITS = 4


def score_channel(formula: Formula, facts: Iterable[Fact]) -> Score:
    """Work a formula out over a snapshot's facts; those it does not name are left alone."""
    by_name = {fact.name: fact for fact in facts}
    dimensions = tuple(_score_dimension(dimension, by_name) for dimension in formula.dimensions)
    known = [one for one in dimensions if one.points is not None]
    weight = sum(one.dimension.weight for one in known)
    total = sum(one.dimension.weight * (one.points or 0.0) for one in known) / weight if known else None
    share = sum(one.dimension.weight * one.known for one in known) / sum(one.weight for one in formula.dimensions)
    return Score(
        formula=formula, dimensions=dimensions, total=None if total is None else _tidy(total, 100.0),
        known=_tidy(share, 1.0),
    )  # fmt: skip


def find_low_terms(score: Score) -> tuple[tuple[DimensionScore, TermScore], ...]:
    """What somebody should do something about: low terms, with a task, of dimensions that are low; the worst first."""
    found = [
        (dimension, term)
        for dimension in score.dimensions
        for term in dimension.terms
        if term.term.task and term.points is not None and term.points < LOW
        and dimension.points is not None and dimension.points < LOW_DIMENSION
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda pair: (pair[1].points or 0.0, pair[1].term.fact)))


def word_task(found: TermScore, task: Task) -> tuple[str, str]:
    """The name and the instructions of a task, with the fact in it."""
    value, wanted = show_fact(found.term, found.fact.value), show_fact(found.term, found.term.wanted)
    words = {"value": value, "wanted": wanted, "s": "" if found.fact.value == 1 else "s"}
    return task.name.format(**words), task.how.format(**words)


# Thousands of channels share a hundred terms.
@functools.lru_cache(maxsize=1024)
def explain_term(term: Term) -> str:
    """A term's formula in words: `posts in 30 days: 0 gives 0, 12 gives 100`."""
    steps = ", ".join(f"{show_fact(term, value)} gives {show_number(score)}" for value, score in term.points)
    wait = max(term.least_days, LEAST_PACED_DAYS if term.paced else 0)
    return f"{term.words}: {steps}" + (f"; told from day {wait} of the month" if wait else "")


def show_fact(term: Term, value: object) -> str:
    """A term's fact as people read it: yes or no, per cent, a number; empty when it is unknown."""
    if value is None:
        return ""
    if term.yes_no:
        return "yes" if value else "no"
    if term.is_share and isinstance(value, int | float):
        return f"{show_number(round(value * 100, 2))} %"
    return show_number(value)


def show_number(value: object) -> str:
    """A number as people write it: no digits that say nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.4f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return str(value)


def _score_dimension(dimension: Dimension, facts: Mapping[str, Fact]) -> DimensionScore:
    terms = tuple(_score_term(term, facts) for term in dimension.terms)
    known = [one for one in terms if one.points is not None]
    weight = sum(one.term.weight for one in known)
    share = weight / sum(term.weight for term in dimension.terms)
    points = None
    if known and share >= LEAST_KNOWN:
        points = _tidy(sum(one.term.weight * (one.points or 0.0) for one in known) / weight, 100.0)
    return DimensionScore(dimension=dimension, terms=terms, points=points, known=_tidy(share, 1.0))


def _score_term(term: Term, facts: Mapping[str, Fact]) -> TermScore:
    fact = facts.get(term.fact) or Fact(name=term.fact, value=None, why_unknown="It was not read.")
    if not isinstance(fact.value, bool | int | float):
        return TermScore(term=term, fact=fact, measured=None, points=None, why_unknown=fact.why_unknown)
    days = _days(facts)
    wait = max(term.least_days, LEAST_PACED_DAYS if term.paced else 0)
    if wait > days:
        why = f"Fewer than {wait} days of the month have passed."
        return TermScore(term=term, fact=fact, measured=None, points=None, why_unknown=why)
    measured = float(fact.value) * (PACED_DAYS / days if term.paced else 1.0)
    return TermScore(term=term, fact=fact, measured=measured, points=_read_line(term.points, measured))


def _days(facts: Mapping[str, Fact]) -> float:
    fact = facts.get(DAYS_ELAPSED)
    return float(fact.value) if fact is not None and isinstance(fact.value, int | float) else 0.0


def _read_line(points: tuple[tuple[float, float], ...], value: float) -> float:
    if value <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if value <= right:
            return _tidy(low + (high - low) * (value - left) / (right - left), 100.0)
    return points[-1][1]


def _tidy(value: float, most: float) -> float:
    """Rounded, and never a hair outside its range by the way floats add up."""
    return min(most, max(0.0, round(value, _DIGITS)))
