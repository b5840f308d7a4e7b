"""Scoring the channels of many tenants in one run, against one plain SQL statement that stores the same scores.

The statement works the formulas out by itself, from the same data: both must come to the same totals.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.homes import Home, temporary_home
from benchmarks.results import Result
from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import DAYS_ELAPSED, LEAST_PACED_DAYS, explain_term
from leadmetrics_pipelines.domain.scoring.values import Formula, Term
from leadmetrics_pipelines.services.scores import ScoresReport, compute_scores
from leadmetrics_pipelines.storage.database import all_tenants

TARGET = 3.0
TENANTS = 500
PLATFORMS = ("linkedin", "instagram", "facebook", "google_business", "wordpress", "x")
ROUNDS = 3
UNKNOWN = 0.1
ACTOR = system_actor("benchmark", "benchmark")
SCRIPT = (Path(__file__).parent / "scoring.sql").read_text()
_TENANTS = """
INSERT INTO tenants (id, slug, name, website_url, time_zone, profile, four_eyes, edit_and_approve, is_active,
                     created_at)
SELECT uuidv7(), 'tenant-' || lpad(n::text, 4, '0'), 'Tenant ' || n, 'https://tenant.example', 'UTC', '{}', true, true,
       true, now()
FROM generate_series(1, %s) AS n
"""
_CHANNELS = """
INSERT INTO channels (id, tenant_id, platform, name, base_url, account_id, status, facts, created_at)
SELECT uuidv7(), t.id, p, p, '', '1', 'connected', '{}', now() FROM tenants t CROSS JOIN unnest(%s::text[]) AS p
RETURNING id, tenant_id, platform
"""
_SNAPSHOTS = "COPY channel_snapshots (id, tenant_id, channel_id, month, facts, taken_at) FROM STDIN"
_TERMS = """
CREATE TABLE terms (
    platform text, dimension_no int, term_no int, key text, title text, dimension_weight float8, fact text,
    weight float8, paced boolean, wait int, xs float8[], ys float8[], words text)
"""


def measure() -> Iterator[Result]:
    """The service and the statement in turns, with no score stored; first of all once with all tasks to make."""
    with temporary_home() as home, closing(home.connect()) as owner:
        month = _fill(owner)
        began = time.perf_counter()
        first = _score(home, owner, month)
        first_s = time.perf_counter() - began
        owner.execute("VACUUM ANALYZE")
        ours, reference = [], []
        for turn in range(ROUNDS + 1):
            seconds = [_time(owner, lambda: _score(home, owner, month)), _time(owner, lambda: owner.execute(SCRIPT))]
            if turn:  # the first of each warms up
                ours.append(seconds[0])
                reference.append(seconds[1])
        same = _same(owner, home, month)
    ratio = statistics.median(ours) / statistics.median(reference)
    yield Result(
        benchmark="scoring", ratio=ratio, target=TARGET, met=ratio <= TARGET and same,
        measured={
            "tenants": TENANTS, "channels_each": len(PLATFORMS), "median_s": statistics.median(ours),
            "first_run_s": first_s, "tasks_made_in_first_run": first.opened, "same_totals": same,
        },
        reference={
            "what": "benchmarks/scoring.sql: one statement by the owner of the tables, without tasks and goals",
            "median_s": statistics.median(reference),
        },
        n=ROUNDS,
    )  # fmt: skip


def _fill(owner: psycopg.Connection) -> Month:
    row = owner.execute("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date").fetchone()
    assert row is not None
    owner.execute(_TENANTS, [TENANTS])
    channels = owner.execute(_CHANNELS, [list(PLATFORMS)]).fetchall()
    chance = random.Random(7)
    with owner.cursor() as cursor, cursor.copy(_SNAPSHOTS) as copy:
        copy.set_types(["uuid", "uuid", "uuid", "date", "jsonb", "timestamptz"])
        for channel, tenant, platform in channels:
            facts = Jsonb(list(_invent(FORMULAS[platform], chance)))
            copy.write_row((channel, tenant, channel, row[0], facts, row[0]))
    owner.execute(_TERMS)
    for formula in FORMULAS.values():
        owner.cursor().executemany(
            "INSERT INTO terms VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", list(_terms(formula))
        )
    owner.execute("VACUUM ANALYZE")
    return Month(row[0])


def _invent(formula: Formula, chance: random.Random) -> Iterator[dict[str, Any]]:
    """A fact for each term, anywhere around its line; some of them unknown."""
    yield {"name": DAYS_ELAPSED, "value": 21, "source": "the calendar", "why_unknown": "", "unknown_since": None}
    for dimension in formula.dimensions:
        for term in dimension.terms:
            unknown = chance.random() < UNKNOWN
            yield {
                "name": term.fact, "value": None if unknown else _value(term, chance), "source": "GET somewhere",
                "why_unknown": "Refused." if unknown else "", "unknown_since": "2026-10-03" if unknown else None,
            }  # fmt: skip


def _value(term: Term, chance: random.Random) -> float | bool:
    if term.yes_no:
        return chance.random() < 0.7  # noqa: PLR2004 - most fields are filled
    low, high = term.points[0][0], term.points[-1][0]
    return round(low + (high - low) * chance.uniform(-0.2, 1.2), 4)


def _terms(formula: Formula) -> Iterator[tuple[Any, ...]]:
    for n, dimension in enumerate(formula.dimensions):
        for m, term in enumerate(dimension.terms):
            xs, ys = (list(map(float, axis)) for axis in zip(*term.points, strict=True))
            wait = max(term.least_days, LEAST_PACED_DAYS if term.paced else 0)
            yield (
                formula.platform, n, m, dimension.key, dimension.title, dimension.weight, term.fact, term.weight,
                term.paced, wait, xs, ys, explain_term(term),
            )  # fmt: skip


def _score(home: Home, owner: psycopg.Connection, month: Month) -> ScoresReport:
    keys = [(slug, month) for (slug,) in owner.execute("SELECT slug FROM tenants ORDER BY slug").fetchall()]
    with home.runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        report = compute_scores(work, keys, run_id="benchmark")
    assert report.scores == TENANTS * len(PLATFORMS), report
    return report


def _time(owner: psycopg.Connection, act: Any) -> float:  # noqa: ANN401 - whatever is called
    owner.execute("TRUNCATE channel_scores")
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _totals(owner: psycopg.Connection) -> dict[Any, tuple[float | None, float]]:
    rows = owner.execute("SELECT channel_id, total, known FROM channel_scores").fetchall()
    assert len(rows) == TENANTS * len(PLATFORMS), len(rows)
    return {channel: (total, known) for channel, total, known in rows}


def _same(owner: psycopg.Connection, home: Home, month: Month) -> bool:
    """Whether both come to the same, to a hundredth of a point."""
    theirs = _totals(owner)
    owner.execute("TRUNCATE channel_scores")
    _score(home, owner, month)
    return all(
        (total is None) == (theirs[channel][0] is None)
        and abs((total or 0) - (theirs[channel][0] or 0)) < 0.01  # noqa: PLR2004 - rounding
        and abs(known - theirs[channel][1]) < 0.01  # noqa: PLR2004 - rounding
        for channel, (total, known) in _totals(owner).items()
    )
