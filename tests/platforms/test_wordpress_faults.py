"""A site that misbehaves: what is said, and what is on the site afterwards."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import a_post, an_image, find, place_picture, publisher_for, send_article

POSTS = "/wp/v2/posts$"
MEDIA = "/wp/v2/media$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "on_site"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("garbled_after", 500, OutcomeUnknown, 1),
        ("html", 500, OutcomeUnknown, 0),
        ("hang", 500, OutcomeUnknown, 0),
        ("slow_after", 500, OutcomeUnknown, 1),
        ("status", 500, OutcomeUnknown, 0),
        ("status", 502, OutcomeUnknown, 0),
        ("status_after", 504, OutcomeUnknown, 1),
        ("status_after", 500, OutcomeUnknown, 1),
        ("status", 503, PlatformUnavailable, 0),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 403, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
        ("status", 413, ContentRejected, 0),
        ("status", 404, PlatformUnavailable, 0),
    ],
)
def test_a_write_that_went_wrong(
    sandbox: RunningSandbox,
    publisher: WordPressPublisher,
    effect: Effect,
    status: int,
    family: type[Exception],
    on_site: int,
) -> None:
    """Refused or not written only where that is certain; in every case one call, and the look finds the truth."""
    post = a_post()
    prepared = publisher.prepare(post, {})
    sandbox.set_fault("wordpress", effect, method="POST", path_regex=POSTS, status=status, seconds=3)
    with pytest.raises(LeadmetricsError) as caught:
        publisher.send(prepared, {})
    assert type(caught.value) is family
    assert len([call for call in sandbox.calls("wordpress") if call.method == "POST"]) <= 1
    found = find(publisher, post)
    assert (len(sandbox.posts()), found is not None) == (on_site, on_site == 1)


def test_a_pause_says_how_long(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """As the site asked."""
    sandbox.set_fault("wordpress", "status", method="POST", status=429, headers={"Retry-After": "17"})
    with pytest.raises(RateLimited) as caught:
        send_article(publisher, a_post())
    assert caught.value.retry_after == 17


def test_a_firewall_is_not_taken_for_lost_credentials(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """It took offence at this text; the channel is in order."""
    sandbox.set_fault(
        "wordpress", "status", method="POST", status=403, body="<h1>Blocked</h1>", content_type="text/html"
    )
    with pytest.raises(ContentRejected, match="firewall"):
        send_article(publisher, a_post())


@pytest.mark.parametrize(
    ("effect", "status", "family"),
    [
        ("drop_before", 500, PlatformUnavailable),
        ("html", 500, PlatformUnavailable),
        ("hang", 500, PlatformUnavailable),
        ("status", 500, PlatformUnavailable),
        ("status", 503, PlatformUnavailable),
        ("status", 429, RateLimited),
        ("status", 401, AccessRevoked),
    ],
)
def test_a_look_that_went_wrong_is_never_not_found(
    sandbox: RunningSandbox, publisher: WordPressPublisher, effect: Effect, status: int, family: type[Exception]
) -> None:
    """A look without an answer must not lead to a second post."""
    post = a_post()
    send_article(publisher, post)
    sandbox.set_fault("wordpress", effect, method="GET", path_regex="/wp/v2/posts", status=status, seconds=3)
    with pytest.raises(family):
        find(publisher, post)


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "garbled_after", "slow_after", "status"])
def test_a_picture_that_went_wrong_is_placed_once_by_the_next_attempt(
    sandbox: RunningSandbox, publisher: WordPressPublisher, effect: Effect
) -> None:
    """Its outcome is never in doubt for the post: nothing was published, and the next attempt looks first."""
    sandbox.set_fault("wordpress", effect, method="POST", path_regex=MEDIA, seconds=3)
    with pytest.raises(PlatformUnavailable, match="No post was sent"):
        place_picture(publisher, an_image())
    media_id = place_picture(publisher, an_image())
    listed = sandbox.control.get("/wordpress/acme/wp-json/wp/v2/media").json()
    assert [str(media["id"]) for media in listed] == [media_id]
    assert listed[0]["alt_text"] == "A grey dot"


def test_an_index_of_search_that_lags_does_not_hide_a_post(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """A plugin's search may not know the post yet, and its slug was edited: the newest posts show it."""
    post = a_post()
    live = send_article(publisher, post)
    sandbox.set_fault(
        "wordpress", "status", method="GET", path_regex="slug=", status=200, body="[]", content_type="application/json"
    )
    sandbox.set_fault(
        "wordpress",
        "status",
        method="GET",
        path_regex="search=",
        status=200,
        body="[]",
        content_type="application/json",
    )
    found = find(publisher, post)
    assert found
    assert found.remote_id == live.remote_id


def test_a_post_of_five_megabytes_is_refused_before_any_call(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """Saying how large it is and how large it may be."""
    with pytest.raises(ContentRejected, match=r"5\.0 MB; 1\.0 MB fit"):
        publisher.prepare(a_post(body_html="<p>" + "x" * 5_000_000 + "</p>"), {})
    assert sandbox.calls("wordpress") == []


def test_a_smaller_limit_of_the_site_is_told_with_the_size(sandbox: RunningSandbox, http: HttpClients) -> None:
    """The site's server stops what it thinks too large."""
    sandbox.set_fault("wordpress", "status", method="POST", status=413)
    publisher = publisher_for(sandbox.wordpress_url(), http)
    with pytest.raises(ContentRejected, match="300 kB are more than the site takes"):
        send_article(publisher, a_post(body_html="<p>" + "x" * 300_000 + "</p>"))


def test_no_message_holds_a_secret(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Neither the password nor its encoded form, in the message or in what caused it."""
    sandbox.set_fault("wordpress", "drop_after", method="POST", path_regex=POSTS)
    with pytest.raises(OutcomeUnknown) as caught:
        send_article(publisher, a_post())
    texts = [repr(caught.value), str(caught.value), repr(caught.value.__cause__), repr(publisher)]
    assert not any("demo" in text or "ZWRpdG9y" in text for text in texts)
