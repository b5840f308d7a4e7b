"""Reading channels: facts with sources, unknown with since when, one channel's failure apart; figures upserted."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.derived_facts import derive_facts
from leadmetrics_pipelines.services.figures import read_figures, store_figures
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.scores import score_channel_now
from leadmetrics_pipelines.services.snapshots import take_snapshots
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.scores.models import ChannelFigure, ChannelScore, ChannelSnapshot
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, TESTER, build_channel
from tests.services.health_builders import add_channel, read_scores

DECEMBER = NOVEMBER.following()


@pytest.fixture
def site(runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox) -> Channel:
    """Acme's WordPress in the sandbox; Zenith has one, too."""
    build_channel(runtime, zenith, sandbox.make_site("zenith"))
    return get_channel(runtime, acme, build_channel(runtime, acme, sandbox.wordpress_url("acme")))


def get_channel(runtime: Runtime, tenant: Tenant, channel_id: object) -> Channel:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return work.session.get_one(Channel, channel_id)


def snapshots(runtime: Runtime, tenant: Tenant) -> list[ChannelSnapshot]:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(work.session.scalars(select(ChannelSnapshot).order_by(ChannelSnapshot.month)))


def test_a_channel_is_scored_when_it_is_connected(
    runtime: Runtime, acme: Tenant, zenith: Tenant, site: Channel
) -> None:
    """Read from the site and scored at once; the neighbour's site is not asked."""
    report = score_channel_now(runtime, acme.id, site.id)
    assert (report.taken, report.problems) == (1, ())
    (found,) = read_scores(runtime.database, acme)
    assert found.formula == "wordpress/1"
    assert 0 < found.known < 1
    assert snapshots(runtime, zenith) == []


def test_every_fact_of_the_formula_is_there_known_or_with_a_reason(
    runtime: Runtime, acme: Tenant, site: Channel
) -> None:
    """An empty site: what there is no mean of is unknown, since today, and says why."""
    take_snapshots(runtime, tenant=acme.id, month=NOVEMBER, run_id="run-7")
    (row,) = snapshots(runtime, acme)
    facts = {fact["name"]: fact for fact in row.facts}
    assert (row.run_id, row.problem, facts["days_elapsed"]["value"]) == ("run-7", None, 2)
    assert facts["average_words"] == {
        "name": "average_words", "value": None, "source": facts["average_words"]["source"],
        "why_unknown": "The site has no posts.", "unknown_since": "2026-11-02",
    }  # fmt: skip
    assert all(fact["why_unknown"] for fact in row.facts if fact["value"] is None)
    assert site.id == row.channel_id


def test_unknown_keeps_the_day_since_when(runtime: Runtime, acme: Tenant, site: Channel, clock: FixedClock) -> None:
    """Next month it is still unknown since November."""
    take_snapshots(runtime, tenant=acme.id, month=NOVEMBER)
    clock.advance(days=30)
    take_snapshots(runtime, tenant=acme.id, month=DECEMBER)
    november, december = snapshots(runtime, acme)
    assert december.month == DECEMBER.first_day
    since = {fact["name"]: fact["unknown_since"] for fact in december.facts}
    assert since["average_words"] == "2026-11-02"
    assert november.taken_at < december.taken_at
    assert site.id == december.channel_id


def test_one_channel_that_fails_does_not_cost_the_others_theirs(runtime: Runtime, acme: Tenant, site: Channel) -> None:
    """A site that is gone: its facts are unknown with the reason; the other site is read."""
    gone = build_channel(runtime, acme, "http://127.0.0.1:9/wordpress/gone")
    report = take_snapshots(runtime, tenant=acme.id, month=NOVEMBER)
    assert report.taken == 2
    assert [problem.channel for problem in report.problems] == ["Acme blog"]
    rows = {row.channel_id: row for row in snapshots(runtime, acme)}
    assert rows[site.id].problem is None
    assert "No connection" in str(rows[gone].problem)
    assert {fact["value"] for fact in rows[gone].facts} == {None}


