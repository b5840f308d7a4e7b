"""Health scores: within 0 to 100, better facts never score worse, and what is unknown counts for nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.domain.scoring.scoring import (
    DAYS_ELAPSED,
    LOW,
    explain_term,
    find_low_terms,
    score_channel,
    word_task,
)
from leadmetrics_pipelines.domain.scoring.values import Fact, Formula

# A changed number is another formula: scores of the two must not be compared in silence. Raise `version`, then this.
DIGESTS = {
    "facebook/1": "67de0c32a068",
    "ga4/1": "835861cdd9b5",
    "google_business/1": "c89aabdc4465",
    "instagram/1": "68e968b9b987",
    "klaviyo/1": "2d9aca857f8a",
    "linkedin/1": "08fdd59b77e3",
    "mailchimp/1": "2b27bbe484fe",
    "search_console/1": "b38ee6af9652",
    "tiktok/1": "76be8d60e9b2",
    "webflow/1": "a529d342c705",
    "wordpress/1": "8e82585f4e98",
    "wordpress_com/1": "a529d342c705",
    "x/1": "b1a1eed1c9cd",
}

DAYS = Fact(name=DAYS_ELAPSED, value=30)
platforms = st.sampled_from(sorted(FORMULAS))
numbers = st.one_of(st.none(), st.booleans(), st.floats(-1e6, 1e6, allow_nan=False), st.text(max_size=3))


def facts_of(formula: Formula, **values: float | bool | str | None) -> list[Fact]:
    return [DAYS, *(Fact(name=name, value=value) for name, value in values.items())]


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[Formula, list[Fact]]:
    formula = FORMULAS[draw(platforms)]
    days = Fact(name=DAYS_ELAPSED, value=draw(st.integers(1, 31)))
    told = [Fact(name=name, value=draw(numbers), why_unknown="It was not told.") for name in formula.facts]
    return formula, [days, *told]


@given(snapshots())
def test_every_score_is_within_0_and_100(case: tuple[Formula, list[Fact]]) -> None:
    """Whatever a platform tells: terms, dimensions and total; the known share within 0 and 1."""
    score = score_channel(*case)
    points = [
        score.total,
        *(d.points for d in score.dimensions),
        *(t.points for d in score.dimensions for t in d.terms),
    ]
    assert all(0 <= one <= 100 for one in points if one is not None)
    assert 0 <= score.known <= 1
    assert (score.total is None) == (score.known == 0)


@given(snapshots(), st.data())
def test_a_better_fact_never_scores_worse(case: tuple[Formula, list[Fact]], data: st.DataObject) -> None:
    """Any number moved in its good direction: no dimension and no total goes down."""
    formula, facts = case
    before = score_channel(formula, facts)
    numeric = [fact for fact in facts if isinstance(fact.value, float)]
    if not numeric:
        return
    chosen = data.draw(st.sampled_from(numeric))
    rises = next(t.rises for d in formula.dimensions for t in d.terms if t.fact == chosen.name)
    step = data.draw(st.floats(0, 1e5)) * (1 if rises else -1)
    better = [replace(fact, value=float(fact.value or 0) + step) if fact is chosen else fact for fact in facts]
    after = score_channel(formula, better)
    assert (after.total or 0) >= (before.total or 0)
    assert after.known == before.known
    for one, other in zip(after.dimensions, before.dimensions, strict=True):
        assert (one.points or 0) >= (other.points or 0)


@given(snapshots())
def test_what_is_unknown_never_counts(case: tuple[Formula, list[Fact]]) -> None:
    """The total is that of a formula without the dimensions that are unknown; each says why."""
    formula, facts = case
    score = score_channel(formula, facts)
    known = tuple(one.dimension for one in score.dimensions if one.points is not None)
    for one in score.dimensions:
        for term in one.terms:
            assert (term.points is None) == bool(
                term.why_unknown or not isinstance(term.fact.value, bool | int | float)
            )
    if known:
        assert score_channel(replace(formula, dimensions=known), facts).total == score.total


@pytest.mark.parametrize("platform", sorted(FORMULAS))
def test_nothing_known_is_no_score(platform: str) -> None:
    """Neither 0 nor 100: there is no total, and nothing of it is known."""
    score = score_channel(FORMULAS[platform], [])
    assert (score.total, score.known) == (None, 0)
    assert find_low_terms(score) == ()


@pytest.mark.parametrize("platform", sorted(FORMULAS))
def test_a_formula_holds_together(platform: str) -> None:
    """Lines run by rising value and one way only, weights are positive and add up to 100, keys are unique."""
    formula = FORMULAS[platform]
    assert sum(dimension.weight for dimension in formula.dimensions) == 100
    assert len({dimension.key for dimension in formula.dimensions}) == len(formula.dimensions)
    assert len(formula.facts) == sum(len(dimension.terms) for dimension in formula.dimensions)
    for dimension in formula.dimensions:
        for term in dimension.terms:
            values, scores = zip(*term.points, strict=True)
            assert list(values) == sorted(set(values))
            assert sorted({scores[0], scores[-1]}) == [0, 100] or term.weight > 0
            assert list(scores) in (sorted(scores), sorted(scores, reverse=True))
            assert term.weight > 0
            assert explain_term(term).startswith(f"{term.words}: ")


@pytest.mark.parametrize("platform", sorted(FORMULAS))
def test_a_changed_formula_has_a_new_version(platform: str) -> None:
    """The numbers of each version are pinned by their digest; words may change."""
    formula = FORMULAS[platform]
    numbers = [
        [d.key, d.weight, [[t.fact, t.points, t.weight, t.paced, t.least_days] for t in d.terms]]
        for d in formula.dimensions
    ]
    digest = hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:12]
    assert DIGESTS.get(formula.name) == digest


def test_a_score_can_be_followed_to_its_facts() -> None:
    """3 of 8 Google posts give 37.5 of 100 for the month's count; unanswered reviews and all else likewise."""
    formula = FORMULAS["google_business"]
    score = score_channel(
        formula, facts_of(formula, posts_this_month=3, days_since_last_post=30, reviews=10, review_average=4.0,
                          reviews_unanswered=3)
    )  # fmt: skip
    profile, reviews, posts = score.dimensions
    assert [t.points for t in posts.terms] == [37.5, 0]
    assert posts.points == 25
    assert reviews.points == (50 + 2 * 70 + 2 * 40) / 5
    assert (profile.points, profile.known) == (None, 0)
    assert score.known == 0.65
    assert score.total == pytest.approx((40 * 54 + 25 * 25) / 65, abs=1e-3)


