"""Scoring many channels at once: traceable, repeatable, per tenant; tasks come once and end when the fact is good."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.services.scores import compute_scores
from leadmetrics_pipelines.services.transitions import move_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER
from tests.services.health_builders import GOOGLE, LINKEDIN, add_channel, add_snapshot, read_scores, score

OCTOBER, DECEMBER = NOVEMBER.preceding(), NOVEMBER.following()
ANSWER = "Respond to 3 unanswered Google reviews"
ASK = "Look into what Google reviewers criticise"


def tasks(database: Database, tenant: Tenant) -> dict[str, str]:
    """Names and states of the tenant's improvement tasks."""
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        rows = work.session.scalars(select(Activity).where(Activity.step_key == "improve_channel"))
        return {row.name: row.status for row in rows}


def finish(database: Database, tenant: Tenant, name: str, status: ActivityStatus) -> None:
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        move_activity(work, work.session.scalars(select(Activity).where(Activity.name == name)).one(), status)


def test_every_point_leads_to_its_fact(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Dimension, fact, value, source and formula are stored with the score, and it is the mean of its dimensions."""
    for tenant in (acme, zenith):
        channel = add_channel(database, tenant, "google_business")
        add_snapshot(database, tenant, channel, GOOGLE)
    report = score(database, "acme", "zenith")
    assert (report.scores, report.unknown, [m.tenant for m in report.months]) == (2, 0, ["acme", "zenith"])
    (found,) = read_scores(database, acme)
    assert (found.formula, found.known, found.run_id) == ("google_business/1", 1, "run-1")
    assert found.total == pytest.approx(sum(d["score"] * d["weight"] for d in found.dimensions) / 100, abs=1e-3)
    (fact,) = (f for f in found.dimensions[1]["facts"] if f["name"] == "reviews_unanswered")
    assert (fact["value"], fact["points"], fact["source"]) == (3, 40, "GET reviews_unanswered")
    assert fact["formula"] == "reviews without an answer: 0 gives 100, 5 gives 0"


def test_scoring_again_changes_nothing(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """The same facts, the same rows, no second task, no second audit row; and the neighbour has nothing."""
    add_snapshot(database, acme, add_channel(database, acme, "google_business"), GOOGLE)
    assert score(database, "acme", "zenith").opened == 2
    before = [(row.id, row.total, row.dimensions) for row in read_scores(database, acme)]
    again = score(database, "acme", "zenith")
    assert (again.opened, again.ended) == (0, 0)
    assert [(row.id, row.total, row.dimensions) for row in read_scores(database, acme)] == before
    assert tasks(database, acme) == {ANSWER: "assigned", ASK: "assigned"}
    assert tasks(database, zenith) == {}
    assert read_scores(database, zenith) == []


def test_what_is_unknown_is_said_and_not_counted(database: Database, acme: Tenant) -> None:
    """Refused reviews: no points, since when and why; the total stands on the rest and says so."""
    facts = GOOGLE | dict.fromkeys(("reviews", "review_average", "reviews_unanswered"))
    add_snapshot(database, acme, add_channel(database, acme, "google_business"), facts)
    score(database, "acme")
    (found,) = read_scores(database, acme)
    reviews = found.dimensions[1]
    assert (reviews["score"], reviews["unknown_since"], reviews["explanation"]) == (None, "2026-10-03", "Refused.")
    assert (found.total, found.known) == (100, 0.6)
    assert tasks(database, acme) == {}


def test_nothing_known_is_stored_as_nothing(database: Database, acme: Tenant) -> None:
    """A channel of which nothing could be read has a score without a total."""
    add_snapshot(database, acme, add_channel(database, acme, "linkedin"), {})
    assert score(database, "acme").unknown == 1
    assert [(row.total, row.known) for row in read_scores(database, acme)] == [(None, 0)]


def test_a_task_ends_when_its_fact_is_good(database: Database, acme: Tenant) -> None:
    """Next month the reviews are answered: done, on record; the other task stands, with its words up to date."""
    channel = add_channel(database, acme, "google_business")
    add_snapshot(database, acme, channel, GOOGLE)
    score(database, "acme")
    add_snapshot(database, acme, channel, GOOGLE | {"reviews_unanswered": 0}, DECEMBER)
    report = score(database, "acme", month=DECEMBER)
    assert (report.opened, report.ended) == (0, 1)
    assert tasks(database, acme) == {ANSWER: "completed", ASK: "assigned"}
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        reasons = work.session.scalars(select(AuditRow.reason).where(AuditRow.to_state == "completed")).all()
        assert reasons == ["The fact behind it is good again"]


@pytest.mark.parametrize("status", [ActivityStatus.COMPLETED, ActivityStatus.SKIPPED])
def test_a_task_that_a_person_ended_does_not_come_again_each_month(
    database: Database, acme: Tenant, status: ActivityStatus
) -> None:
    """Still bad next month: silence. Good, then bad again: a new task."""
    channel = add_channel(database, acme, "google_business")
    add_snapshot(database, acme, channel, GOOGLE)
    score(database, "acme")
    finish(database, acme, ANSWER, status)
    month = DECEMBER
    for unanswered, opened in ((4, 0), (0, 0), (3, 1)):
        add_snapshot(database, acme, channel, GOOGLE | {"reviews_unanswered": unanswered}, month)
        assert score(database, "acme", month=month).opened == opened
        month = month.following()


def test_words_of_a_live_task_follow_the_fact(database: Database, acme: Tenant) -> None:
    """Two more reviews came in: one task, with the new number."""
    channel = add_channel(database, acme, "google_business")
    add_snapshot(database, acme, channel, GOOGLE)
    score(database, "acme")
    add_snapshot(database, acme, channel, GOOGLE | {"reviews_unanswered": 5}, DECEMBER)
    score(database, "acme", month=DECEMBER)
    assert tasks(database, acme) == {"Respond to 5 unanswered Google reviews": "assigned", ASK: "assigned"}


def test_a_past_month_fills_the_history_alone(database: Database, acme: Tenant) -> None:
    """Scored after the newest one: a row, and no task."""
    channel = add_channel(database, acme, "google_business")
    add_snapshot(database, acme, channel, GOOGLE, OCTOBER)
    add_snapshot(database, acme, channel, GOOGLE | {"reviews_unanswered": 0, "review_average": 4.9})
    score(database, "acme")
    assert score(database, "acme", month=OCTOBER).opened == 0
    assert [str(row.month) for row in read_scores(database, acme)] == ["2026-10-01", "2026-11-01"]
    assert tasks(database, acme) == {}


def test_tasks_speak_as_the_mission_does(database: Database, acme: Tenant) -> None:
    """LinkedIn without a cover image."""
    add_snapshot(database, acme, add_channel(database, acme, "linkedin"), LINKEDIN)
    score(database, "acme")
    assert "Upload LinkedIn cover image" in tasks(database, acme)


def test_a_tenant_scores_its_own_channels_alone(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """In a tenant's own unit of work the neighbour's snapshots do not exist, whoever is asked for."""
    for tenant in (acme, zenith):
        add_snapshot(database, tenant, add_channel(database, tenant, "google_business"), GOOGLE)
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        report = compute_scores(work, [("acme", NOVEMBER), ("zenith", NOVEMBER)])
        assert work.session.execute(text("SELECT count(*) FROM channel_scores")).scalar_one() == 1
    assert report.scores == 1
    assert read_scores(database, zenith) == []
