"""The bytes of a local post, what they say, and what answers are read as."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.google.business.payloads import (
    build_local_post,
    is_same_text,
    list_differences,
    read_instant,
    read_local_post,
)
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial

PICTURE = Image(digest="0" * 64, media_type="image/jpeg", data=b"", alt="A bench", url="https://acme.example/b.jpg")


def a_post(text: str = "Hello", link: str | None = None, images: tuple[Image, ...] = ()) -> OutgoingSocial:
    return OutgoingSocial(marker="publication-1", text=text, link=link, images=images)


def test_a_post_has_its_text_link_and_pictures() -> None:
    """In the form of the reference, 7.2."""
    prepared = build_local_post(a_post(link="https://acme.example/", images=(PICTURE,)), language="de-CH")
    assert json.loads(prepared.body) == {
        "languageCode": "de-CH",
        "topicType": "STANDARD",
        "summary": "Hello",
        "callToAction": {"actionType": "LEARN_MORE", "url": "https://acme.example/"},
        "media": [{"mediaFormat": "PHOTO", "sourceUrl": "https://acme.example/b.jpg"}],
    }


def test_bytes_are_the_same_for_the_same_post_and_say_what_it_is() -> None:
    """Approval is proved on them."""
    item = a_post("Zürich ☀", "https://acme.example/", (PICTURE,))
    prepared = build_local_post(item, language="")
    assert prepared == build_local_post(item, language="")
    seen = prepared.seen()
    assert (seen.body, seen.link, seen.marker, seen.alts) == ("Zürich ☀", "https://acme.example/", None, None)
    assert seen.images == (sha256_bytes(b"https://acme.example/b.jpg"),)
    assert build_local_post(a_post(), language="").seen().images == ()


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_text_is_refused(text: str) -> None:
    """Google wants a summary."""
    with pytest.raises(ContentRejected, match="needs a text"):
        build_local_post(a_post(text), language="")


def test_too_many_pictures_are_refused_with_the_number() -> None:
    """By how many."""
    with pytest.raises(ContentRejected, match="Remove 1"):
        build_local_post(a_post(images=(PICTURE,) * 11), language="")


@pytest.mark.parametrize("link", ["acme.example", "javascript:alert(1)", "https://"])
def test_a_link_that_is_none_is_refused(link: str) -> None:
    """Before the call."""
    with pytest.raises(InvalidInput, match="no web address"):
        build_local_post(a_post(link=link), language="")


def test_an_answer_without_a_name_proves_nothing() -> None:
    """Only a name does."""
    assert read_local_post({"summary": "Hello", "state": "LIVE"}) is None


def test_differences_are_told_one_by_one() -> None:
    """Text, link and pictures."""
    prepared = build_local_post(a_post(link="https://acme.example/", images=(PICTURE,)), language="")
    live = read_local_post({"name": "accounts/1/locations/2/localPosts/3", "summary": "Hell"})
    assert live is not None
    assert [text.split()[1] for text in list_differences(prepared, live)] == ["text", "link", "of"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a\nb", "a\r\nb", True),
        ("a ", " a", True),
        ("e\u0301", "\u00e9", True),
        ("a b", "ab", False),
        ("A", "a", False),
    ],
)
def test_texts_are_compared_without_what_platforms_tidy(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    """Line ends, outer space and Unicode form."""
    assert is_same_text(one, other) is same


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T21:00:00Z", datetime(2026, 11, 20, 21, tzinfo=UTC)),
        ("2026-11-20T21:00:00.123Z", datetime(2026, 11, 20, 21, 0, 0, 123000, tzinfo=UTC)),
        ("2026-11-20T21:00:00.123456789Z", datetime(2026, 11, 20, 21, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T22:00:00+01:00", datetime(2026, 11, 20, 21, tzinfo=UTC)),
        ("2026-11-20T21:00:00", None),
        (None, None),
    ],
)
def test_timestamps_are_read_in_every_length(text: str | None, instant: datetime | None) -> None:
    """Google's have zero to nine digits after the second."""
    assert read_instant(text) == instant
