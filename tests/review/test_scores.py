"""The score pages: what is known and what is not, who may do what, and nothing of the neighbour."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.review.presenters.charts import draw_history, draw_ring, draw_spark
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import NOVEMBER, build_blog_month, build_person, build_runtime
from tests.review.api_world import ApiWorld, build_client
from tests.review.pages_world import Browser, sign_in
from tests.services.health_builders import GOOGLE, add_channel, add_snapshot, score

TASK = "Respond to 3 unanswered Google reviews"


@pytest.fixture
def google(database: Database, acme: Tenant, zenith: Tenant) -> UUID:
    """Acme's Google profile, scored in October and November; Zenith has one, too."""
    add_snapshot(database, zenith, add_channel(database, zenith, "google_business", "Zenith Shop"), GOOGLE)
    channel = add_channel(database, acme, "google_business", "Acme Shop")
    add_snapshot(database, acme, channel, GOOGLE | {"photos": 0}, NOVEMBER.preceding())
    add_snapshot(database, acme, channel, GOOGLE | {"posts_this_month": None})
    for month in (NOVEMBER.preceding(), NOVEMBER):
        score(database, "acme", "zenith", month=month)
    return channel


@pytest.fixture
def someone(database: Database, clock: FixedClock, home: Path, acme: Tenant):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """A browser of somebody with that role in Acme."""
    runtime = build_runtime(database, clock, home)

    def sign(role: Role) -> Browser:
        build_person(database, acme, role, "Vera Visitor")
        return sign_in(runtime, "vera.visitor@acme.example", "acme")

    return sign


def test_cards_say_the_score_the_difference_and_what_is_known(google: UUID, someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """One card, of Acme's channel alone."""
    page = someone(Role.REVIEWER).get("scores").text
    assert "Acme Shop" in page
    assert "Zenith" not in page
    assert "to last month" in page
    assert "% of it is known" in page
    assert 'aria-label="Score ' in page
    assert " style=" not in page
    assert str(google) in page


def test_a_page_without_channels_says_what_comes(someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Nothing is connected yet."""
    assert "No channel with a score yet" in someone(Role.TENANT_ADMIN).get("scores").text


def test_a_channel_shows_facts_sources_formula_and_why(google: UUID, someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Every point can be followed; what is unknown says since when and why; the table stands behind the picture."""
    page = someone(Role.REVIEWER).get(f"scores/{google}").text
    for said in (
        "GET reviews_unanswered", "0 gives 100, 5 gives 0", "Unknown since 2026-10-03: Refused.", TASK, "As a table",
        "October 2026", "Formula google_business/1",
    ):  # fmt: skip
        assert said in page, said
    assert "Set the goal" not in page
    assert " style=" not in page


def test_an_admin_sets_a_goal_and_closes_it(google: UUID, someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """A target that is reached already is refused with what was typed still there; then it is set, shown and closed."""
    browser = someone(Role.TENANT_ADMIN)
    refused = browser.post(f"scores/{google}/goal", {"target": "5", "months": "3"})
    assert refused.status_code == 422
    assert "Choose a higher target" in refused.text
    assert 'value="5"' in refused.text
    assert browser.post(f"scores/{google}/goal", {"target": "97", "months": "3"}).status_code == 303
    page = browser.get("scores").text
    assert "Improve Acme Shop score from" in page
    assert "to 97 in 3 months" in page
    close = page.split('action="/t/acme/goals/')[1].split('"')[0]
    assert browser.post(f"goals/{close}").status_code == 303
    assert "Closed" in browser.get(f"scores/{google}").text


def test_a_reviewer_finishes_a_task_and_may_set_no_goal(google: UUID, someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Done is done; a goal is the admin's."""
    browser = someone(Role.REVIEWER)
    page = browser.get(f"scores/{google}").text
    action = page.split(f'action="/t/acme/scores/{google}/tasks/')[1].split('"')[0]
    assert browser.post(f"scores/{google}/tasks/{action}", {"outcome": "done"}).status_code == 303
    assert browser.post(f"scores/{google}/tasks/{action}", {"outcome": "skip"}).status_code == 409
    assert browser.post(f"scores/{google}/goal", {"target": "97", "months": "3"}).status_code == 403


def test_the_neighbours_channel_is_not_there(database: Database, zenith: Tenant, google: UUID, someone) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """As one that does not exist, whatever is asked of it."""
    other = add_channel(database, zenith, "linkedin")
    browser = someone(Role.TENANT_ADMIN)
    assert browser.get(f"scores/{other}").status_code == 404
    assert browser.post(f"scores/{other}/goal", {"target": "97", "months": "3"}).status_code == 404
    assert browser.post(f"scores/{other}/read").status_code == 404
    assert browser.get(f"scores/{google}").status_code == 200


def test_rings_never_paint_the_unknown() -> None:
    """Reached, missing and unknown are parts of one hundred; nothing known is hatched all around."""
    half = draw_ring(60, 0.5, "good")
    assert (half.reached, half.unknown, half.unknown_from, half.text) == (30, 50, 50, "60")
    none = draw_ring(None, 0, "quiet")
    assert (none.reached, none.unknown, none.text) == (0, 100, "?")


def test_histories_of_every_length_are_drawn() -> None:
    """One point is a dot in the middle, a gap breaks the line, nothing known is said."""
    one = draw_history([("March 2026", 70.0)], target=80)
    assert (one.lines, len(one.dots), one.note) == ((), 1, "One score so far; a line needs two.")
    gap = draw_history([("March 2026", 70.0), ("April 2026", 72.0), ("May 2026", None), ("June 2026", 60.0)])
    assert (len(gap.lines), len(gap.dots), len(gap.rows)) == (1, 3, 4)
    assert draw_history([("March 2026", None)]).words == "No score so far"
    assert draw_spark([None, 50.0]).words == "Scores so far: unknown, 50"
    assert len(draw_history([(f"{n}", 50.0) for n in range(24)]).months) <= 12


def test_programs_read_scores_and_set_goals(database: Database, clock: FixedClock, home: Path, acme: Tenant) -> None:
    """The same over the API: history, facts, tasks, a goal set, listed and closed."""
    runtime = build_runtime(database, clock, home)
    world = ApiWorld(client=build_client(runtime), month=build_blog_month(runtime, acme, posts=1))
    channel = add_channel(database, acme, "google_business", "Acme Shop")
    add_snapshot(database, acme, channel, GOOGLE)
    score(database, "acme")
    admin = world.admin()
    blog, shop = sorted(admin.get("/scores"), key=lambda found: str(found["name"]) == "Acme Shop")
    assert (blog["points"], shop["points"][0]["month"], shop["delta"]) == ([], "2026-11", None)
    found = admin.get(f"/scores/{channel}")
    assert found["dimensions"][1]["facts"][2]["source"] == "GET reviews_unanswered"
    task = next(task for task in found["improvements"] if task["name"] == TASK)
    admin.send("POST", f"/improvements/{task['id']}", {"outcome": "done"}, status=200)
    admin.send("POST", f"/improvements/{task['id']}", {"outcome": "done"}, status=409)
    goal = admin.send("POST", f"/scores/{channel}/goals", {"target": 99, "months": 3}, status=201)
    assert [one["id"] for one in admin.get("/goals")] == [goal["id"]]
    assert admin.send("POST", f"/goals/{goal['id']}/close", {}, status=200)["status"] == "closed"
