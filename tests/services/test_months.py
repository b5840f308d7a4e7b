"""Starting months: once, set-based, only the running month at work, and no outside call for any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import agent_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import NotAllowed
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.agent_work import do_agent_work
from leadmetrics_pipelines.services.deliverables import add_deliverable, change_deliverable, list_deliverables
from leadmetrics_pipelines.services.months import MonthsReport, start_months
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.tenants import set_active
from leadmetrics_pipelines.services.work import find_ready_work
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER

OCTOBER, DECEMBER = NOVEMBER.preceding(), NOVEMBER.following()
Keys = list[tuple[str, Month]]


@pytest.fixture
def promises(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Acme has two deliverables, the neighbour one."""
    for tenant, quantities in ((acme, (10, 4)), (zenith, (2,))):
        for quantity in quantities:
            with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
                add_deliverable(work, kind="blog_posts", name=f"Blog {quantity}", monthly_quantity=quantity)


def start(database: Database, keys: Keys, run_id: str | None = None) -> MonthsReport:
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        return start_months(work, keys, run_id=run_id)


def periods(database: Database, tenant: Tenant) -> list[tuple[str, str, int]]:
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        rows = work.session.scalars(select(DeliverablePeriod)).all()
        return sorted((str(Month(row.month)), row.status, row.target_quantity) for row in rows)


def dump(database: Database) -> list[tuple[object, ...]]:
    """Every period, activity and audit row there is."""
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        found: list[tuple[object, ...]] = []
        for kind in (DeliverablePeriod, Activity, AuditRow):
            columns = list(kind.__table__.columns)
            found += sorted(map(str, work.session.execute(select(*columns))))  # type: ignore[arg-type]
        return found


def test_the_running_month_is_active_and_its_research_is_free(
    database: Database, promises: None, acme: Tenant, zenith: Tenant
) -> None:
    """A period and a first activity for each deliverable, each on record with the run that made it."""
    report = start(database, [("acme", NOVEMBER), ("zenith", NOVEMBER)], run_id="run-7")
    assert [(m.tenant, str(m.month), m.periods, m.activities, m.activated) for m in report.months] == [
        ("acme", "2026-11", 2, 2, 0), ("zenith", "2026-11", 1, 1, 0),
    ]  # fmt: skip
    assert (report.periods, report.unknown, report.closed) == (3, (), 0)
    assert periods(database, acme) == [("2026-11", "active", 4), ("2026-11", "active", 10)]
    assert periods(database, zenith) == [("2026-11", "active", 2)]
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        made = work.session.scalars(select(Activity)).all()
        assert {(a.step_key, a.status, a.agent_role, a.run_id, a.ready_at) for a in made} == {
            ("plan", "assigned", "seo-specialist", "run-7", work.now)
        }
        assert {p.run_id for p in work.session.scalars(select(DeliverablePeriod))} == {"run-7"}
        audit = work.session.scalars(
            select(AuditRow.action).where(AuditRow.action.in_(("period.created", "activity.created")))
        )
        assert sorted(audit) == ["activity.created"] * 2 + ["period.created"] * 2
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert [(r.tenant, r.month, r.count) for r in find_ready_work(work)] == [
            ("acme", "2026-11", 2), ("zenith", "2026-11", 1),
        ]  # fmt: skip


def test_starting_again_changes_nothing(database: Database, promises: None) -> None:
    """Not one row, not one audit row, whatever the keys are repeated with."""
    keys = [("acme", OCTOBER), ("acme", NOVEMBER), ("acme", DECEMBER), ("zenith", NOVEMBER)]
    assert start(database, keys).periods == 7
    before = dump(database)
    again = start(database, [*keys, *reversed(keys)])
    assert (again.periods, again.closed, {m.activities + m.activated for m in again.months}) == (0, 0, {0})
    assert len(again.months) == len(keys)
    assert dump(database) == before


def test_two_who_start_the_same_months_at_once_make_them_once(
    database: Database, promises: None, acme: Tenant, zenith: Tenant
) -> None:
    """The schedule and a person, in any order of the keys."""
    keys = [(slug, month) for slug in ("acme", "zenith") for month in (OCTOBER, NOVEMBER, DECEMBER)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(start, database, order) for order in (keys, keys[::-1], keys[2:], keys[:4])]
        assert sum(job.result(timeout=60).periods for job in jobs) == 9
    assert len(periods(database, acme)) == 6
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert len(work.session.scalars(select(Activity)).all()) == 9


def test_other_months_are_only_planned(database: Database, promises: None, acme: Tenant, zenith: Tenant) -> None:
    """Past or future: nobody may claim anything of them."""
    start(database, [("acme", OCTOBER), ("acme", DECEMBER)])
    assert {status for _, status, _ in periods(database, acme)} == {"planned"}
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert find_ready_work(work) == ()


