"""Seals: one changed field gives another seal, and the same content the same one, everywhere."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.approvals import AnySeen, SeenNewsletter, SeenPost, SeenRequest, SeenSocialPost

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
INSTANTS = st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
TERMS = st.lists(TEXTS, max_size=3).map(tuple)
OF_POST: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.uuids(), "title": TEXTS, "slug": TEXTS, "excerpt": TEXTS, "body_html": TEXTS,
    "image_digest": st.none() | TEXTS, "image_alt": TEXTS, "publish_at": INSTANTS, "categories": TERMS, "tags": TERMS,
}  # fmt: skip
OF_SOCIAL: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.uuids(), "text": TEXTS, "link": st.none() | TEXTS, "first_comment": TEXTS,
    "images": st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple), "publish_at": INSTANTS,
}  # fmt: skip
OF_NEWSLETTER: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.uuids(), "subject": TEXTS, "preview_text": TEXTS, "body_html": TEXTS, "from_name": TEXTS,
    "reply_to": TEXTS, "publish_at": INSTANTS,
}  # fmt: skip
OF_REQUEST: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.none() | st.uuids(), "title": TEXTS, "target_keyword": TEXTS, "search_intent": TEXTS,
    "audience": TEXTS, "brief": TEXTS, "publish_at": INSTANTS,
    "channel_ids": st.lists(st.uuids(), max_size=3).map(tuple),
}  # fmt: skip
POSTS = st.builds(SeenPost, **OF_POST)
ALL = {SeenPost: OF_POST, SeenRequest: OF_REQUEST, SeenSocialPost: OF_SOCIAL, SeenNewsletter: OF_NEWSLETTER}


@pytest.mark.parametrize(("kind", "values"), ALL.items())
def test_every_field_that_is_seen_is_varied_here(kind: type, values: dict[str, object]) -> None:
    """A field added later must be added to these tests, and so to the seal."""
    assert {field.name for field in fields(kind)} == set(values)


@pytest.mark.parametrize(("kind", "values"), ALL.items())
@given(data=st.data())
def test_one_changed_field_breaks_the_seal(
    kind: type[AnySeen], values: dict[str, st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    """Of every kind, whichever field it is, and however small the change."""
    builds: st.SearchStrategy[AnySeen] = st.builds(kind, **values)
    seen = data.draw(builds)
    name = data.draw(st.sampled_from(sorted(values)))
    value = data.draw(values[name])
    assume(value != getattr(seen, name))
    assert replace(seen, **{name: value}).seal() != seen.seal()


@given(POSTS)
def test_text_that_moves_from_one_field_to_the_next_breaks_the_seal(post: SeenPost) -> None:
    """Fields are not simply written one after the other."""
    moved = replace(post, title=post.title + post.slug, slug="")
    assert (moved.seal() == post.seal()) is (moved == post)


@given(POSTS)
def test_the_same_instant_in_another_zone_is_the_same_seal(post: SeenPost) -> None:
    """The database session's time zone has no say."""
    assume(post.publish_at is not None and 1 < post.publish_at.year < 9998)
    assert post.publish_at is not None
    elsewhere = post.publish_at.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert replace(post, publish_at=elsewhere).seal() == post.seal()


def test_a_seal_is_the_same_on_every_machine_and_in_every_release() -> None:
    """Written down: a change of this value would withdraw every standing approval."""
    post = SeenPost(
        channel_id=UUID(int=1), title="Größe", slug="groesse", excerpt="", body_html="<p>1 &amp; 2</p>",
        image_digest=None, image_alt="", publish_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    )  # fmt: skip
    assert post.seal() == "f02932a7dd88caf74217e5dca2dc0841570b72d17e7cccb601b9c87199703a95"


def test_a_post_and_a_request_never_share_a_seal() -> None:
    """The kind is part of it."""
    post = SeenPost(
        channel_id=UUID(int=0), title="", slug="", excerpt="", body_html="", image_digest=None, image_alt="",
        publish_at=None,
    )  # fmt: skip
    request = SeenRequest(
        channel_id=UUID(int=0), title="", target_keyword="", search_intent="", audience="", brief="", publish_at=None
    )
    assert post.seal() != request.seal()
