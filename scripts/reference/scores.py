"""The page of health scores: every formula, as it is worked out."""

from __future__ import annotations

from collections.abc import Iterator

from leadmetrics_pipelines.domain.goals import SLACK, GoalStatus
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import (
    LEAST_KNOWN,
    LEAST_PACED_DAYS,
    LOW,
    LOW_DIMENSION,
    PACED_DAYS,
    explain_term,
    show_fact,
    show_number,
)
from leadmetrics_pipelines.domain.scoring.values import Formula, Term
from leadmetrics_pipelines.platforms.facts import PLATFORMS
from leadmetrics_pipelines.services.improvements import MOST_TASKS
from scripts.reference.markdown import code, codes, page, table

_ABOUT = """
The formulas of `leadmetrics_pipelines/domain/scoring/`, as data. A fact's points lie on straight lines between the
values given, level before the first and after the last. A dimension is the mean of its known facts by weight, and
unknown when less than {least:.0%} of that weight is known; the total is the mean of the known dimensions by weight.
"In 30 days" is the month so far, projected to {paced} days from its day {least_days} on. Why it is so:
[health score](../explanation/health-score.md).
"""
_TASKS = """
## Tasks and goals

A fact under {low} points, in a dimension under {low_dimension}, makes its task: at most {most} of a channel at once,
each once until the fact was good in between. A goal is one of {states}; it is at risk when it lags behind the straight
line from its start to its target by more than {slack:.0%} of the way.
"""


def make_page() -> str:
    """`docs/reference/scores.md`."""
    about = _ABOUT.format(least=LEAST_KNOWN, paced=PACED_DAYS, least_days=LEAST_PACED_DAYS)
    tasks = _TASKS.format(
        low=show_number(LOW), low_dimension=show_number(LOW_DIMENSION), most=MOST_TASKS, states=codes(GoalStatus),
        slack=SLACK,
    )  # fmt: skip
    return page("Health scores", about, *(_describe(formula) for formula in FORMULAS.values()), tasks)


def _describe(formula: Formula) -> str:
    title = PLATFORMS[formula.platform].title if formula.platform in PLATFORMS else formula.platform
    headings = ("Dimension", "Of 100", "Fact", "Weight in it", "Points", "Task when low")
    return f"## {title}: {code(formula.name)}\n\n{table(headings, _rows(formula))}"


def _rows(formula: Formula) -> Iterator[tuple[object, ...]]:
    for dimension in formula.dimensions:
        for number, term in enumerate(dimension.terms):
            first = number == 0
            yield (
                dimension.title if first else "", show_number(dimension.weight) if first else "", code(term.fact),
                show_number(term.weight), explain_term(term), _task(term),
            )  # fmt: skip


def _task(term: Term) -> str:
    """A task's words with an N where the fact goes."""
    if term.task is None:
        return "none"
    return term.task.name.format(value="N", wanted=show_fact(term, term.wanted), s="s")
