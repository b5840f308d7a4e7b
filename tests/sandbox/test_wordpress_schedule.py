"""Dates and schedules on the WordPress twin (reference wordpress.md, 11 to 14). It is 2 November 2026, 09:00 UTC."""

from __future__ import annotations

import httpx
import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import a_post

TOMORROW = "2026-11-03T09:00:00"
YESTERDAY = "2026-11-01T09:00:00"


def made(client: httpx.Client, **fields: object) -> dict:
    post: dict = client.post("posts", json=a_post(**fields)).raise_for_status().json()
    return post


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "publish", "date_gmt": TOMORROW}, "future"),
        ({"status": "future", "date_gmt": TOMORROW}, "future"),
        ({"status": "future", "date_gmt": YESTERDAY}, "publish"),
        ({"status": "future"}, "publish"),
        ({"status": "draft", "date_gmt": TOMORROW}, "draft"),
    ],
)
def test_the_date_decides_between_publish_and_future(
    editor: httpx.Client, fields: dict[str, object], status: str
) -> None:
    """A future date schedules, a past or missing one publishes at once."""
    assert made(editor, **fields)["status"] == status


@pytest.mark.parametrize(
    ("field", "value", "utc"),
    [
        ("date_gmt", "2026-12-20T21:11:47", "2026-12-20T21:11:47"),
        ("date_gmt", "2026-12-20T21:11:47Z", "2026-12-20T21:11:47"),
        ("date", "2026-12-20T21:11:47+03:00", "2026-12-20T18:11:47"),
        ("date", "2026-12-20T21:11:47", "2026-12-20T20:11:47"),
    ],
)
def test_a_bare_date_is_the_sites_time(editor: httpx.Client, field: str, value: str, utc: str) -> None:
    """`date_gmt` is UTC, an offset in `date` is honoured, a bare `date` is Paris time here."""
    post = made(editor, **{field: value})
    assert post["date_gmt"] == utc


def test_a_scheduled_post_is_published_when_its_time_comes(
    editor: httpx.Client, visitor: httpx.Client, clock: FixedClock
) -> None:
    """Not a second before; its link is then the permalink, and the date stays."""
    post = made(editor, date_gmt=TOMORROW)
    assert (post["link"].endswith(f"?p={post['id']}"), post["modified_gmt"]) == (True, TOMORROW)
    clock.advance(days=1, seconds=-1)
    assert editor.get(f"posts/{post['id']}").json()["status"] == "future"
    clock.advance(seconds=1)
    later = visitor.get(f"posts/{post['id']}").json()
    assert (later["status"], later["date_gmt"], later["link"].endswith("/hello/")) == ("publish", TOMORROW, True)


def test_publishing_a_scheduled_post_now_needs_a_date_too(editor: httpx.Client) -> None:
    """`status` alone leaves it scheduled."""
    number = made(editor, date_gmt=TOMORROW)["id"]
    assert editor.post(f"posts/{number}", json={"status": "publish"}).json()["status"] == "future"
    now = {"status": "publish", "date_gmt": "2026-11-02T09:00:00"}
    assert editor.post(f"posts/{number}", json=now).json()["status"] == "publish"


def test_a_drafts_date_floats_until_it_is_published(editor: httpx.Client, clock: FixedClock) -> None:
    """A draft without a date is dated when it goes out."""
    number = made(editor, status="draft")["id"]
    clock.advance(days=3)
    assert editor.post(f"posts/{number}", json={"status": "publish"}).json()["date_gmt"] == "2026-11-05T09:00:00"


def test_nobody_visits_nothing_is_published(sandbox: RunningSandbox, editor: httpx.Client, clock: FixedClock) -> None:
    """WP-Cron needs a request to the site; looking through the control API is none."""
    made(editor, date_gmt=TOMORROW)
    clock.advance(days=2)
    assert sandbox.posts()[0].status == "future"
    editor.get(f"{sandbox.wordpress_url()}/")
    assert sandbox.posts()[0].status == "publish"
