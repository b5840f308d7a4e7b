"""Posts to WordPress's JSON and back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.text import has_letters_or_digits
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingArticle, check_marker
from leadmetrics_pipelines.platforms.wordpress.payloads import compare_post, make_comment, prepare_article, read_post

MARKER = "0192f0c1-0000-7000-8000-000000000001"
COMMENT = make_comment(MARKER)
IMAGE = Image(digest="00" * 32, media_type="image/png", data=b"dot", alt="A dot")


def a_post(**changes: Any) -> OutgoingArticle:  # noqa: ANN401  any field of a post
    """A post that can go out."""
    post = OutgoingArticle(
        marker=MARKER,
        title="Tea & coffee",
        slug="tea-and-coffee",
        excerpt="Which one?",
        body_html="<p>Tea &amp; coffee.</p>",
    )
    return dataclasses.replace(post, **changes)


def an_answer_to(post: OutgoingArticle, **changes: Any) -> tuple[bytes, dict[str, Any]]:  # noqa: ANN401  any of an answer
    """What was sent, and the answer of a site that keeps all of it."""
    body = prepare_article(dataclasses.replace(post, image=IMAGE), {"media_id": "7"}).body
    sent = json.loads(body)
    kept = {
        "id": 130,
        "slug": sent["slug"],
        "status": sent["status"],
        "link": "https://shop.example/tea/",
        "featured_media": 7,
        "title": {"raw": sent["title"]},
        "excerpt": {"raw": sent["excerpt"]},
        "content": {"raw": sent["content"]},
        "date_gmt": sent.get("date_gmt", "2026-11-20T10:00:00"),
    }
    return body, {**kept, **changes}


@given(
    title=st.text(min_size=1).map(str.strip).filter(has_letters_or_digits),
    excerpt=st.text().map(str.strip),
    body=st.text(min_size=1).filter(lambda text: bool(text.strip()) and "<!-- leadmetrics:" not in text),
    publish_at=st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
)
def test_what_the_bytes_say_is_what_was_approved(
    title: str, excerpt: str, body: str, publish_at: datetime | None
) -> None:
    """Whatever people write, reading the request back gives exactly the post it was made from."""
    if publish_at and publish_at.year < 1000:
        publish_at = publish_at.replace(year=2026, day=1)
    post = a_post(title=title, excerpt=excerpt, body_html=body, publish_at=publish_at)
    seen = prepare_article(post, {}).seen()
    assert (seen.title, seen.excerpt, seen.body) == (title, excerpt, body)
    assert (seen.slug, seen.marker, seen.publish_at, seen.images) == (post.slug, MARKER, publish_at, ())


def test_the_same_post_gives_the_same_bytes() -> None:
    """Preparing is pure: what was hashed can be made again."""
    post = a_post(image=IMAGE)
    assert prepare_article(post, {"media_id": "7"}) == prepare_article(post, {"media_id": "7"})
    assert prepare_article(post, {"media_id": "7"}).body != prepare_article(post, {"media_id": "8"}).body


def test_the_picture_that_is_placed_is_seen_by_its_bytes() -> None:
    """Not by what the post says of it."""
    seen = prepare_article(a_post(image=IMAGE), {}).seen()
    assert seen.images == (sha256_bytes(b"dot"),)
    assert seen.alts == ("A dot",)


def test_the_body_is_canonical_json_with_the_marker_at_its_end() -> None:
    """Sorted keys, no spaces, and titles escaped as the HTML field they are."""
    assert prepare_article(a_post(image=IMAGE), {"media_id": "7"}).body.decode() == (
        '{"content":"<p>Tea &amp; coffee.</p>\\n' + COMMENT + '","excerpt":"Which one?","featured_media":7,'
        '"slug":"tea-and-coffee","status":"publish","title":"Tea &amp; coffee"}'
    )


def test_markup_in_a_title_is_shown_not_obeyed() -> None:
    """A title is plain text for us and HTML for WordPress."""
    sent = json.loads(prepare_article(a_post(title="<script>x</script> & more"), {}).body)
    assert sent["title"] == "&lt;script&gt;x&lt;/script&gt; &amp; more"


def test_a_scheduled_post_says_its_time_in_utc() -> None:
    """`date` without zone would be the site's time; only date_gmt is safe."""
    at = datetime(2026, 12, 20, 22, 11, 47, tzinfo=timezone(timedelta(hours=1)))
    sent = json.loads(prepare_article(a_post(publish_at=at), {}).body)
    assert sent["date_gmt"] == "2026-12-20T21:11:47"
    assert "date" not in sent


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slug": ""}, "slug"),
        ({"slug": "Tee"}, "slug"),
        ({"slug": "a,b"}, "slug"),
        ({"slug": "&"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "a" * 191}, "at most 190"),
        ({"title": "🎉🎉"}, "no letters or digits"),
        ({"title": " Tea"}, "spaces around"),
        ({"body_html": " \n"}, "has no body"),
        ({"body_html": f"<p>x</p>{COMMENT}<p>y</p>"}, "content marker inside"),
        ({"body_html": "<p>" + "x" * 5_200_000 + "</p>"}, r"5\.2 MB; 1\.0 MB fit"),
    ],
)
def test_a_post_the_site_would_spoil_is_refused_before_any_call(changes: dict[str, str], says: str) -> None:
    """With a sentence that says what to change."""
    with pytest.raises(ContentRejected, match=says):
        prepare_article(a_post(**changes), {})


