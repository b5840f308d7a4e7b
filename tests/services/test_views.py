"""The read models of the pages: paging by place, filters, and one tenant at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.services.people import SignInGranted, resolve_sign_in, sign_in
from leadmetrics_pipelines.services.views.checks import CheckState, check_post
from leadmetrics_pipelines.services.views.frame import read_frame
from leadmetrics_pipelines.services.views.inbox import InboxFilter, count_inbox, find_next, list_inbox
from leadmetrics_pipelines.services.views.keysets import Place
from leadmetrics_pipelines.services.views.month_board import UnitState, read_month_board
from leadmetrics_pipelines.services.views.visitor import read_visitor
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, PASSWORD, TESTER, build_blog_month, build_person, build_runtime


def add_items(database: Database, tenant: Tenant, count: int) -> None:
    """So many open items, a second apart but for pairs in the same second."""
    with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        work.session.add_all(
            Approval(
                tenant_id=tenant.id,
                subject_kind=SubjectKind.POST if n % 3 == 0 else SubjectKind.REQUEST,
                subject_id=uuid4(),
                subject_version=1,
                seal="0" * 64,
                status="open",
                title=f"{tenant.name} {n}",
                asked_by="copywriter" if n % 3 == 0 else "seo-specialist",
                cause="Proposed",
                opened_at=work.now + timedelta(seconds=n // 2),
            )
            for n in range(count)
        )


def test_pages_of_the_inbox_join_without_gap_or_repeat(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """Paging by place gives each item once, items of the same instant included, and none of the neighbour's."""
    add_items(database, acme, 23)
    add_items(database, zenith, 5)
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        seen: list[str] = []
        after: Place | None = None
        while True:
            page = list_inbox(work, InboxFilter(), after=after, limit=5)
            seen += [row.title for row in page.rows]
            after = page.more_after
            if after is None:
                break
            after = Place.parse(str(after))
    assert sorted(seen) == sorted(f"Acme {n}" for n in range(23))


def test_filters_narrow_rows_and_counts_alike(database: Database, acme: Tenant, zenith: Tenant) -> None:
    """What the list shows is what the count counts."""
    add_items(database, acme, 9)
    add_items(database, zenith, 9)
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        for wanted, count in (
            (InboxFilter(), 9),
            (InboxFilter(kind=SubjectKind.POST), 3),
            (InboxFilter(asked_by="seo-specialist"), 6),
            (InboxFilter(month=Month.parse("2026-11")), 0),
        ):
            assert len(list_inbox(work, wanted).rows) == count
            assert count_inbox(work, wanted).value == count


def test_counts_stop_at_99(database: Database, acme: Tenant) -> None:
    """A hundred and twenty items read as 99+."""
    add_items(database, acme, 120)
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        assert count_inbox(work, InboxFilter()).text == "99+"
        assert read_frame(work).waiting.text == "99+"


def test_after_the_last_item_comes_the_first(database: Database, acme: Tenant) -> None:
    """Whoever starts in the middle is led through everything."""
    add_items(database, acme, 3)
    with database.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        rows = list_inbox(work, InboxFilter()).rows
        following = find_next(work, InboxFilter(), rows[-1].place)
    assert following is not None
    assert following.approval_id == rows[0].approval_id


def test_places_are_read_back_to_the_microsecond() -> None:
    """What an address names is exactly the row it was made from."""
    place = Place(datetime(2026, 11, 2, 9, 0, 0, 123457, tzinfo=UTC), uuid4())
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "x", "12-34", "zz-00000000000000000000000000000000", "9" * 40 + "-" + "0" * 32])
def test_a_mistyped_place_is_refused(text: str) -> None:
    """It never becomes an error of ours."""
    with pytest.raises(InvalidInput):
        Place.parse(text)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.PLATFORM_ADMIN])
def test_one_statement_says_the_same_as_two(
    database: Database, acme: Tenant, zenith: Tenant, clock: FixedClock, role: Role
) -> None:
    """The pages' way to the visitor agrees with the service's, for a member and for a platform admin, and when over."""
    build_person(database, acme, role, "Vera Visitor")
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        granted = sign_in(work, email="vera.visitor@acme.example", password=PASSWORD, address="127.0.0.1")
        assert isinstance(granted, SignInGranted)
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        assert read_visitor(work, granted.secret) == resolve_sign_in(work, granted.secret)
        assert read_visitor(work, "unknown") is None
        clock.advance(days=1)
        assert read_visitor(work, granted.secret) is None


def test_the_board_takes_the_same_statements_for_any_month(
    database: Database, clock: FixedClock, home: Path, acme: Tenant, zenith: Tenant
) -> None:
    """Twenty promised posts cost no more statements than two, and nobody's place is empty without saying why."""
    runtime = build_runtime(database, clock, home)
    build_blog_month(runtime, acme, posts=20)
    build_blog_month(runtime, zenith, posts=2)
    counts = {}
    for tenant in (acme, zenith):
        with database.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
            statements: list[str] = []

            def note(_c: object, _cur: object, statement: str, *_: object, kept: list[str] = statements) -> None:
                kept.append(statement)

            event.listen(database.engine, "before_cursor_execute", note)
            board = read_month_board(work, NOVEMBER)
            event.remove(database.engine, "before_cursor_execute", note)
            counts[tenant.slug] = len(statements)
            (lane,) = board.lanes
            assert {unit.state for unit in lane.units} == {UnitState.EMPTY}
            assert all("researched" in unit.sentence for unit in lane.units)
            assert len(lane.units) == lane.target
    assert counts["acme"] == counts["zenith"] <= 5


def test_checks_say_what_to_look_at() -> None:
    """A left placeholder fails; a missing keyword and short text are worth a look; good things pass."""
    content = BlogContent(
        title="Heat pumps", slug="heat-pumps", excerpt="", body_markdown="TODO write.\n\n[a](http://plain.example)"
    )
    checks = check_post(content, target_keyword="boiler")
    assert checks[0].state is CheckState.FAIL
    assert "TODO" in checks[0].text
    texts = " ".join(check.text for check in checks if check.state is CheckState.WARN)
    for expected in ("boiler", "excerpt", "short", "headings", "without https"):
        assert expected in texts
