"""How often an account posts: the facts of a month, from a list of posts, newest first. For Pages and accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from leadmetrics_pipelines.platforms.meta.account import read_time
from leadmetrics_pipelines.platforms.reading import SnapshotFact


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The posts of a month up to a day, and the day of the last post, which may be of an earlier month."""

    posts: tuple[dict[str, Any], ...]
    last: date | None


def read_pace(listed: Iterable[dict[str, Any]], *, time_field: str, month_first: date, today: date) -> Pace:
    """Read no more of the list than is needed. Days are UTC, as the API's times are."""
    posts: list[dict[str, Any]] = []
    last: date | None = None
    for post in listed:
        at = read_time(post.get(time_field))
        if at is None or at.date() > today:
            continue
        last = last or at.date()
        if at.date() < month_first:
            break
        posts.append(post)
    return Pace(posts=tuple(posts), last=last)


def describe_pace(pace: Pace, *, month_first: date, today: date, source: str) -> list[SnapshotFact]:
    """`posts_in_month`, `days_of_month`, `days_since_last_post`."""
    return [
        SnapshotFact(name="posts_in_month", value=len(pace.posts), source=source),
        SnapshotFact(name="days_of_month", value=(today - month_first).days + 1, source="the calendar"),
        SnapshotFact(
            name="days_since_last_post", value=(today - pace.last).days if pace.last else None, source=source,
            why_unknown="" if pace.last else "There are no posts yet.",
        ),
    ]  # fmt: skip
