"""Publishing on a Facebook Page: what goes out, what comes back, what is found again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.meta.facebook.publisher import FacebookPublisher
from leadmetrics_pipelines.platforms.publishing import Commenter, Handles, LivePost
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import PAGE, a_jpeg, a_post, publish


def public(sandbox: RunningSandbox, kind: str = "post") -> list[str]:
    """The texts a reader can see."""
    return [thing.text for thing in sandbox.held("meta") if thing.is_public and thing.kind == kind]


def test_a_text_is_live_and_shown(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """With an address that opens, and nothing changed."""
    post = a_post()
    live = publish(page, post)
    assert (live.remote_id.startswith(f"{PAGE}_"), live.differences) == (True, ())
    assert public(sandbox) == [post.text]
    assert post.text in httpx.get(live.url, trust_env=False).text


def test_a_link_gets_its_card(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """It goes in its own field and leaves the text alone."""
    post = a_post(link="https://acme.example/benches")
    assert publish(page, post).differences == ()
    assert public(sandbox) == [post.text]


def test_photos_are_placed_first_and_kept_one_by_one(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """They are not public before the post is."""
    post = a_post(images=(a_jpeg(shade=1), a_jpeg(shade=2)), link="https://acme.example/benches")
    kept: list[Handles] = []
    prepared = page.prepare(post, {})
    handles = page.place(prepared, {}, kept.append)
    assert [sorted(entry) for entry in kept] == [["photo_0"], ["photo_0", "photo_1"]]
    assert sandbox.held("meta") == []
    live = page.send(prepared, handles)
    assert isinstance(live, LivePost)
    (held,) = sandbox.held("meta")
    assert (held.images, held.text) == (2, f"{post.text}\n\nhttps://acme.example/benches")


def test_placing_goes_on_where_it_stopped(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """A photo that was placed is not uploaded again."""
    prepared = page.prepare(a_post(images=(a_jpeg(shade=1), a_jpeg(shade=2))), {})
    kept: list[Handles] = []
    first = page.place(prepared, {}, kept.append)
    sandbox.forget_calls()
    assert page.place(prepared, kept[0], kept.append)["photo_0"] == first["photo_0"]
    assert len(sandbox.calls("meta")) == 1


def test_the_bytes_say_what_was_approved(page: FacebookPublisher) -> None:
    """Text, link, pictures and their descriptions, read from the requests alone."""
    one = a_jpeg(shade=1)
    seen = page.prepare(a_post(text="Tea\n\n☕ & more", images=(one,), link="https://acme.example/tea"), {}).seen()
    assert (seen.body, seen.link, seen.images) == ("Tea\n\n☕ & more", "https://acme.example/tea", (one.digest,))
    assert (seen.alts, seen.marker) == (("Bench 1",), None)
    plain = page.prepare(a_post(text="Tea", link="https://acme.example/tea"), {}).seen()
    assert (plain.body, plain.link, plain.images) == ("Tea", "https://acme.example/tea", ())


def test_a_text_that_was_cut_is_told(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """By comparing what came back."""
    sandbox.set_up("meta", cuts_text_at=10)
    assert "cut the text after 10" in publish(page, a_post()).differences[0]


def test_a_look_finds_ours_by_text_and_time(page: FacebookPublisher, moving: FixedClock) -> None:
    """Spaces aside; another text, or an older post with the same, is not ours."""
    post, now = a_post(), moving.now()
    live = publish(page, post)
    found = page.look(post, {}, since=now, thorough=True).ours
    assert found is not None
    assert (found.remote_id, found.url) == (live.remote_id, live.url)
    assert page.look(a_post(), {}, since=now, thorough=True).ours is None
    assert page.look(post, {}, since=now + timedelta(hours=1), thorough=True).ours is None


def test_not_there_is_certain_only_after_a_while(
    sandbox: RunningSandbox, page: FacebookPublisher, moving: FixedClock
) -> None:
    """The Page's list lags behind."""
    sandbox.set_up("meta", lists_lag_seconds=30)
    post, since = a_post(), moving.now()
    publish(page, post)
    early = page.look(post, {}, since=since, thorough=True)
    assert (early.ours, early.is_certain) == (None, False)
    moving.advance(seconds=61)
    sandbox.advance_clock(seconds=61)
    assert page.look(post, {}, since=since, thorough=True).ours is not None
    assert page.look(a_post(), {}, since=since, thorough=True).is_certain


