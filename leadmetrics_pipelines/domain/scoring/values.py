"""What a health score is made of: facts that go in, formulas as data, and the score that comes out. No arithmetic here.

The words of formulas are in `social.py`, `local.py`, `sites.py`, `mail.py` and `analytics.py`; how a formula is worked
out, in `scoring.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Value = float | bool | str | None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact of a channel's snapshot. `value` None: unknown, with the reason and the day since when."""

    name: str
    value: Value
    source: str = ""
    why_unknown: str = ""
    unknown_since: date | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a person does about a bad fact.

    In its words `{value}` is the fact, `{wanted}` the value that gives all points, `{s}` the plural of the fact.
    """

    name: str
    how: str = ""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One fact and the points it gives: a line through `points`, level before the first and after the last.

    `points` are (value of the fact, points 0 to 100), by rising value. True counts as 1, False as 0.
    """

    fact: str
    points: tuple[tuple[float, float], ...]
    words: str
    """What is measured, with its unit, as a person reads it: "posts in 30 days"."""
    weight: float = 1
    paced: bool = False
    """A count of the month so far, which is projected to 30 days before it is judged."""
    least_days: int = 0
    """How many days of the month must have passed before the fact says something."""
    yes_no: bool = False
    """Whether the fact is true or false."""
    task: Task | None = None

    @property
    def is_share(self) -> bool:
        """Whether the fact is a fraction, which people read in per cent."""
        return not self.yes_no and (self.points[-1][0] < 1 or self.fact.endswith(("_share", "_rate")))

    @property
    def rises(self) -> bool:
        """Whether more of the fact is better; otherwise less is."""
        return self.points[0][1] <= self.points[-1][1]

    @property
    def wanted(self) -> float:
        """The nearest value of the fact that gives the most points."""
        best = max(score for _, score in self.points)
        reached = [value for value, score in self.points if score == best]
        return reached[0] if self.rises else reached[-1]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One side of a channel's health: the weighted mean of its terms that are known."""

    key: str
    title: str
    weight: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Formula:
    """How channels of one platform are scored. A change of any number is a new version."""

    platform: str
    version: int
    dimensions: tuple[Dimension, ...]

    @property
    def name(self) -> str:
        """What is stored with each score, e.g. `linkedin/1`."""
        return f"{self.platform}/{self.version}"

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of all facts that go in, each once."""
        return tuple(dict.fromkeys(term.fact for dimension in self.dimensions for term in dimension.terms))


@dataclass(frozen=True, kw_only=True)
class TermScore:
    """The points of one term; None: unknown, with the reason and since when."""

    term: Term
    fact: Fact
    measured: float | None
    """The fact as it was judged: projected to 30 days where the term is paced."""
    points: float | None
    why_unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class DimensionScore:
    """The points of one dimension, 0 to 100; None: less than half of it is known."""

    dimension: Dimension
    terms: tuple[TermScore, ...]
    points: float | None
    known: float
    """The share of its terms' weights that is known, 0 to 1."""

    @property
    def unknown_since(self) -> date | None:
        """Since when the dimension is unknown; None when it is known or nobody noted it."""
        days = [term.fact.unknown_since for term in self.terms if term.points is None and term.fact.unknown_since]
        return max(days) if self.points is None and days else None

    @property
    def why_unknown(self) -> str:
        """The first reason for which a term of it is unknown."""
        return next((term.why_unknown for term in self.terms if term.points is None), "")


@dataclass(frozen=True, kw_only=True)
class Score:
    """The health of a channel: the weighted mean of its known dimensions, and how much of all is known (0 to 1)."""

    formula: Formula
    dimensions: tuple[DimensionScore, ...]
    total: float | None
    known: float
