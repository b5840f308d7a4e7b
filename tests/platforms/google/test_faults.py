"""Faults while a local post is published: what is certain, what is not, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.google.business.publisher import GoogleBusinessPublisher
from leadmetrics_pipelines.platforms.publishing import Accepted
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import SHOP, Means, a_local_post, connect_shop, means_of, publish, publisher_of

POSTS = "localPosts$"


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def shop(means: Means) -> GoogleBusinessPublisher:
    return publisher_of(means)


@pytest.mark.parametrize(
    ("effect", "status"),
    [("drop_after", 0), ("status_after", 500), ("status_after", 503), ("slow_after", 0), ("garbled_after", 0)],
)
def test_a_post_whose_answer_is_lost_is_found_and_not_sent_again(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means, effect: Effect, status: int
) -> None:
    """Google would take a second one without a word."""
    item, since = a_local_post(), means.clock.now()
    sandbox.set_fault("google", effect, method="POST", path_regex=POSTS, status=status or 500, seconds=3)
    with pytest.raises(OutcomeUnknown):
        publish(shop, item)
    (held,) = sandbox.held("google")
    look = shop.look(item, {}, since=since, thorough=True)
    assert look.ours is not None
    assert look.ours.remote_id == held.id


@pytest.mark.parametrize(("effect", "status"), [("drop_before", 0), ("status", 500), ("html", 0), ("hang", 0)])
def test_a_post_that_never_arrived_is_found_missing(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means, effect: Effect, status: int
) -> None:
    """The outcome is unknown at first; the look makes it certain."""
    item, since = a_local_post(), means.clock.now()
    sandbox.set_fault("google", effect, method="POST", path_regex=POSTS, status=status or 500, seconds=3)
    with pytest.raises(OutcomeUnknown):
        publish(shop, item)
    look = shop.look(item, {}, since=since, thorough=True)
    assert (look.ours, look.is_certain, look.refusal) == (None, True, "")


def test_a_list_that_lags_shows_the_post_later(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """The lag is within the time in which "not there" is not yet believed."""
    sandbox.set_up("google", lists_lag_seconds=30)
    item, since = a_local_post(), means.clock.now()
    publish(shop, item)
    assert shop.traits.settles_after > 30
    assert shop.look(item, {}, since=since, thorough=True).ours is None
    sandbox.advance_clock(seconds=31)
    assert shop.look(item, {}, since=since, thorough=True).ours is not None


@pytest.mark.parametrize("minutes", [-300, 300])
def test_clocks_that_differ_do_not_hide_a_post(sandbox: RunningSandbox, http: HttpClients, minutes: int) -> None:
    """Our clock is hours off: Google's own Date header puts the call's time right."""
    clock = FixedClock(SystemClock().now() + timedelta(minutes=minutes))
    shop = publisher_of(means_of(sandbox, http, clock))
    item, since = a_local_post(), clock.now()
    publish(shop, item)
    assert shop.look(item, {}, since=since, thorough=True).ours is not None
    assert shop.look(item, {}, since=since + timedelta(minutes=10), thorough=True).ours is None


@pytest.mark.parametrize(("headers", "wait"), [({}, None), ({"retry-after": "33"}, 33)])
def test_a_full_minute_is_waited_for(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, headers: dict[str, str], wait: float | None
) -> None:
    """Nothing was written, with or without a hint of when."""
    sandbox.set_fault("google", "status", method="POST", path_regex=POSTS, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        publish(shop, a_local_post())
    assert caught.value.retry_after == wait
    assert sandbox.held("google") == []


def test_a_token_that_ends_between_two_posts_is_told(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """401 before anything was written."""
    sandbox.expire_access("google")
    with pytest.raises(AccessRevoked, match="401 UNAUTHENTICATED"):
        publish(shop, a_local_post())
    assert sandbox.held("google") == []


def test_a_lost_role_is_told(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """403 before anything was written."""
    sandbox.set_up("google", lost=[SHOP])
    with pytest.raises(AccessRevoked, match="403 PERMISSION_DENIED"):
        publish(shop, a_local_post())


def test_a_refused_field_is_named_without_its_value(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """Google repeats what was sent; messages do not."""
    body = {
        "error": {
            "code": 400, "message": "Request contains an invalid argument.", "status": "INVALID_ARGUMENT",
            "details": [{
                "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
                "errorDetails": [{"code": 3, "field": "summary", "message": "Too long.", "value": "SECRET TEXT"}],
            }],
        }
    }  # fmt: skip
    sandbox.set_fault("google", "status", method="POST", path_regex=POSTS, status=400, body=dict(body))
    with pytest.raises(ContentRejected, match=r"summary: Too long") as caught:
        publish(shop, a_local_post())
    assert "SECRET" not in str(caught.value)


def test_a_retired_version_is_told_as_one(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """A page instead of an answer: the client is not asked to connect again."""
    sandbox.set_fault("google", "status", path_regex=POSTS, status=404, body="<h1>404</h1>")
    with pytest.raises(InvalidInput, match="retired"):
        publish(shop, a_local_post())


def test_nobody_there_means_nothing_sent(http: HttpClients, means: Means) -> None:
    """A port that nobody listens on."""
    away = Means(http=http, origins=Origins(gateway="http://127.0.0.1:9"), clock=means.clock)
    with pytest.raises(PlatformUnavailable, match="Nothing was sent"):
        publish(publisher_of(away, connect_shop(means)), a_local_post())


def test_a_look_that_fails_is_not_a_certainty(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """It is asked again, rather than taken for "not there"."""
    item, since = a_local_post(), means.clock.now()
    sandbox.set_up("google", processing_polls=1)
    assert isinstance(publish(shop, item), Accepted)
    sandbox.set_fault("google", "status", method="GET", path_regex="localPosts", status=503)
    with pytest.raises(PlatformUnavailable):
        shop.look(item, {}, since=since, thorough=True)
    assert not shop.look(item, {}, since=since, thorough=True).is_certain
