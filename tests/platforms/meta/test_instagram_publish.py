"""Publishing on Instagram: containers kept before they are published, and what becomes of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    OutcomeUnknown,
    PlatformUnavailable,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.meta.instagram.publisher import InstagramPublisher
from leadmetrics_pipelines.platforms.meta.oauth import InstagramConnector
from leadmetrics_pipelines.platforms.publishing import (
    Commenter,
    Handles,
    LivePost,
    OutgoingArticle,
    OutgoingSocial,
    StillProcessing,
)
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import ACCOUNT, a_jpeg, a_post, publish
from tests.platforms.meta.conftest import connect, credentials_for


def a_picture_post(**changes: Any) -> OutgoingSocial:  # noqa: ANN401  any field of a post
    """A post with one picture."""
    return a_post(**{"images": (a_jpeg(),), **changes})


def live_posts(sandbox: RunningSandbox) -> list[str]:
    """The captions a reader can see."""
    return [thing.text for thing in sandbox.held("meta") if thing.kind == "post"]


def keep_nothing(_: Handles) -> None:
    """For tests that are not about keeping."""


def test_the_accounts_are_those_linked_to_pages(instagram: InstagramConnector) -> None:
    """With their handle; one on a Page without the role says what to do."""
    _, choices = connect(instagram)
    assert [(choice.facts["username"], bool(choice.refusal)) for choice in choices] == [
        ("acme.garden", False),
        ("acme.outlet", False),
        ("garden.lovers", True),
    ]


def test_the_account_is_verified_with_its_rights(
    account: InstagramPublisher, instagram: InstagramConnector, means: dict[str, Any]
) -> None:
    """Without the right to publish it is refused, by name."""
    found = account.verify()
    assert found.name == "@acme.garden"
    assert "Acme Garden Furniture" in httpx.get(found.site_url, trust_env=False).text
    lacking = credentials_for(instagram, ACCOUNT, without=("instagram_content_publish",))
    with pytest.raises(AccessRevoked, match="instagram_content_publish"):
        InstagramPublisher(account_id=ACCOUNT, credentials=lacking, **means).verify()


def test_a_picture_is_placed_kept_and_published(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """Nothing is public before the last call; the address opens."""
    post, kept = a_picture_post(), list[Handles]()
    prepared = account.prepare(post, {})
    handles = account.place(prepared, {}, kept.append)
    assert (kept[-1]["container_id"], live_posts(sandbox)) == (handles["container_id"], [])
    live = account.send(prepared, handles)
    assert isinstance(live, LivePost)
    assert (live.status, live.differences, live_posts(sandbox)) == ("PUBLISHED", (), [post.text])
    assert post.text in httpx.get(live.url, trust_env=False).text


def test_several_pictures_become_a_carousel(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """Each item is kept before the next; going on makes only what is missing."""
    images = tuple(a_jpeg(shade=number) for number in range(3))
    prepared, kept = account.prepare(a_picture_post(images=images), {}), list[Handles]()
    account.place(prepared, {}, kept.append)
    assert [len(entry) - 1 for entry in kept] == [1, 2, 3, 4]
    sandbox.forget_calls()
    account.send(prepared, account.place(prepared, kept[1], keep_nothing))
    made = [call for call in sandbox.calls("meta") if call.path.endswith("/media") and call.method == "POST"]
    assert len(made) == 2
    assert [thing.images for thing in sandbox.held("meta") if thing.kind == "post"] == [3]


def test_the_bytes_say_what_was_approved(account: InstagramPublisher) -> None:
    """Caption, addresses of pictures and their descriptions; a link has no place."""
    image = a_jpeg(shade=7)
    seen = account.prepare(a_picture_post(text="Tea ☕ #tea", images=(image,), link="https://acme.example"), {}).seen()
    assert (seen.body, seen.link, seen.alts) == ("Tea ☕ #tea", None, ("Bench 7",))
    assert seen.images == (sha256_bytes(image.url.encode()),)
    many = account.prepare(a_picture_post(text="Tea", images=(image, a_jpeg(shade=8))), {}).seen()
    assert (many.body, len(many.images or ())) == ("Tea", 2)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": "x" * 2201}, "1 more than"),
        ({"text": "#a #b #c #d #e #f"}, "6 hashtags, 1 more"),
        ({"text": " ".join(f"@m{number}" for number in range(21))}, "21 mentions, 1 more"),
        ({"text": " "}, "no caption"),
        ({"images": ()}, "0 pictures"),
        ({"images": tuple(a_jpeg(shade=number) for number in range(11))}, "11 pictures"),
        ({"images": (a_jpeg(size=8 * 1024 * 1024),)}, "8 MiB"),
        ({"images": (a_jpeg(width=799, height=1000),)}, "Crop"),
        ({"images": (a_jpeg(width=1911, height=1000),)}, "Crop"),
    ],
)
def test_what_would_be_refused_is_not_sent(account: InstagramPublisher, changes: dict[str, Any], why: str) -> None:
    """By how much, and what to do."""
    with pytest.raises(ContentRejected, match=why):
        account.prepare(a_picture_post(**changes), {})


def test_the_outermost_that_is_taken(account: InstagramPublisher) -> None:
    """Limits themselves are inside."""
    account.prepare(a_picture_post(text="#a #b #c #d #e" + "x" * 2186, images=(a_jpeg(width=800, height=1000),)), {})
    account.prepare(a_picture_post(images=(a_jpeg(width=1910, height=1000, size=8 * 1024 * 1024 - 1),)), {})


def test_only_what_it_publishes(account: InstagramPublisher) -> None:
    """Articles belong elsewhere."""
    article = OutgoingArticle(marker="12345678", title="t", slug="t", excerpt="", body_html="<p>t</p>")
    with pytest.raises(InvalidInput, match="does not publish a article"):
        account.prepare(article, {})


def test_a_picture_at_work_is_waited_for(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """The container is kept; the next attempt goes on with it, not with another."""
    sandbox.set_up("meta", processing_polls=1)
    prepared, kept = account.prepare(a_picture_post(), {}), list[Handles]()
    with pytest.raises(StillProcessing) as caught:
        account.place(prepared, {}, kept.append)
    assert 5 <= caught.value.retry_after <= 60
    assert account.place(prepared, kept[-1], kept.append)["container_id"] == kept[0]["container_id"]


@pytest.mark.parametrize(("subcode", "family"), [(2207026, ContentRejected), (2207053, PlatformUnavailable)])
def test_a_container_that_failed_is_forgotten(
    sandbox: RunningSandbox, account: InstagramPublisher, subcode: int, family: type[Exception]
) -> None:
    """What is wrong with the picture is told; what passes is placed anew."""
    sandbox.set_up("meta", container_error=subcode)
    prepared, kept = account.prepare(a_picture_post(), {}), list[Handles]()
    with pytest.raises(family, match=str(subcode)):
        account.place(prepared, {}, kept.append)
    assert kept[-1] == {}


def test_an_expired_container_is_made_anew(
    sandbox: RunningSandbox, account: InstagramPublisher, moving: FixedClock
) -> None:
    """After 24 hours; items of a carousel that was never finished go with it."""
    prepared = account.prepare(a_picture_post(images=(a_jpeg(shade=1), a_jpeg(shade=2))), {})
    kept: list[Handles] = []
    whole = account.place(prepared, {}, kept.append)
    moving.advance(days=1.1)
    sandbox.advance_clock(days=1.1)
    for old in (whole, kept[0]):
        fresh = account.place(prepared, old, keep_nothing)
        assert fresh["container_id"] != whole["container_id"]
        assert fresh["item_0"] != whole["item_0"]


def test_a_picture_that_cannot_be_fetched(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """It is refused with advice, and nothing is public."""
    sandbox.set_up("meta", unreachable_hosts=["cdn.example"])
    with pytest.raises(ContentRejected, match="cannot fetch"):
        account.place(account.prepare(a_picture_post(), {}), {}, keep_nothing)


def test_not_ready_though_finished_is_asked_again(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """9007: nothing is public, and the same container goes out later."""
    sandbox.set_up("meta", not_ready_publishes=1)
    prepared = account.prepare(a_picture_post(), {})
    handles = account.place(prepared, {}, keep_nothing)
    with pytest.raises(StillProcessing):
        account.send(prepared, handles)
    account.send(prepared, account.place(prepared, handles, keep_nothing))
    assert len(live_posts(sandbox)) == 1


@pytest.mark.parametrize("effect", ["drop_after", "status_after", "garbled_after"])
def test_a_lost_answer_is_told_by_the_container(
    sandbox: RunningSandbox, account: InstagramPublisher, moving: FixedClock, effect: Effect
) -> None:
    """PUBLISHED means live: the look finds the post, and another send writes nothing."""
    post, since = a_picture_post(), moving.now()
    prepared = account.prepare(post, {})
    handles = account.place(prepared, {}, keep_nothing)
    sandbox.set_fault("meta", effect, method="POST", path_regex="/media_publish")
    with pytest.raises(OutcomeUnknown):
        account.send(prepared, handles)
    found = account.look(post, handles, since=since, thorough=True).ours
    assert found is not None
    sandbox.forget_calls()
    again = account.send(prepared, account.place(prepared, handles, keep_nothing))
    assert isinstance(again, LivePost)
    assert (again.remote_id, [call.method for call in sandbox.calls("meta")]) == (found.remote_id, ["GET", "GET"])
    assert len(live_posts(sandbox)) == 1


def test_a_call_that_never_arrived_is_certain_after_a_while(
    sandbox: RunningSandbox, account: InstagramPublisher, moving: FixedClock
) -> None:
    """FINISHED: safe to publish."""
    post, since = a_picture_post(), moving.now()
    prepared = account.prepare(post, {})
    handles = account.place(prepared, {}, keep_nothing)
    sandbox.set_fault("meta", "drop_before", method="POST", path_regex="/media_publish")
    with pytest.raises(OutcomeUnknown):
        account.send(prepared, handles)
    assert not account.look(post, handles, since=since, thorough=True).is_certain
    moving.advance(seconds=31)
    assert account.look(post, handles, since=since, thorough=True).is_certain


def test_a_list_that_lags_does_not_hide_a_live_post(
    sandbox: RunningSandbox, account: InstagramPublisher, moving: FixedClock
) -> None:
    """First it is asked again; ten minutes later the container's word is enough."""
    sandbox.set_up("meta", lists_lag_seconds=3600)
    post, since = a_picture_post(), moving.now()
    prepared = account.prepare(post, {})
    handles = account.place(prepared, {}, keep_nothing)
    account.send(prepared, handles)
    early = account.look(post, handles, since=since, thorough=True)
    assert (early.ours, early.is_certain) == (None, False)
    moving.advance(seconds=601)
    late = account.look(post, handles, since=since, thorough=True).ours
    assert late is not None
    assert late.remote_id == handles["container_id"]


