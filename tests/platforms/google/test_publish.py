"""Local posts on the twin: published, processed, refused, found again and read back."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.google.business.publisher import POST, GoogleBusinessPublisher
from leadmetrics_pipelines.platforms.publishing import Accepted, LivePost, OutgoingArticle
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import Means, a_local_post, a_picture, means_of, publish, publisher_of


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def shop(means: Means) -> GoogleBusinessPublisher:
    return publisher_of(means)


def test_a_post_is_live_on_its_public_page(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """Text, link and picture as sent, at an address anybody can open."""
    item = a_local_post()
    live = publish(shop, item)
    assert isinstance(live, LivePost)
    assert (live.status, live.differences) == ("LIVE", ())
    (held,) = sandbox.held("google")
    assert (held.id, held.text, held.images, held.is_public) == (live.remote_id, item.text, 1, True)
    page = httpx.get(live.url, trust_env=False).raise_for_status().text
    assert "20 % off until Saturday.<br>Come by!" in page
    assert 'href="https://acme.example/sale"' in page


def test_a_post_needs_neither_link_nor_picture(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """Text alone is enough."""
    live = publish(shop, a_local_post(link=None, images=()))
    assert isinstance(live, LivePost)
    assert live.differences == ()


def test_a_post_in_processing_is_looked_at_until_it_is_live(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """Accepted is not live: its name is kept, and the look follows it."""
    sandbox.set_up("google", processing_polls=2)
    item, since = a_local_post(), means.clock.now()
    accepted = publish(shop, item)
    assert isinstance(accepted, Accepted)
    looks = [shop.look(item, accepted.handles, since=since, thorough=True) for _ in range(3)]
    assert [(look.ours is not None, look.is_certain) for look in looks] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert looks[2].ours is not None
    assert looks[2].ours.remote_id == accepted.handles[POST]


def test_a_post_that_google_rejects_later_is_a_refusal(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """Google says no reason; the usual ones are named."""
    sandbox.set_up("google", processing_polls=1, rejects="20 %")
    item, since = a_local_post(), means.clock.now()
    accepted = publish(shop, item)
    assert isinstance(accepted, Accepted)
    shop.look(item, accepted.handles, since=since, thorough=True)
    assert "phone number" in shop.look(item, accepted.handles, since=since, thorough=True).refusal
    assert "phone number" in shop.look(item, {}, since=since, thorough=True).refusal
    assert shop.read_back(accepted.handles[POST]).state == "rejected"
    assert not any(held.is_public for held in sandbox.held("google"))


def test_a_post_that_is_rejected_at_once_is_content_rejected(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher
) -> None:
    """Nothing is public, nothing is sent again."""
    sandbox.set_up("google", rejects="20 %")
    with pytest.raises(ContentRejected, match="rejected it"):
        publish(shop, a_local_post())


def test_a_post_that_vanishes_while_it_is_processed_is_not_sent_again(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """Somebody deleted it: a machine must not put it back."""
    sandbox.set_up("google", processing_polls=9)
    item, since = a_local_post(), means.clock.now()
    accepted = publish(shop, item)
    assert isinstance(accepted, Accepted)
    sandbox.reset()
    look = publisher_of(means).look(item, accepted.handles, since=since, thorough=True)
    assert "deleted" in look.refusal


def test_what_was_never_called_is_not_looked_for(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """Nobody else has a text of ours, and a slug there is none."""
    sandbox.forget_calls()
    look = shop.look(a_local_post(), {}, since=None, thorough=True)
    assert (look.ours, look.is_certain) == (None, True)
    assert sandbox.calls("google") == []


def test_a_post_is_found_by_its_text_on_any_page(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """However many came after it."""
    since = means.clock.now()
    items = [a_local_post() for _ in range(5)]
    lives = [publish(shop, item) for item in items]
    sandbox.set_up("google", page_most=2)
    for item, live in zip(items, lives, strict=True):
        assert shop.look(item, {}, since=since, thorough=True).ours == live
    assert shop.look(a_local_post(), {}, since=since, thorough=True).ours is None


def test_an_older_post_with_the_same_text_is_not_taken_for_ours(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """Last year's sale: only what came after the call can be the call's."""
    item = a_local_post()
    publish(shop, item)
    assert shop.look(item, {}, since=means.clock.now() + timedelta(minutes=10), thorough=True).ours is None
    assert shop.look(item, {}, since=means.clock.now() - timedelta(minutes=10), thorough=True).ours is not None


def test_a_rejected_post_does_not_hide_a_live_one(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher, means: Means
) -> None:
    """Somebody put the text up again by hand: it is live, so it must not go out once more."""
    item, since = a_local_post(), means.clock.now()
    sandbox.set_up("google", rejects="20 %")
    with pytest.raises(ContentRejected):
        publish(shop, item)
    sandbox.set_up("google", rejects="")
    live = publish(shop, item)
    assert shop.look(item, {}, since=since, thorough=True).ours == live


def test_what_google_changed_is_told(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """The answer is compared with what was sent."""
    sandbox.set_up("google", photos="lost", cuts_text_at=20)
    live = publish(shop, a_local_post())
    assert isinstance(live, LivePost)
    assert len(live.differences) == 2
    assert "came back with 20 of" in live.differences[0]
    assert "0 of 1 pictures" in live.differences[1]


def test_a_picture_that_google_cannot_fetch_is_content_rejected(
    sandbox: RunningSandbox, shop: GoogleBusinessPublisher
) -> None:
    """The message says what is wrong with it."""
    sandbox.set_up("google", photos="refused")
    with pytest.raises(ContentRejected, match=r"PHOTO_FETCH_FAILED.*has to be public"):
        publish(shop, a_local_post())


def test_the_text_limit_is_googles_to_the_character(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """1,500 go out, one more is stopped before the call, and Google would have refused it."""
    assert isinstance(publish(shop, a_local_post(text="é" * 1500)), LivePost)
    with pytest.raises(ContentRejected, match="1 more than the 1,500"):
        shop.prepare(a_local_post(text="é" * 1501), {})


def test_other_kinds_are_refused(shop: GoogleBusinessPublisher) -> None:
    """A location has no blog."""
    article = OutgoingArticle(marker="publication-1", title="A", slug="a", excerpt="", body_html="<p>A</p>")
    with pytest.raises(InvalidInput, match="does not publish a article"):
        shop.prepare(article, {})


def test_a_picture_without_a_public_address_is_refused(shop: GoogleBusinessPublisher) -> None:
    """Google fetches it itself."""
    with pytest.raises(InvalidInput, match="public address"):
        shop.prepare(a_local_post(images=(a_picture(url=""),)), {})


def test_the_watch_sees_a_live_and_a_deleted_post(sandbox: RunningSandbox, shop: GoogleBusinessPublisher) -> None:
    """With the text as it is now."""
    item = a_local_post()
    live = publish(shop, item)
    assert isinstance(live, LivePost)
    state = shop.read_back(live.remote_id)
    assert (state.state, state.text) == ("live", item.text)
    assert shop.read_back(f"{live.remote_id}9").state == "deleted"
