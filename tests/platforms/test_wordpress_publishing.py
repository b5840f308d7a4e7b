"""Posts and pictures on a site that works."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.publishing import LivePost, RemoteState
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import (
    PASSWORDS,
    a_post,
    an_image,
    find,
    look_for,
    place_picture,
    publisher_for,
    send_article,
    send_with,
)


def send(publisher: WordPressPublisher, **changes: object) -> LivePost:
    """Prepare and send a post."""
    return send_article(publisher, a_post(**changes))


def change_post(sandbox: RunningSandbox, live: LivePost, **fields: object) -> None:
    """What a person at the site does to a post."""
    sandbox.control.post(
        f"/wordpress/acme/wp-json/wp/v2/posts/{live.remote_id}", json=fields, auth=("editor", PASSWORDS["editor"])
    ).raise_for_status()


def test_a_sent_post_is_on_the_site_as_it_was_written(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Public, with the marker at its end, and nothing changed."""
    post = a_post()
    live = send_article(publisher, post)
    (stored,) = sandbox.posts()
    assert live == LivePost(remote_id=str(stored.id), url=stored.link, slug=post.slug, status="publish")
    assert live.url == f"{sandbox.wordpress_url()}/tea-and-coffee/"


def test_sending_is_one_call(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Whatever was looked up before, one request writes."""
    send(publisher)
    assert [call.method for call in sandbox.calls("wordpress")].count("POST") == 1


def test_a_post_is_found_by_its_marker_whatever_became_of_it(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """Under its slug, under another one, as a draft, in the trash."""
    post = a_post()
    live = send_article(publisher, post)
    assert find(publisher, post) == live
    change_post(sandbox, live, slug="another-name")
    assert find(publisher, post) == dataclasses.replace(
        live, slug="another-name", url=f"{sandbox.wordpress_url()}/another-name/"
    )
    change_post(sandbox, live, status="draft")
    found = find(publisher, post)
    assert found
    assert (found.remote_id, found.status) == (live.remote_id, "draft")
    change_post(sandbox, live, slug=post.slug, status="publish")
    sandbox.control.delete(
        f"/wordpress/acme/wp-json/wp/v2/posts/{live.remote_id}", auth=("editor", PASSWORDS["editor"])
    ).raise_for_status()
    look = look_for(publisher, post)
    assert look.ours is None
    assert "in the trash of" in look.refusal
    assert not look_for(publisher, post).slug_taken


def test_a_post_that_was_never_sent_is_not_found(publisher: WordPressPublisher) -> None:
    """And that is no error."""
    post = a_post()
    assert find(publisher, post) is None
    assert not look_for(publisher, post).slug_taken


def test_somebody_elses_post_is_not_ours(publisher: WordPressPublisher) -> None:
    """The slug is taken, which is told apart from being there."""
    send(publisher)
    mine = a_post()
    assert find(publisher, mine) is None
    assert look_for(publisher, mine).slug_taken
    look = look_for(publisher, mine, thorough=False)
    assert (look.ours, look.slug_taken) == (None, True)


def test_a_look_before_the_first_attempt_is_one_call(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """It answers both: is ours there, and is the slug free."""
    post = a_post()
    live = send_article(publisher, post)
    sandbox.forget_calls()
    look = look_for(publisher, post, thorough=False)
    assert (look.ours, look.slug_taken) == (live, False)
    assert len(sandbox.calls("wordpress")) == 1


def test_a_marker_that_begins_like_ours_is_not_ours(publisher: WordPressPublisher) -> None:
    """The whole id counts."""
    send(publisher, marker="aaaaaaaa-1", slug="one")
    assert find(publisher, a_post(slug="one", marker="aaaaaaaa")) is None


def test_a_taken_slug_comes_back_as_a_difference(publisher: WordPressPublisher) -> None:
    """WordPress never refuses it; the post got another address than was approved, and is found there."""
    send(publisher)
    post = a_post()
    live = send_article(publisher, post)
    assert live.slug == "tea-and-coffee-2"
    assert "'tea-and-coffee-2' instead of 'tea-and-coffee'" in live.differences[0]
    found = find(publisher, post)
    assert found
    assert found.remote_id == live.remote_id


def test_what_an_authors_rights_cut_comes_back_as_a_difference(sandbox: RunningSandbox, http: HttpClients) -> None:
    """WordPress drops scripts without an error; the marker stays, so the post is found all the same."""
    author = publisher_for(sandbox.wordpress_url(), http, user="author")
    post = a_post(body_html="<p>Tea</p><script>track()</script><p>Coffee</p>")
    live = send_article(author, post)
    assert "changed the body, first at '<script>track()" in live.differences[0]
    assert "unfiltered_html" in live.differences[0]
    assert find(author, post)


def test_a_swallowed_picture_comes_back_as_a_difference(publisher: WordPressPublisher) -> None:
    """An unknown media id is 201 with featured_media 0."""
    live = send_with(publisher, a_post(image=an_image()), {"media_id": "999999"})
    assert live.differences == ("The site did not keep the picture (media 999999): the post has none of that number.",)


def test_a_later_time_schedules_and_the_address_is_known(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """`link` is ?p=ID until then; people want the address the post will have."""
    live = send(publisher, publish_at=datetime(2099, 12, 20, 21, 11, 47, tzinfo=UTC))
    assert (live.status, live.differences) == ("future", ())
    assert live.url == f"{sandbox.wordpress_url()}/tea-and-coffee/"


def test_a_time_that_has_passed_publishes_at_once(publisher: WordPressPublisher) -> None:
    """Dated back, as WordPress does."""
    live = send(publisher, publish_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert (live.status, live.differences) == ("publish", ())


def test_a_picture_is_uploaded_once(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Its digest names it, so that a second publisher finds it; another picture is another one."""
    first = place_picture(publisher, an_image())
    assert place_picture(publisher, an_image()) == first
    assert place_picture(publisher, an_image(shade=9)) != first
    live = send_with(publisher, a_post(image=an_image()), {"media_id": first})
    assert live.differences == ()
    uploads = [call for call in sandbox.calls("wordpress") if call.method == "POST" and call.path.endswith("/media")]
    assert len(uploads) == 2


def test_a_pictures_text_is_kept_up(publisher: WordPressPublisher, sandbox: RunningSandbox) -> None:
    """A crash between upload and text heals with the next look; so does a better text."""
    place_picture(publisher, an_image())
    media_id = place_picture(publisher, an_image(alt="A better text"))
    answer = sandbox.control.get(f"/wordpress/acme/wp-json/wp/v2/media/{media_id}").json()
    assert answer["alt_text"] == "A better text"


def test_a_picture_whose_bytes_changed_is_not_placed(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """The digest is what people approved."""
    with pytest.raises(ContentRejected, match="not the one that was approved"):
        place_picture(publisher, dataclasses.replace(an_image(), data=b"other"))
    assert sandbox.calls("wordpress") == []


def test_a_file_that_is_no_picture_is_refused_for_good(publisher: WordPressPublisher) -> None:
    """The site answers 500 to a wrong type, and trying again would not help."""
    image = an_image()
    with pytest.raises(ContentRejected, match="JPEG, PNG, WebP or GIF"):
        place_picture(publisher, dataclasses.replace(image, media_type="image/svg+xml"))


def test_php_warnings_are_avoided(sandbox: RunningSandbox, http: HttpClients) -> None:
    """A site with display_errors prints them before the JSON, unless JSON was asked for."""
    noisy = publisher_for(sandbox.make_site("noisy", display_errors=True), http)
    assert send(noisy).status == "publish"


def test_threads_may_share_a_publisher(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """The API is looked for once, and each post is there once."""
    posts = [a_post(slug=f"post-{number}") for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        sent = list(threads.map(lambda post: send_article(publisher, post), posts))
    assert sorted(live.slug for live in sent) == sorted(post.slug for post in posts)
    assert len(sandbox.posts()) == 12
    assert [call.method for call in sandbox.calls("wordpress")].count("GET") == 1


def test_one_process_serves_many_sites(sandbox: RunningSandbox, http: HttpClients) -> None:
    """The neighbour's posts and pictures are not ours."""
    acme, zenith = (publisher_for(sandbox.make_site(name), http) for name in ("acme", "zenith"))
    post = a_post()
    send_article(acme, post)
    assert find(zenith, post) is None
    assert json.loads(acme.prepare(post, {}).body) == json.loads(zenith.prepare(post, {}).body)


def test_categories_and_tags_are_found_or_made(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """By name, whatever its capitals; the post carries their numbers and nothing is made twice."""
    first = send_article(publisher, a_post(categories=("Tea & cups",), tags=("warm", "cosy")))
    second = send_article(publisher, a_post(slug="another", categories=("tea & CUPS",), tags=("cosy",)))
    assert (first.differences, second.differences) == ((), ())
    made = [call.path.rpartition("/")[2] for call in sandbox.calls("wordpress") if call.method == "POST"]
    assert made == ["categories", "tags", "tags", "posts", "posts"]


def test_what_was_placed_is_kept_and_not_placed_again(publisher: WordPressPublisher) -> None:
    """The ledger's handles are all it takes to go on."""
    kept: list[object] = []
    prepared = publisher.prepare(a_post(image=an_image(), tags=("warm",)), {})
    handles = publisher.place(prepared, {}, kept.append)
    assert kept == [handles]
    assert publisher.place(prepared, handles, kept.append) == handles
    assert kept == [handles]


def test_a_request_with_another_picture_than_was_placed_is_not_sent(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """What is sent names what was placed, or nothing is sent."""
    prepared = publisher.prepare(a_post(image=an_image()), {"media_id": "7"})
    with pytest.raises(InvalidInput, match="Nothing was sent"):
        publisher.send(prepared, {"media_id": "8"})
    assert sandbox.calls("wordpress") == []


def test_a_published_post_is_read_back(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Live with its words; taken down or thrown away is told."""
    post = a_post()
    live = send_article(publisher, post)
    assert publisher.read_back(live.remote_id) == RemoteState(state="live", text=post.body_html)
    change_post(sandbox, live, status="draft")
    assert publisher.read_back(live.remote_id).state == "deleted"
    assert publisher.read_back("999999").state == "deleted"