def test_a_planned_month_becomes_active_when_it_comes_and_missed_when_it_is_over(
    database: Database, promises: None, acme: Tenant, zenith: Tenant
) -> None:
    """At the first instant of the month in UTC; its work is still done afterwards."""
    start(database, [("acme", DECEMBER)])
    database.clock.sleep((datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC) - database.clock.now()).total_seconds())
    assert start(database, [("acme", DECEMBER)]).months[0].activated == 0
    database.clock.sleep(1)
    assert start(database, [("acme", DECEMBER)]).months[0].activated == 2
    assert {status for _, status, _ in periods(database, acme)} == {"active"}
    database.clock.sleep(31 * 86400)
    report = start(database, [("acme", Month.parse("2027-01"))])
    assert (report.closed, report.periods) == (2, 2)
    assert {(month, status) for month, status, _ in periods(database, acme)} == {
        ("2026-12", "missed"), ("2027-01", "active"),
    }  # fmt: skip
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert [(r.month, r.count) for r in find_ready_work(work)] == [("2026-12", 2), ("2027-01", 2)]
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        moves = work.session.execute(
            select(AuditRow.from_state, AuditRow.to_state, AuditRow.reason).where(AuditRow.action == "period.moved")
        ).all()
        assert sorted(map(tuple, moves)) == [
            ("active", "missed", "The month is over"), ("active", "missed", "The month is over"),
            ("planned", "active", ""), ("planned", "active", ""),
        ]  # fmt: skip


def test_only_the_named_tenants_months_are_closed(database: Database, promises: None, zenith: Tenant) -> None:
    """Starting Acme's January says nothing about the neighbour's November."""
    start(database, [("acme", NOVEMBER), ("zenith", NOVEMBER)])
    database.clock.sleep(40 * 86400)
    assert start(database, [("acme", DECEMBER)]).closed == 2
    assert periods(database, zenith) == [("2026-11", "active", 2)]


def test_twelve_past_months_make_the_plan_and_no_call(
    runtime: Runtime, sandbox: RunningSandbox, promises: None, acme: Tenant, zenith: Tenant
) -> None:
    """A backfill of a year: 12 periods for each deliverable, and agents that find nothing to do."""
    months = [OCTOBER]
    for _ in range(11):
        months.append(months[-1].preceding())
    report = start(runtime.database, [(slug, month) for slug in ("acme", "zenith") for month in months])
    assert report.periods == 12 * 3
    for tenant in (acme, zenith):
        assert do_agent_work(runtime, tenant=tenant.id).finished == 0
        for month in months:
            assert do_agent_work(runtime, tenant=tenant.id, month=month).finished == 0
    assert sandbox.calls() == []
    assert {status for _, status, _ in periods(runtime.database, acme)} == {"planned"}


def test_unknown_slugs_are_reported_and_the_others_started(database: Database, promises: None) -> None:
    """A paused tenant is as unknown as a typing error, and gets nothing."""
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        set_active(work, work.session.scalars(select(Tenant.id).where(Tenant.slug == "zenith")).one(), active=False)
    report = start(
        database, [("acme", NOVEMBER), ("zenith", NOVEMBER), ("acmee", NOVEMBER), ("' OR true --", NOVEMBER)]
    )
    assert report.unknown == ("' OR true --", "acmee", "zenith")
    assert [(month.tenant, month.periods) for month in report.months] == [("acme", 2)]


def test_a_deliverable_that_was_added_or_paused_later_is_respected(
    database: Database, promises: None, acme: Tenant, zenith: Tenant
) -> None:
    """Added: the next start makes its period. Paused: no new period. Changed: what was promised stays promised."""
    start(database, [("acme", NOVEMBER)])
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        first, second = list_deliverables(work)
        change_deliverable(work, first.id, is_active=False)
        change_deliverable(work, second.id, monthly_quantity=7)
        add_deliverable(work, kind="blog_posts", name="New", monthly_quantity=1)
    assert start(database, [("acme", NOVEMBER), ("acme", DECEMBER)]).periods == 1 + 2
    quantities = [(month, quantity) for month, _, quantity in periods(database, acme)]
    assert quantities[:3] == [("2026-11", 1), ("2026-11", 4), ("2026-11", 10)]
    assert quantities[3:] == [("2026-12", 1), ("2026-12", 7)]


def test_nothing_to_start_is_no_error(database: Database, promises: None) -> None:
    """No keys, or a tenant without a promise."""
    assert start(database, []).months == ()
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        work.session.add(
            Tenant(slug="bare", name="Bare", website_url="https://bare.example", time_zone="UTC", created_at=work.now)
        )
    assert [(m.periods, m.activities) for m in start(database, [("bare", NOVEMBER)]).months] == [(0, 0)]


def test_starting_needs_the_right_to_propose(database: Database, promises: None) -> None:
    """Which readers do not have."""
    nobody = agent_actor("reader", "api")
    reader = type(nobody)(kind=nobody.kind, id="r", name="Reader", permissions=frozenset())
    with pytest.raises(NotAllowed), database.unit_of_work(tenant=all_tenants, actor=reader) as work:
        start_months(work, [("acme", NOVEMBER)])


def test_the_first_of_the_month_is_kept_by_the_database(database: Database, promises: None) -> None:
    """A month is its first day, everywhere."""
    assert NOVEMBER.first_day == date(2026, 11, 1)
    start(database, [("acme", NOVEMBER)])
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert set(work.session.scalars(select(DeliverablePeriod.month))) == {date(2026, 11, 1)}
