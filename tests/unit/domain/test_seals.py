"""Seals: one changed field gives another seal, and the same content the same one, everywhere."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain.approvals import SeenPost, SeenRequest

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
INSTANTS = st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
OF_POST: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.uuids(), "title": TEXTS, "slug": TEXTS, "excerpt": TEXTS, "body_html": TEXTS,
    "image_digest": st.none() | TEXTS, "image_alt": TEXTS, "publish_at": INSTANTS,
}  # fmt: skip
OF_REQUEST: dict[str, st.SearchStrategy[Any]] = {
    "channel_id": st.none() | st.uuids(), "title": TEXTS, "target_keyword": TEXTS, "search_intent": TEXTS,
    "audience": TEXTS, "brief": TEXTS, "publish_at": INSTANTS,
}  # fmt: skip
POSTS = st.builds(SeenPost, **OF_POST)
REQUESTS = st.builds(SeenRequest, **OF_REQUEST)


@pytest.mark.parametrize(("kind", "values"), [(SeenPost, OF_POST), (SeenRequest, OF_REQUEST)])
def test_every_field_that_is_seen_is_varied_here(kind: type, values: dict[str, object]) -> None:
    """A field added later must be added to these tests, and so to the seal."""
    assert {field.name for field in fields(kind)} == set(values)


@given(POSTS, st.data())
def test_one_changed_field_of_a_post_breaks_its_seal(post: SeenPost, data: st.DataObject) -> None:
    """Whichever field it is, and however small the change."""
    name = data.draw(st.sampled_from(sorted(OF_POST)))
    value = data.draw(OF_POST[name])
    assume(value != getattr(post, name))
    assert replace(post, **{name: value}).seal() != post.seal()


@given(REQUESTS, st.data())
def test_one_changed_field_of_a_request_breaks_its_seal(request_seen: SeenRequest, data: st.DataObject) -> None:
    """As for posts."""
    name = data.draw(st.sampled_from(sorted(OF_REQUEST)))
    value = data.draw(OF_REQUEST[name])
    assume(value != getattr(request_seen, name))
    assert replace(request_seen, **{name: value}).seal() != request_seen.seal()


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
