"""Publishing on a LinkedIn page: what is sent, what is kept, and how it is found again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.linkedin.publisher import LinkedInPublisher
from leadmetrics_pipelines.platforms.publishing import Commenter, StillProcessing
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import a_post, an_image
from tests.platforms.social import a_social, place, publish

HARD = r"Was (nice)? <b>50%</b> off* [now] {really} @home | C:\garden_1 ~ C# a#b #garden_bench #été"


def test_a_post_is_live_as_it_was_written(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """One post, its id and address, no differences; the address shows it."""
    item = a_social(text="Tea & benches\n\n“Outside” all year – 🌳 #garden")
    live = publish(publisher, item)
    (held,) = sandbox.held("linkedin")
    assert (held.id, held.text, held.account, held.is_public) == (live.remote_id, item.text, "2414183", True)
    assert live.differences == ()
    assert live.status == "PUBLISHED"
    page = httpx.get(live.url, trust_env=False)
    assert "Tea &amp; benches" in page.text


def test_reserved_characters_are_escaped_and_hashtags_are_not(
    publisher: LinkedInPublisher, sandbox: RunningSandbox
) -> None:
    """Unescaped, any of them would cut the text in silence."""
    item = a_social(text=HARD)
    assert publisher.prepare(item, {}).seen().body == HARD
    assert publish(publisher, item).differences == ()
    assert sandbox.held("linkedin")[0].text == HARD


def test_a_text_that_was_cut_is_told(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """What LinkedIn holds is compared with what was sent, also when it names an earlier post."""
    item = a_social(text="All of it is shown here.")
    live = publish(publisher, item)
    sandbox.set_up("linkedin", edit_post={"id": live.remote_id, "text": "All of it (is shown here."})
    body: dict[str, object] = {
        "message": f"Content is a duplicate of {live.remote_id}",
        "errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]},
    }
    sandbox.set_fault("linkedin", "status", method="POST", path_regex="/rest/posts$", status=422, body=body)
    again = publish(publisher, item)
    assert again.differences[0] == "LinkedIn cut the text after 10 of 24 characters, before 'is shown here.'."


def test_a_post_that_was_cut_is_still_ours(
    publisher: LinkedInPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """After a lost answer it would be sent a second time otherwise."""
    since = moving.now()
    item = a_social(text="All (of it) is shown here.")
    live = publish(publisher, item)
    sandbox.set_up("linkedin", edit_post={"id": live.remote_id, "text": item.text})
    found = publisher.look(item, {}, since=since, thorough=True).ours
    assert found is not None
    assert "cut the text" in found.differences[0]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_pictures_are_placed_before_the_post(publisher: LinkedInPublisher, sandbox: RunningSandbox, count: int) -> None:
    """In order, with their descriptions; each is kept by its URN before its bytes go out."""
    images = tuple(an_image(shade, alt=f"Bench {shade}") for shade in range(count))
    item = a_social(images=images)
    handles, kept = place(publisher, item)
    assert len(kept) == count
    assert kept[-1] == handles
    prepared = publisher.prepare(item, handles)
    seen = prepared.seen()
    assert seen.images == tuple(sha256_bytes(image.data) for image in images)
    assert seen.alts == tuple(image.alt for image in images)
    publisher.send(prepared, handles)
    assert sandbox.held("linkedin")[0].images == count


def test_placing_again_uploads_nothing_twice(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """The kept URN is asked for, not made anew."""
    item = a_social(images=(an_image(),))
    handles, _ = place(publisher, item)
    sandbox.forget_calls()
    again, kept = place(publisher, item, handles)
    assert (again, kept) == (handles, [])
    assert [call.method for call in sandbox.calls("linkedin")] == ["GET"]


def test_a_picture_that_is_processed_is_waited_for(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Nothing blocks: the caller comes again with the handle, which is the same picture."""
    sandbox.set_up("linkedin", processing_polls=2)
    item = a_social(images=(an_image(),))
    kept: list[Any] = []
    with pytest.raises(StillProcessing):
        publisher.place(publisher.prepare(item, {}), {}, kept.append)
    with pytest.raises(StillProcessing):
        publisher.place(publisher.prepare(item, kept[-1]), kept[-1], kept.append)
    assert publisher.place(publisher.prepare(item, kept[-1]), kept[-1], kept.append) == kept[0]
    assert len(kept) == 1


