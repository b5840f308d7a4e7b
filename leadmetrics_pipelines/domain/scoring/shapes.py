"""Terms that several platforms share: a filled field, posts a month, days since the last one, a rate."""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.values import Task, Term


def filled(fact: str, words: str, task: str, *, weight: float = 1, how: str = "") -> Term:
    """A field that is filled or not."""
    return Term(
        fact=fact, points=((0, 0), (1, 100)), words=words, weight=weight, yes_no=True, task=Task(name=task, how=how)
    )


def often(fact: str, wanted: float, task: str, *, words: str = "posts in 30 days", weight: float = 2) -> Term:
    """A count of the month: nothing gives 0, `wanted` in 30 days and more give all points."""
    return Term(
        fact=fact, points=((0, 0), (wanted, 100)), words=words, weight=weight, paced=True,
        task=Task(name=task, how="{value} in this month so far; {wanted} in 30 days give all points."),
    )  # fmt: skip


def recent(fact: str, fresh: float, stale: float, task: str, *, words: str, weight: float = 1) -> Term:
    """Days since something happened: all points up to `fresh`, none from `stale` on."""
    return Term(
        fact=fact, points=((fresh, 100), (stale, 0)), words=words, weight=weight,
        task=Task(name=task, how="The last one was {value} day{s} ago; up to {wanted} days give all points."),
    )  # fmt: skip


def rate(
    fact: str, points: tuple[tuple[float, float], ...], words: str, task: str, *, weight: float = 1, how: str = "",
    least_days: int = 0,
) -> Term:  # fmt: skip
    """Any figure with its own line of points."""
    return Term(
        fact=fact, points=points, words=words, weight=weight, least_days=least_days, task=Task(name=task, how=how)
    )