def test_without_a_call_there_is_nothing_to_look_for(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """And nothing is asked."""
    sandbox.forget_calls()
    assert page.look(a_post(), {}, since=None, thorough=False).is_certain
    assert sandbox.calls("meta") == []


def test_the_same_text_again_means_look_first(page: FacebookPublisher, moving: FixedClock) -> None:
    """506 is not a refusal: the first may be ours."""
    post, since = a_post(), moving.now()
    live = publish(page, post)
    prepared = page.prepare(post, {})
    with pytest.raises(OutcomeUnknown, match="506"):
        page.send(prepared, {})
    found = page.look(post, {}, since=since, thorough=True).ours
    assert found is not None
    assert found.remote_id == live.remote_id


def test_photos_that_were_posted_mean_look_first(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """1366051: a repeated send cannot make a second post of the same photos."""
    prepared = page.prepare(a_post(images=(a_jpeg(),)), {})
    handles = page.place(prepared, {}, lambda _: None)
    page.send(prepared, handles)
    publish(page, a_post())
    with pytest.raises(OutcomeUnknown, match="1366051"):
        page.send(prepared, handles)
    assert len(public(sandbox)) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": "x" * 63_207}, "1 more than"),
        ({"text": "x" * 63_190, "link": "https://acme.example/benches", "images": (a_jpeg(),)}, "more than"),
        ({"text": "  "}, "no text"),
        ({"images": (a_jpeg(size=4_000_001),)}, "4 MB"),
        ({"images": tuple(a_jpeg(shade=number) for number in range(11))}, "11 pictures"),
    ],
)
def test_what_would_be_refused_is_not_sent(page: FacebookPublisher, changes: dict[str, Any], why: str) -> None:
    """By how much, and what to do."""
    with pytest.raises(ContentRejected, match=why):
        page.prepare(a_post(**changes), {})


def test_the_longest_text_goes_through(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """63,206 characters, an emoji being one."""
    publish(page, a_post(text="🪑" * 63_206))
    assert len(public(sandbox)[0]) == 63_206


def test_the_watch_tells_live_from_deleted(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """And a Page out of reach from both."""
    post = a_post()
    live = publish(page, post)
    assert (page.read_back(live.remote_id).state, page.read_back(live.remote_id).text) == ("live", post.text)
    page._client.delete(live.remote_id)
    assert page.read_back(live.remote_id).state == "deleted"
    sandbox.set_up("meta", lost_pages=[PAGE])
    with pytest.raises(AccessRevoked):
        page.read_back(live.remote_id)


def test_the_first_comment_is_written_once_and_found(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """Under its post, in the Page's name."""
    assert isinstance(page, Commenter)
    live = publish(page, a_post())
    assert page.find_comment(live.remote_id, "More here").ours is None
    comment = page.comment(live.remote_id, "More here: https://acme.example")
    assert public(sandbox, "comment") == ["More here: https://acme.example"]
    found = page.find_comment(live.remote_id, "More here: https://acme.example").ours
    assert found is not None
    assert found.remote_id == comment.remote_id


def test_a_lost_comment_is_found_before_it_is_repeated(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """The outcome is open; the look closes it."""
    live = publish(page, a_post())
    sandbox.set_fault("meta", "drop_after", method="POST", path_regex="/comments")
    with pytest.raises(OutcomeUnknown):
        page.comment(live.remote_id, "More here")
    assert page.find_comment(live.remote_id, "More here").ours is not None


def test_the_calls_used_are_known_before_the_refusal(
    sandbox: RunningSandbox, page: FacebookPublisher, moving: FixedClock
) -> None:
    """In percent; used up, with the time of the return."""
    quota = page.quota()
    assert quota is not None
    assert (quota.left, quota.detail) == (None, "12 % of the Page's calls are used.")
    sandbox.set_up("meta", usage_percent=100, regain_minutes=19)
    used_up = page.quota()
    assert used_up is not None
    assert (used_up.left, used_up.resets_at) == (0, moving.now() + timedelta(minutes=19))
