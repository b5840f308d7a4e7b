"""Publishing on X: what is sent, what is kept, and how it is found again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import ContentRejected, InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.publishing import Commenter, Image, StillProcessing
from leadmetrics_pipelines.platforms.x.publisher import XPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import a_post, an_image
from tests.platforms.social import a_social, place, publish


def a_gif(size: int = 100) -> Image:
    """The beginning of a GIF, and so many bytes."""
    data = (b"GIF89a\x02\x00\x02\x00" + bytes(size))[:size]
    return Image(digest=sha256_bytes(data), media_type="image/gif", data=data, alt="A bench, turning")


def test_a_post_is_live_as_it_was_written(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """One post, its id and address, no differences for what X does to links and signs; the address shows it."""
    item = a_social(text="Tea & <benches> 🌳\n\nhttps://acme.example/a?b=c&d=e, and more.")
    live = publish(publisher, item)
    (held,) = sandbox.held("x")
    assert (held.id, held.text, held.is_public, live.differences) == (live.remote_id, item.text, True, ())
    assert "Tea &amp; &lt;benches&gt;" in httpx.get(live.url, trust_env=False).text


def test_a_link_joins_the_text_once(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """X has no field for one."""
    item = a_social(link="https://acme.example/benches")
    seen = publisher.prepare(item, {}).seen()
    assert (seen.body, seen.link) == (item.text, item.link)
    assert publish(publisher, item).differences == ()
    assert sandbox.held("x")[0].text == f"{item.text}\n\n{item.link}"
    inside = a_social(text="See https://acme.example/x now", link="https://acme.example/x")
    assert (publisher.prepare(inside, {}).seen().body, publisher.prepare(inside, {}).seen().link) == (
        inside.text, inside.link,
    )  # fmt: skip


@pytest.mark.parametrize(
    "fits",
    [
        "a" * 280,
        "日" * 140,
        "a" * 256 + " https://acme.example/" + "x" * 200,
        "👩‍🌾" * 140,
        "é" * 279 + "!",
    ],
)
def test_the_limit_is_weighed_as_x_weighs(publisher: XPublisher, sandbox: RunningSandbox, fits: str) -> None:
    """280 is taken by both, 281 is refused before it is sent."""
    assert count_text(fits, "x_weighted") == 280
    publish(publisher, a_social(text=fits))
    assert len(sandbox.held("x")) == 1
    with pytest.raises(ContentRejected, match="by 1"):
        publisher.prepare(a_social(text=f"a{fits}"), {})


@pytest.mark.parametrize("count", [1, 4])
def test_pictures_are_placed_and_described(publisher: XPublisher, sandbox: RunningSandbox, count: int) -> None:
    """In order; each step is kept; the description is set once."""
    images = tuple(an_image(shade, alt=f"Bench {shade}") for shade in range(count))
    item = a_social(images=images)
    handles, kept = place(publisher, item)
    assert kept[-1] == handles
    seen = publisher.prepare(item, handles).seen()
    assert seen.images == tuple(sha256_bytes(image.data) for image in images)
    assert seen.alts == tuple(image.alt for image in images)
    sandbox.forget_calls()
    assert place(publisher, item, handles) == (handles, [])
    assert sandbox.calls("x") == []
    live = publisher.send(publisher.prepare(item, handles), handles)
    assert getattr(live, "differences", None) == ()
    assert sandbox.held("x")[0].images == count
    assert images[0].alt in httpx.get(getattr(live, "url", ""), trust_env=False).text


def test_a_gif_goes_in_segments_and_is_waited_for(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """2 MB each; while X works on it, the caller comes again with the same upload."""
    sandbox.set_up("x", processing_polls=2)
    item = a_social(images=(a_gif(4_500_000),))
    kept: list[Any] = []
    for _ in range(2):
        known = kept[-1] if kept else {}
        with pytest.raises(StillProcessing) as caught:
            publisher.place(publisher.prepare(item, known), known, kept.append)
        assert caught.value.retry_after == 5
    handles = publisher.place(publisher.prepare(item, kept[-1]), kept[-1], kept.append)
    assert len([call for call in sandbox.calls("x") if call.path.endswith("/append")]) == 3
    publisher.send(publisher.prepare(item, handles), handles)
    assert sandbox.held("x")[0].images == 1


def test_a_gif_that_fails_is_refused_for_good(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """Another file is needed."""
    sandbox.set_up("x", processing_fails=True)
    item = a_social(images=(a_gif(),))
    kept: list[Any] = []
    with pytest.raises(StillProcessing):
        publisher.place(publisher.prepare(item, {}), {}, kept.append)
    with pytest.raises(ContentRejected, match="Replace it"):
        publisher.place(publisher.prepare(item, kept[-1]), kept[-1], kept.append)


def test_an_upload_whose_end_was_lost_is_not_made_again(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """Its id was kept at its beginning; X says that it is whole."""
    item = a_social(images=(a_gif(),))
    kept: list[Any] = []
    sandbox.set_fault("x", "drop_after", method="POST", path_regex="finalize$")
    with pytest.raises(PlatformUnavailable):
        publisher.place(publisher.prepare(item, {}), {}, kept.append)
    digest = item.images[0].digest
    handles = publisher.place(publisher.prepare(item, kept[-1]), kept[-1], kept.append)
    assert handles[f"media:{digest}"] == kept[0][f"upload:{digest}"]


def test_an_upload_that_is_a_day_old_is_made_anew(
    publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """X forgets it; a post is not sent with it."""
    item = a_social(images=(an_image(),))
    handles, _ = place(publisher, item)
    sandbox.advance_clock(seconds=6000)
    moving.advance(seconds=86_000)
    with pytest.raises(PlatformUnavailable, match="too long ago"):
        publisher.send(publisher.prepare(item, handles), handles)
    again, _ = place(publisher, item, handles)
    assert again != handles
    publisher.send(publisher.prepare(item, again), again)
    assert sandbox.held("x")[0].images == 1


def test_what_is_no_social_post_is_refused(publisher: XPublisher) -> None:
    """X takes no articles."""
    with pytest.raises(InvalidInput, match="does not publish"):
        publisher.prepare(a_post(), {})


def test_a_duplicate_is_looked_for(publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock) -> None:
    """The refusal names no post: the outcome is open, and the look finds it."""
    since = moving.now()
    first = publish(publisher, a_social())
    with pytest.raises(OutcomeUnknown, match="duplicate"):
        publish(publisher, a_social())
    look = publisher.look(a_social(), {}, since=since, thorough=True)
    assert look.ours == first
    assert len(sandbox.held("x")) == 1


def test_a_look_tells_links_apart(publisher: XPublisher, moving: FixedClock) -> None:
    """Two posts whose texts differ in nothing but their links."""
    since = moving.now()
    one, other = (a_social(text="New: here", link=f"https://acme.example/{name}") for name in ("one", "other"))
    first, second = publish(publisher, one), publish(publisher, other)
    for item, live in ((one, first), (other, second)):
        assert publisher.look(item, {}, since=since, thorough=True).ours == live
    third = a_social(text="New: here", link="https://acme.example/third")
    assert publisher.look(third, {}, since=since, thorough=True).ours is None


def test_a_look_finds_a_post_by_its_picture(publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock) -> None:
    """Even when its text was changed since."""
    since = moving.now()
    item = a_social(images=(an_image(),))
    handles, _ = place(publisher, item)
    live = publisher.send(publisher.prepare(item, handles), handles)
    assert publisher.look(item, handles, since=since, thorough=True).ours == live
    sandbox.set_up("x", edit_post={"id": getattr(live, "remote_id", ""), "text": "Changed"})
    found = publisher.look(item, handles, since=since, thorough=True).ours
    assert found is not None
    assert found.differences


def test_a_look_goes_back_as_far_as_the_call(
    publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """An equal post of an hour ago is another one."""
    publish(publisher, a_social())
    sandbox.advance_clock(seconds=3600)
    moving.advance(seconds=3600)
    since = moving.now()
    assert publisher.look(a_social(), {}, since=since, thorough=True).ours is None


def test_not_there_is_not_certain_at_once(publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock) -> None:
    """Timelines lag behind."""
    sandbox.set_up("x", lists_lag_seconds=30)
    since = moving.now()
    publish(publisher, a_social())
    look = publisher.look(a_social(), {}, since=since, thorough=True)
    assert (look.ours, look.is_certain) == (None, False)
    sandbox.advance_clock(seconds=61)
    moving.advance(seconds=61)
    assert publisher.look(a_social(), {}, since=since, thorough=True).ours is not None
    assert publisher.look(a_social(text="Other"), {}, since=since, thorough=False).is_certain


def test_the_watch_reads_the_text_in_full(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """Links as they were written, without the one of the picture; and what was deleted."""
    item = a_social(text="See https://acme.example/x & more", images=(an_image(),))
    live = publish(publisher, item)
    state = publisher.read_back(live.remote_id)
    assert (state.state, state.text) == ("live", item.text)
    sandbox.set_up("x", delete_post=live.remote_id)
    assert publisher.read_back(live.remote_id).state == "deleted"


def test_a_reply_is_found_again(publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock) -> None:
    """Below its own post only; it is never taken for a post."""
    assert isinstance(publisher, Commenter)
    since = moving.now()
    live = publish(publisher, a_social())
    other = publish(publisher, a_social(text="Another"))
    said = "More: https://acme.example/more"
    made = publisher.comment(live.remote_id, said)
    found = publisher.find_comment(live.remote_id, said).ours
    assert found is not None
    assert found.remote_id == made.remote_id
    assert publisher.find_comment(other.remote_id, said).ours is None
    assert publisher.look(a_social(text=said), {}, since=since, thorough=True).ours is None
    assert [held.kind for held in sandbox.held("x")] == ["post", "post", "reply"]


def test_a_reply_that_x_does_not_allow_is_refused(publisher: XPublisher, sandbox: RunningSandbox) -> None:
    """The app's plan may forbid them; the channel stays connected."""
    live = publish(publisher, a_social())
    sandbox.set_up("x", allows_replies=False)
    with pytest.raises(ContentRejected, match="only where they are mentioned"):
        publisher.comment(live.remote_id, "More")


def test_the_quota_is_what_x_said_last(publisher: XPublisher, sandbox: RunningSandbox, moving: FixedClock) -> None:
    """Unknown before the first post and after its window; else what the headers said."""
    assert publisher.quota() is None
    sandbox.set_up("x", rate_limits={"POST /2/tweets": 5})
    publish(publisher, a_social())
    quota = publisher.quota()
    assert quota is not None
    assert quota.left == 4
    assert quota.resets_at is not None
    moving.advance(seconds=901)
    assert publisher.quota() is None
