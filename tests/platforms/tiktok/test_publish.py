"""Publishing photos on TikTok: taken in by one call, followed by its publish id."""

from __future__ import annotations

import dataclasses
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.publishing import Accepted, Commenter, Handles, Look, OutgoingSocial
from leadmetrics_pipelines.platforms.tiktok.publisher import TikTokPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import a_jpeg, a_post


def a_photo_post(**changes: Any) -> OutgoingSocial:  # noqa: ANN401  any field of a post
    """A post with one picture."""
    return a_post(**{"images": (a_jpeg(),), **changes})


def start(account: TikTokPublisher, post: OutgoingSocial) -> Handles:
    """What is kept of a post that TikTok took in."""
    prepared = account.prepare(post, {})
    taken = account.send(prepared, account.place(prepared, {}, lambda _: None))
    assert isinstance(taken, Accepted)
    return taken.handles


def look(account: TikTokPublisher, post: OutgoingSocial, handles: Handles, since: FixedClock) -> Look:
    return account.look(post, handles, since=since.now(), thorough=True)


def test_a_post_is_taken_in_worked_on_and_live(
    sandbox: RunningSandbox, account: TikTokPublisher, moving: FixedClock
) -> None:
    """First uncertain, then with its id and an address that opens."""
    post = a_photo_post(images=(a_jpeg(shade=1), a_jpeg(shade=2)))
    handles = start(account, post)
    working = look(account, post, handles, moving)
    assert (working.ours, working.is_certain) == (None, False)
    live = look(account, post, handles, moving).ours
    assert live is not None
    assert (live.remote_id.isdigit(), live.status) == (True, "PUBLISH_COMPLETE")
    assert post.text in httpx.get(live.url, trust_env=False).text
    assert [thing.images for thing in sandbox.held("tiktok")] == [2]


def test_the_publish_id_is_kept_and_never_started_twice(sandbox: RunningSandbox, account: TikTokPublisher) -> None:
    """A second send with it writes nothing."""
    post = a_photo_post()
    handles = start(account, post)
    assert handles["publish_id"]
    prepared = account.prepare(post, handles)
    assert isinstance(account.send(prepared, account.place(prepared, handles, lambda _: None)), Accepted)
    assert len(sandbox.held("tiktok")) == 1


def test_the_bytes_say_what_was_approved(account: TikTokPublisher) -> None:
    """The text whole, and the addresses of the pictures; a link has no place."""
    image = a_jpeg(shade=7)
    seen = account.prepare(a_photo_post(text="Tea ☕ #tea", images=(image,), link="https://acme.example"), {}).seen()
    assert (seen.body, seen.link, seen.alts) == ("Tea ☕ #tea", None, None)
    assert seen.images == (sha256_bytes(image.url.encode()),)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": "x" * 4001}, "1 UTF-16"),
        ({"text": "🪑" * 2000 + "x"}, "1 UTF-16"),
        ({"images": ()}, "0 pictures"),
        ({"images": tuple(a_jpeg(shade=number) for number in range(36))}, "36 pictures"),
        ({"images": (a_jpeg(size=20_000_001),)}, "20"),
        ({"images": (dataclasses.replace(a_jpeg(), media_type="image/png"),)}, "JPEG"),
        ({"images": (dataclasses.replace(a_jpeg(), url=""),)}, "public https address"),
        ({"images": (dataclasses.replace(a_jpeg(), digest="0" * 64),)}, "not the one"),
    ],
)
def test_what_would_be_refused_is_not_sent(account: TikTokPublisher, changes: dict[str, Any], why: str) -> None:
    """By how much, and what to do."""
    with pytest.raises(ContentRejected, match=why):
        account.prepare(a_photo_post(**changes), {})


def test_the_longest_text_goes_through(sandbox: RunningSandbox, account: TikTokPublisher) -> None:
    """4,000 UTF-16 units: 2,000 emoji."""
    start(account, a_photo_post(text="🪑" * 2000))
    assert sandbox.held("tiktok")[0].text == "🪑" * 2000


def test_a_post_that_failed_is_a_refusal_with_advice(
    sandbox: RunningSandbox, account: TikTokPublisher, moving: FixedClock
) -> None:
    """It was taken in, and is not there."""
    sandbox.set_up("tiktok", fail_reason="photo_pull_failed", processing_polls=0)
    post = a_photo_post()
    found = look(account, post, start(account, post), moving)
    assert found.ours is None
    assert "could not fetch the picture" in found.refusal


def test_a_post_in_moderation_is_waited_for(
    sandbox: RunningSandbox, account: TikTokPublisher, moving: FixedClock
) -> None:
    """After ten minutes it is believed without a public id, and watched by its publish id."""
    sandbox.set_up("tiktok", processing_polls=0, moderation_polls=9)
    post, since = a_photo_post(), moving.now()
    handles = start(account, post)
    early = account.look(post, handles, since=since, thorough=True)
    assert (early.ours, early.is_certain) == (None, False)
    moving.advance(seconds=601)
    late = account.look(post, handles, since=since, thorough=True).ours
    assert late is not None
    assert late.remote_id == handles["publish_id"]
    assert account.read_back(late.remote_id).state == "live"


def test_the_day_that_is_used_up_is_known_beforehand(sandbox: RunningSandbox, account: TikTokPublisher) -> None:
    """TikTok says it to whoever asks for the account's options."""
    quota = account.quota()
    assert quota is not None
    assert quota.left is None
    sandbox.set_up("tiktok", posts_a_day=1)
    start(account, a_photo_post())
    full = account.quota()
    assert full is not None
    assert (full.left, full.resets_at is not None) == (0, True)


def test_the_watch_tells_live_from_deleted(
    sandbox: RunningSandbox, account: TikTokPublisher, moving: FixedClock
) -> None:
    """By its public id."""
    sandbox.set_up("tiktok", processing_polls=0)
    post = a_photo_post()
    live = look(account, post, start(account, post), moving).ours
    assert live is not None
    assert account.read_back(live.remote_id).state == "live"
    assert account.read_back("7000000000000000000").state == "deleted"


def test_there_is_no_first_comment(account: TikTokPublisher) -> None:
    """TikTok's API has none."""
    assert not isinstance(account, Commenter)