@pytest.mark.parametrize("at", [datetime(2026, 12, 1), datetime(2026, 12, 1, microsecond=1, tzinfo=UTC)])  # noqa: DTZ001
def test_a_time_that_cannot_be_sent_exactly_is_refused(at: datetime) -> None:
    """Without zone it is no instant; parts of a second would be lost and break the seal."""
    with pytest.raises(InvalidInput):
        prepare_article(a_post(publish_at=at), {})


def test_a_body_that_does_not_end_in_our_marker_does_not_pass_as_approved() -> None:
    """Something appended after the marker shows in what the bytes say."""
    prepared = prepare_article(a_post(), {})
    spoilt = dataclasses.replace(prepared, body=prepared.body.replace(b" -->", b" --><p>more</p>"))
    assert spoilt.seen().marker != MARKER


@pytest.mark.parametrize("marker", ["", "abc", "<!-- leadmetrics:0192f0c1 -->", "a b c d e f"])
def test_only_a_marker_is_a_marker(marker: str) -> None:
    """Anything else would never be found again."""
    with pytest.raises(InvalidInput, match="not a publication id"):
        check_marker(marker)


def test_a_site_that_keeps_everything_shows_no_differences() -> None:
    """Also when it spells entities in another way, as kses does for authors."""
    body, answered = an_answer_to(a_post(title="Tea & 'coffee'"), title={"raw": "Tea &amp; &#039;coffee&#039;"})
    assert compare_post(body, answered) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slug": "tea-and-coffee-2"}, "'tea-and-coffee-2' instead of 'tea-and-coffee'"),
        ({"content": {"raw": "<p>Tea"}}, "changed the body, first at ' &amp; coffee.</p>"),
        ({"title": {"raw": "Te"}}, "changed the title"),
        ({"excerpt": {"raw": ""}}, "changed the excerpt, first at 'Which one?'"),
        ({"featured_media": 0}, "did not keep the picture"),
        ({"status": "pending"}, "'pending' on the site, not public"),
        ({"status": "future"}, "'future' on the site, not public"),
    ],
)
def test_what_the_site_changed_is_told_in_a_sentence(changes: dict[str, Any], says: str) -> None:
    """WordPress swallows and changes without an error; only comparing shows it."""
    body, answered = an_answer_to(a_post(), **changes)
    differences = compare_post(body, answered)
    assert len(differences) == 1
    assert says in differences[0]


def test_swallowed_categories_are_told() -> None:
    """Unknown ids come back as an empty list with 201."""
    body = json.dumps({**json.loads(prepare_article(a_post(), {}).body), "categories": [3, 9]}).encode()
    _, answered = an_answer_to(a_post(), categories=[3])
    assert any("categories [9]" in difference for difference in compare_post(body, answered))


def test_a_scheduled_posts_address_is_the_one_it_will_have() -> None:
    """`link` is ?p=ID until then."""
    future = {
        "status": "future",
        "link": "https://shop.example/?p=130",
        "permalink_template": "https://shop.example/2026/12/%postname%/",
        "generated_slug": "tea-and-coffee",
    }
    _, answered = an_answer_to(a_post(), **future)
    assert read_post(answered).url == "https://shop.example/2026/12/tea-and-coffee/"