def test_a_failure_keeps_the_facts_of_before(
    runtime: Runtime, acme: Tenant, site: Channel, sandbox: RunningSandbox
) -> None:
    """The site is away on the second reading: the facts stay, the problem stands beside them."""
    take_snapshots(runtime, tenant=acme.id, month=NOVEMBER)
    (before,) = snapshots(runtime, acme)
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        work.session.get_one(Channel, site.id).base_url = "http://127.0.0.1:9/away"
    take_snapshots(runtime, tenant=acme.id, month=NOVEMBER)
    (after,) = snapshots(runtime, acme)
    assert after.facts == before.facts
    assert after.problem
    assert sandbox.url


def test_a_month_that_is_long_over_is_not_read(runtime: Runtime, acme: Tenant, site: Channel) -> None:
    """What an account looked like then is told by nobody; the month before is read while it settles."""
    report = take_snapshots(runtime, tenant=acme.id, month=NOVEMBER.preceding().preceding())
    assert (report.taken, "no longer be read" in report.skipped) == (0, True)
    assert take_snapshots(runtime, tenant=acme.id, month=NOVEMBER.preceding()).taken == 1
    (row,) = snapshots(runtime, acme)
    assert next(fact["value"] for fact in row.facts if fact["name"] == "days_elapsed") == 31
    assert site.id == row.channel_id


def test_figures_are_upserted_and_restated(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """The same again changes nothing; a restated day replaces its value; the same figure twice is taken once."""
    channel = get_channel(runtime, acme, add_channel(runtime.database, acme, "linkedin"))
    figures = [
        DailyFigure(day=date(2026, 11, day), metric="clicks", dimension=dimension, value=day)
        for day in (1, 2) for dimension in ("", "sails")
    ]  # fmt: skip

    def store(found: list[DailyFigure]) -> int:
        with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
            return store_figures(work, channel, found)

    assert [store(figures), store(figures), store([])] == [4, 0, 0]
    assert store([*figures[:1], DailyFigure(day=date(2026, 11, 1), metric="clicks", value=9)]) == 1
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        assert sorted(work.session.scalars(select(ChannelFigure.value))) == [1, 2, 2, 9]
    with runtime.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        assert work.session.scalars(select(ChannelFigure)).all() == []


def test_figures_of_a_site_are_read(runtime: Runtime, acme: Tenant, site: Channel, clock: FixedClock) -> None:
    """Each day that is over, with its number of posts; reading again changes nothing."""
    clock.advance(days=3)
    first = read_figures(runtime, tenant=acme.id, month=NOVEMBER)
    assert (first.channels, first.figures, first.changed) == (1, 4, 4)
    assert read_figures(runtime, tenant=acme.id, month=NOVEMBER).changed == 0
    assert site.platform == "wordpress"


def test_a_channel_without_a_reporter_is_left_alone(runtime: Runtime, acme: Tenant) -> None:
    """An ads account has no score: nothing is asked, nothing is stored."""
    add_channel(runtime.database, acme, "google_ads")
    assert take_snapshots(runtime, tenant=acme.id, month=NOVEMBER).taken == 0
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        assert work.session.scalars(select(ChannelScore)).all() == []


def test_what_readings_tell_together_is_derived(acme: Tenant, clock: FixedClock) -> None:
    """Growth from two months' followers; the share of days with a story from seven looks, one a day."""

    def told(**values: float | None) -> list[SnapshotFact]:
        return [SnapshotFact(name=name, value=value, source="GET") for name, value in values.items()]

    def snapshot(month: Month, facts: list[SnapshotFact]) -> ChannelSnapshot:
        stored = [{"name": fact.name, "value": fact.value} for fact in facts]
        return ChannelSnapshot(tenant_id=acme.id, month=month.first_day, facts=stored, taken_at=clock.now())

    before = snapshot(NOVEMBER.preceding(), told(followers=200))
    found = derive_facts(told(followers=206, follower_growth=None), this=None, before=before, now=clock.now())
    assert {fact.name: fact.value for fact in found}["follower_growth"] == 0.03
    this: ChannelSnapshot | None = None
    for day in range(8):
        for _ in range(2):
            found = derive_facts(told(stories_live=day % 2), this=this, before=None, now=clock.now())
            this = snapshot(NOVEMBER, found)
        shares = {fact.name: fact.value for fact in found}
        assert shares["story_looks"] == day + 1
        assert (shares["story_day_share"] is None) == (day < 6)
        clock.advance(days=1)
    assert shares["story_day_share"] == 0.5