def test_a_picture_that_fails_is_refused_for_good(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Another file is needed; nothing is public."""
    sandbox.set_up("linkedin", processing_fails=True)
    with pytest.raises(ContentRejected, match="Replace it"):
        place(publisher, a_social(images=(an_image(),)))
    assert sandbox.held("linkedin") == []


def test_an_upload_that_never_happened_is_done_anew(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """After a crash between the registration and the upload."""
    item = a_social(images=(an_image(),))
    kept: list[Any] = []
    sandbox.set_fault("linkedin", "drop_before", method="PUT")
    with pytest.raises(Exception, match="Nothing is public"):
        publisher.place(publisher.prepare(item, {}), {}, kept.append)
    handles, _ = place(publisher, item, kept[-1])
    assert handles != kept[-1]
    publisher.send(publisher.prepare(item, handles), handles)
    assert sandbox.held("linkedin")[0].images == 1


def test_a_link_becomes_a_card(publisher: LinkedInPublisher) -> None:
    """LinkedIn fetches no page itself: the card's title is the text's first line."""
    prepared = publisher.prepare(a_social(link="https://acme.example/benches"), {})
    assert prepared.seen().link == "https://acme.example/benches"
    assert b'"title":"A bench that stays outside all year."' in prepared.body


def test_a_link_beside_pictures_joins_the_text(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """A post has pictures or a card, not both; the link is said once."""
    item = a_social(link="https://acme.example/a_(b)", images=(an_image(),))
    seen = publisher.prepare(item, {}).seen()
    assert (seen.body, seen.link) == (item.text, item.link)
    assert publish(publisher, item).differences == ()
    assert sandbox.held("linkedin")[0].text == f"{item.text}\n\n{item.link}"
    inside = a_social(text="See https://acme.example/x now", link="https://acme.example/x", images=(an_image(),))
    assert publisher.prepare(inside, {}).seen().body == inside.text
    assert publisher.prepare(inside, {}).seen().link == inside.link


def test_the_limit_counts_what_the_wire_counts(publisher: LinkedInPublisher) -> None:
    """3,000 with every escape; one more is refused, and by how much it is said."""
    fits = "(" * 10 + "a" * 2980
    assert publish(publisher, a_social(text=fits)).differences == ()
    with pytest.raises(ContentRejected, match="by 1"):
        publisher.prepare(a_social(text=f"{fits}a"), {})


def test_what_is_no_social_post_is_refused(publisher: LinkedInPublisher) -> None:
    """LinkedIn takes no articles."""
    with pytest.raises(InvalidInput, match="does not publish"):
        publisher.prepare(a_post(), {})


def test_a_duplicate_that_is_live_is_a_success(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """The refusal names the post, which is adopted; people learn that it was there before."""
    first = publish(publisher, a_social())
    again = publish(publisher, a_social())
    assert again.remote_id == first.remote_id
    assert "takes no second post" in again.differences[0]
    assert len(sandbox.held("linkedin")) == 1


def test_a_ghost_is_refused(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """LinkedIn remembers the text of a deleted post for a while."""
    first = publish(publisher, a_social())
    sandbox.set_up("linkedin", delete_post=first.remote_id)
    with pytest.raises(ContentRejected, match="deleted post"):
        publish(publisher, a_social())


def test_a_look_finds_a_post_by_its_text_or_its_picture(
    publisher: LinkedInPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """A text that was edited since does not hide a post whose picture is ours."""
    since = moving.now()
    item = a_social(images=(an_image(),))
    handles, _ = place(publisher, item)
    publish(publisher, a_social(text="Something else"))
    live = publisher.send(publisher.prepare(item, handles), handles)
    found = publisher.look(item, handles, since=since, thorough=True).ours
    assert found == live
    sandbox.set_up("linkedin", edit_post={"id": found.remote_id, "text": "Changed"})
    edited = publisher.look(item, handles, since=since, thorough=True).ours
    assert edited is not None
    assert edited.differences


def test_a_look_does_not_take_an_older_post_for_ours(
    publisher: LinkedInPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """The same text of last week is another post."""
    publish(publisher, a_social())
    sandbox.advance_clock(days=7)
    moving.advance(days=7)
    since = moving.now()
    moving.advance(seconds=120)
    look = publisher.look(a_social(), {}, since=since, thorough=True)
    assert (look.ours, look.is_certain) == (None, True)


def test_not_there_is_not_certain_at_once(
    publisher: LinkedInPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """Lists lag behind."""
    sandbox.set_up("linkedin", lists_lag_seconds=30)
    since = moving.now()
    live = publish(publisher, a_social())
    look = publisher.look(a_social(), {}, since=since, thorough=True)
    assert (look.ours, look.is_certain) == (None, False)
    sandbox.advance_clock(seconds=40)
    moving.advance(seconds=40)
    found = publisher.look(a_social(), {}, since=since, thorough=True)
    assert found.ours is not None
    assert found.ours.remote_id == live.remote_id


def test_the_watch_sees_what_people_did(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Live, edited, deleted."""
    live = publish(publisher, a_social())
    assert publisher.read_back(live.remote_id).state == "live"
    sandbox.advance_clock(seconds=300)
    sandbox.set_up("linkedin", edit_post={"id": live.remote_id, "text": "Other \\(words\\)"})
    edited = publisher.read_back(live.remote_id)
    assert (edited.state, edited.text) == ("edited", "Other (words)")
    sandbox.set_up("linkedin", delete_post=live.remote_id)
    assert publisher.read_back(live.remote_id).state == "deleted"


def test_a_comment_is_plain_text(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Nothing is escaped below a post, and it is found again."""
    assert isinstance(publisher, Commenter)
    live = publish(publisher, a_social())
    said = "More at https://acme.example/a_(b) #garden"
    assert publisher.find_comment(live.remote_id, said).ours is None
    made = publisher.comment(live.remote_id, said)
    assert [held.text for held in sandbox.held("linkedin") if held.kind == "comment"] == [said]
    found = publisher.find_comment(live.remote_id, said).ours
    assert found is not None
    assert found.remote_id == made.remote_id


def test_a_comment_has_a_limit_and_a_post(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Too long, empty, or below nothing: refused."""
    live = publish(publisher, a_social())
    for text in ("", "a" * 1251):
        with pytest.raises(ContentRejected):
            publisher.comment(live.remote_id, text)
    sandbox.set_up("linkedin", delete_post=live.remote_id)
    with pytest.raises(ContentRejected, match="deleted"):
        publisher.comment(live.remote_id, "Hello")


def test_no_quota_is_told(publisher: LinkedInPublisher) -> None:
    """LinkedIn does not say."""
    assert publisher.quota() is None
