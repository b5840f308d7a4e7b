"""What a WordPress site tells of itself: its posts' age, length and links, and what could not be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from leadmetrics_pipelines.errors import PlatformUnavailable
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.reading import Reporter, SnapshotFact
from leadmetrics_pipelines.platforms.registry import Access
from leadmetrics_pipelines.platforms.reporters import make_reporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import PASSWORDS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY, FIRST = NOW.date(), date(2026, 11, 1)


def read(sandbox: RunningSandbox, http: HttpClients) -> dict[str, SnapshotFact]:
    """The facts of the site acme for November 2026, by name."""
    found = reporter(sandbox, http).snapshot(FIRST, TODAY)
    assert len({fact.name for fact in found}) == len(found)
    return {fact.name: fact for fact in found}


def reporter(sandbox: RunningSandbox, http: HttpClients, url: str = "") -> Reporter:
    access = Access(
        credentials={"username": "editor", "application_password": PASSWORDS["editor"]},
        http=http, clock=FixedClock(NOW), base_url=url or sandbox.wordpress_url(), allow_loopback=True,
    )  # fmt: skip
    return make_reporter("wordpress", access)


def write(sandbox: RunningSandbox, slug: str, content: str, published: date, **fields: object) -> str:
    """What somebody published on the site; its address."""
    body = {"slug": slug, "title": f"All there is to know about {slug}", "content": content, "status": "publish"}
    at = f"{published}T08:00:00"
    answer = sandbox.control.post(
        "/wordpress/acme/wp-json/wp/v2/posts", json={**body, "date_gmt": at, **fields},
        auth=("editor", PASSWORDS["editor"]),
    )  # fmt: skip
    answer.raise_for_status()
    return str(answer.json()["link"])


def test_posts_give_freshness_length_and_links(sandbox: RunningSandbox, http: HttpClients) -> None:
    """Two posts of the month, one linked by the other; one older, which nobody links to."""
    one = write(sandbox, "sails", "<p>" + "word " * 300 + "</p>", date(2026, 11, 4), excerpt="On sails, in short.")
    write(sandbox, "boats", f'<p>{"word " * 100}<a href="{one}">sails</a> <a href="https://else.example/">x</a></p>',
          date(2026, 11, 15))  # fmt: skip
    write(sandbox, "old", "<p>" + "word " * 199 + "</p>", date(2026, 6, 1))
    facts = read(sandbox, http)
    values = {name: fact.value for name, fact in facts.items()}
    assert values["posts_in_month"] == 2
    assert values["days_since_last_post"] == 5
    assert values["average_words"] == pytest.approx((300 + 102 + 199) / 3, abs=0.1)
    assert values["internal_links_per_post"] == 0.33
    assert values["orphan_share"] == pytest.approx(2 / 3, abs=1e-4)
    assert values["summary_share"] == pytest.approx(1 / 3, abs=1e-4)
    assert values["good_title_share"] == 1
    assert values["https"] is False
    assert values["visible_to_search"] is True
    assert all(fact.source for fact in facts.values())


def test_an_empty_site_is_unknown_not_bad(sandbox: RunningSandbox, http: HttpClients) -> None:
    """Without posts there is no mean; the reason says so."""
    facts = read(sandbox, http)
    assert facts["average_words"].value is None
    assert facts["average_words"].why_unknown == "The site has no posts."
    assert facts["posts_in_month"].value == 0
    assert all(fact.why_unknown for fact in facts.values() if fact.value is None)


def test_posts_of_each_day_are_counted(sandbox: RunningSandbox, http: HttpClients) -> None:
    """A figure for each day that is over, those without a post included."""
    write(sandbox, "sails", "<p>Sails.</p>", TODAY - timedelta(days=2))
    figures = reporter(sandbox, http).figures(TODAY - timedelta(days=3), TODAY)
    assert [(f.day.day, f.metric, f.value) for f in figures] == [
        (17, "posts_published", 0), (18, "posts_published", 1), (19, "posts_published", 0),
    ]  # fmt: skip


def test_a_site_that_is_gone_is_raised(sandbox: RunningSandbox, http: HttpClients) -> None:
    """A dead channel is an error, not a snapshot without facts."""
    with pytest.raises(PlatformUnavailable):
        reporter(sandbox, http, "http://127.0.0.1:9").snapshot(FIRST, TODAY)
