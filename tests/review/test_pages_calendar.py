"""The calendar page: what is planned, moving and taking off with what was said of it, slots, and who may not."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.slots import WeeklySlot
from leadmetrics_pipelines.services.slots import list_slots
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.review.pages_world import Browser, PagesWorld, sign_in, write_posts


@pytest.fixture
def post_id(pages: PagesWorld) -> UUID:
    """A draft in review, without a time."""
    (written,) = write_posts(pages.month, 1)
    return written


def read(pages: PagesWorld, post_id: UUID) -> Post:
    with pages.runtime.unit_of_work(tenant=pages.tenant.id, actor=TESTER) as work:
        return work.session.get_one(Post, post_id)


def move(browser: Browser, pages: PagesWorld, post_id: UUID, at: datetime, **more: str) -> str:
    form = {"day": at.date().isoformat(), "at": f"{at:%H:%M}", "version": str(read(pages, post_id).version), **more}
    return browser.post(f"calendar/{post_id}/move", form, htmx=True).text


def in_days(pages: PagesWorld, days: int) -> datetime:
    return (pages.runtime.clock.now() + timedelta(days=days)).replace(hour=9, minute=30, tzinfo=None)


def test_a_post_without_a_time_waits_beside_the_month(pages: PagesWorld, post_id: UUID) -> None:
    """It is named, and it can be planned."""
    text = pages.reviewer().get("calendar").text
    assert "Without a time" in text
    assert f"event-{post_id}" in text
    assert 'draggable="true"' in text


def test_moving_says_when_and_that_it_waits_for_approval(pages: PagesWorld, post_id: UUID) -> None:
    """The board comes back with the post on its day."""
    at = in_days(pages, 2)
    text = move(pages.reviewer(), pages, post_id, at)
    assert f'data-date="{at.date()}"' in text
    assert f"{at:%A, %d %B, 09:30}. It waits for approval." in text
    assert read(pages, post_id).publish_local == at.replace(second=0, microsecond=0)


def test_what_cannot_be_says_why_and_changes_nothing(pages: PagesWorld, post_id: UUID) -> None:
    """The past, an older page, a day that is none."""
    browser = pages.reviewer()
    assert "is over" in move(browser, pages, post_id, in_days(pages, -3))
    assert "saved version" in move(browser, pages, post_id, in_days(pages, 2), version="99")
    assert "Give a day and a time" in move(browser, pages, post_id, in_days(pages, 2), day="soon")
    assert read(pages, post_id).publish_at is None


def test_taking_off_puts_it_beside_the_month_again(pages: PagesWorld, post_id: UUID) -> None:
    """Without a script, too."""
    browser = pages.reviewer()
    move(browser, pages, post_id, in_days(pages, 2))
    answer = browser.post(f"calendar/{post_id}/unschedule", {"version": str(read(pages, post_id).version)})
    assert answer.status_code == 303
    assert (read(pages, post_id).publish_at, read(pages, post_id).status) == (None, PostStatus.REVIEW)


def test_slots_are_kept_per_channel_and_free_ones_are_drawn(pages: PagesWorld, post_id: UUID) -> None:
    """Added and removed on the channel's calendar."""
    browser, channel = pages.reviewer(), str(pages.month.channel_id)
    browser.post("calendar/slots", {"channel_id": channel, "weekday": "1", "at": "09:30"})
    text = browser.get("calendar", channel=channel).text
    assert "Tuesday 09:30" in text
    assert "Best times: not known" in text
    assert "free-slot" in text
    with pages.runtime.unit_of_work(tenant=pages.tenant.id, actor=TESTER) as work:
        (slot,) = list_slots(work, pages.month.channel_id)
        assert WeeklySlot(slot.weekday, slot.local_time).label == "Tuesday 09:30"
    browser.post(f"calendar/slots/{slot.id}/remove")
    assert "No slots yet" in browser.get("calendar", channel=channel).text


def test_an_operator_sees_it_and_moves_nothing(pages: PagesWorld, post_id: UUID) -> None:
    """No handle, and no way by hand."""
    browser = pages.someone(Role.OPERATOR, "Olga Operator")
    assert 'draggable="true"' not in browser.get("calendar").text
    assert "permission" in move(browser, pages, post_id, in_days(pages, 2))
    assert read(pages, post_id).publish_at is None


def test_the_neighbours_calendar_is_empty_of_ours(pages: PagesWorld, post_id: UUID, zenith: Tenant) -> None:
    """Zenith's people see Zenith's month."""
    build_person(pages.runtime.database, zenith, Role.REVIEWER, "Nina Neighbour")
    browser = sign_in(pages.runtime, "nina.neighbour@zenith.example", "zenith")
    assert str(post_id) not in browser.get("calendar").text
    assert "no such post" in move(browser, pages, post_id, in_days(pages, 2))


def test_as_soon_as_possible_is_this_minute(pages: PagesWorld, post_id: UUID) -> None:
    """Whatever the fields of the form say."""
    text = move(pages.reviewer(), pages, post_id, in_days(pages, -3), act="now")
    assert "It waits for approval." in text
    at, now = read(pages, post_id).publish_at, pages.runtime.clock.now()
    assert at is not None
    assert now - timedelta(minutes=1) <= at <= now