def test_low_terms_become_tasks_in_the_words_of_the_mission() -> None:
    """The worst first; a known cover image that is missing, and three reviews without an answer."""
    google, linkedin = FORMULAS["google_business"], FORMULAS["linkedin"]
    score = score_channel(google, facts_of(google, reviews=10, review_average=3.0, reviews_unanswered=3))
    named = [word_task(term, term.term.task)[0] for _, term in find_low_terms(score) if term.term.task]
    assert named[1] == "Respond to 3 unanswered Google reviews"
    profile = dict.fromkeys((t.fact for t in linkedin.dimensions[0].terms), True) | {"has_cover": False}
    names = ("has_tagline", "has_logo")
    score = score_channel(linkedin, facts_of(linkedin, **(profile | dict.fromkeys(names, False))))
    named = [word_task(term, term.term.task)[0] for _, term in find_low_terms(score) if term.term.task]
    assert named == ["Upload LinkedIn cover image", "Upload LinkedIn logo", "Write the LinkedIn page's tagline"]
    assert all(term.points is not None and term.points < LOW for _, term in find_low_terms(score))


def test_one_is_not_many() -> None:
    """One review, without the plural."""
    formula = FORMULAS["google_business"]
    score = score_channel(formula, facts_of(formula, reviews_unanswered=1))
    term = score.dimensions[1].terms[2]
    assert term.term.task is not None
    assert word_task(term, term.term.task)[0] == "Respond to 1 unanswered Google review"


def test_a_young_month_is_unknown_not_bad() -> None:
    """Two days into the month nobody can say how often somebody posts; the days since the last post are known."""
    formula = FORMULAS["linkedin"]
    facts = [
        Fact(name=DAYS_ELAPSED, value=2), Fact(name="posts_in_month", value=0),
        Fact(name="days_since_last_post", value=3),
    ]  # fmt: skip
    frequency = score_channel(formula, facts).dimensions[1]
    assert frequency.points is None
    assert frequency.why_unknown == "Fewer than 7 days of the month have passed."
    facts[0] = Fact(name=DAYS_ELAPSED, value=10)
    facts[1] = Fact(name="posts_in_month", value=4)
    assert score_channel(formula, facts).dimensions[1].points == 100


def test_unknown_says_since_when() -> None:
    """The day since which a dimension cannot be told is the day of its youngest unknown fact."""
    formula = FORMULAS["linkedin"]
    fact = Fact(name="engagement_rate", value=None, why_unknown="Refused.", unknown_since=date(2026, 10, 3))
    found = score_channel(formula, [fact]).dimensions[2]
    assert (found.points, found.unknown_since, found.why_unknown) == (None, date(2026, 10, 3), "Refused.")