def test_the_quota_is_asked_and_a_full_one_refuses(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """The total is the account's own, not a document's."""
    sandbox.set_up("meta", quota_total=25, quota_used=24)
    quota = account.quota()
    assert quota is not None
    assert (quota.left, quota.detail) == (1, "24 of 25 posts of 24 hours are used.")
    publish(account, a_picture_post())
    full = account.quota()
    assert full is not None
    assert full.left == 0
    prepared = account.prepare(a_picture_post(), {})
    with pytest.raises(Exception, match="24 hours") as caught:
        account.send(prepared, account.place(prepared, {}, keep_nothing))
    assert type(caught.value).__name__ == "RateLimited"


def test_the_watch_and_the_first_comment(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """Live, commented once, found, deleted."""
    assert isinstance(account, Commenter)
    live = publish(account, a_picture_post(text="Tea #tea"))
    assert (account.read_back(live.remote_id).state, account.read_back(live.remote_id).text) == ("live", "Tea #tea")
    assert account.find_comment(live.remote_id, "#more").ours is None
    comment = account.comment(live.remote_id, "#more")
    found = account.find_comment(live.remote_id, "#more").ours
    assert found is not None
    assert found.remote_id == comment.remote_id
    sandbox.set_fault("meta", "status", path_regex=f"/{live.remote_id}", status=400,
                      body={"error": {"code": 100, "error_subcode": 33, "message": "gone"}})  # fmt: skip
    assert account.read_back(live.remote_id).state == "deleted"


def test_a_restricted_account_is_for_a_person(sandbox: RunningSandbox, account: InstagramPublisher) -> None:
    """2207050."""
    prepared = account.prepare(a_picture_post(), {})
    handles = account.place(prepared, {}, keep_nothing)
    sandbox.set_up("meta", blocked=True)
    with pytest.raises(AccessRevoked, match="restricted"):
        account.send(prepared, handles)
