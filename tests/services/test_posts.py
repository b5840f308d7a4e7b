"""The words of posts: versions, edits, addresses, images, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotAllowed, NotFound
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.services.contents import post_history, read_post
from leadmetrics_pipelines.services.posts import edit_post, store_image
from leadmetrics_pipelines.services.requests import RequestBrief, raise_request
from leadmetrics_pipelines.storage.content.models import ImageFile
from leadmetrics_pipelines.storage.publications.models import Publication
from tests.builders import TESTER, BlogMonth
from tests.services.quick import (
    AGENT,
    activities,
    approval_row,
    at_work,
    content_of,
    events,
    let_agents_answer,
    post_row,
    states,
    with_drafts,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def edit(month: BlogMonth, post_id: object, seen: int = 1, **changes: object) -> None:
    with at_work(month) as work:
        edit_post(work, post_id, content_of(month, post_id, **changes), seen_version=seen)  # type: ignore[arg-type]


def test_every_version_is_kept_and_can_be_read(quick: BlogMonth) -> None:
    """With its author, its time, its words as they were, and the seal of exactly those."""
    draft = with_drafts(quick)[0]
    written = content_of(quick, draft.subject_id)
    quick.clock.advance(seconds=60)
    edit(quick, draft.subject_id, body_markdown="# Hello\n\n*World*", excerpt="  two   words ")
    with at_work(quick) as work:
        first, second = (read_post(work, draft.subject_id, version) for version in (1, 2))
        assert (first.content, first.seal, first.author) == (written, draft.seal, "copywriter")
        assert (second.author, second.created_at) == ("Rita Reviewer", quick.clock.now())
        assert second.content_as(BlogContent).excerpt == "two words"
        assert "<em>World</em>" in second.body_html
        assert read_post(work, draft.subject_id).seal == second.seal == post_row(quick, draft.subject_id).seal
        assert [(v.version, v.author) for v in post_history(work, draft.subject_id)] == [
            (1, "copywriter"), (2, "Rita Reviewer"),
        ]  # fmt: skip
        with pytest.raises(NotFound):
            read_post(work, draft.subject_id, 3)


def test_an_edit_of_an_approved_post_withdraws_the_approval(quick: BlogMonth) -> None:
    """It is in review again, its publishing is cancelled, and the old approval is on record as revoked."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    edit(quick, draft.subject_id, title="Another title")
    post = post_row(quick, draft.subject_id)
    assert (post.status, post.version) == ("review", 2)
    assert approval_row(quick, draft.id).status == "superseded"
    assert events(quick, post.id) == ["opened", "approved", "revoked", "opened"]
    for step, status in (
        (pipelines.WRITE, "awaiting_approval"),
        (pipelines.REVIEW, "assigned"),
        (pipelines.PUBLISH, "cancelled"),
    ):
        assert states(quick, step, post.request_id) == [status]


def test_an_edit_that_changes_nothing_leaves_the_approval_standing(quick: BlogMonth) -> None:
    """Opening an approved post and pressing save is no news."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    edit(quick, draft.subject_id)
    post = post_row(quick, draft.subject_id)
    assert (post.status, post.version, post.editor_user_id, post.author_name) == ("approved", 1, None, "copywriter")
    assert events(quick, post.id) == ["opened", "approved"]


def test_the_second_of_two_editors_is_told_and_loses_nothing(quick: BlogMonth) -> None:
    """By the version they saw."""
    draft = with_drafts(quick)[0]
    edit(quick, draft.subject_id, title="First")
    with pytest.raises(Conflict, match="Rita Reviewer saved version 2 while you were editing version 1"):
        edit(quick, draft.subject_id, title="Second")


@pytest.mark.parametrize("state", ["sending", "unconfirmed", "confirmed"])
def test_what_is_on_its_way_cannot_be_edited(quick: BlogMonth, state: str) -> None:
    """What is sent is what was approved."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.APPROVE)
    with at_work(quick, TESTER) as work:
        work.session.add(
            Publication(
                tenant_id=quick.tenant.id, post_id=draft.subject_id, channel_id=quick.channel_id, approval_id=draft.id,
                seal=draft.seal, slug="x", state=state, intended_at=work.now,
            )
        )  # fmt: skip
    with pytest.raises(Conflict, match="on its way"):
        edit(quick, draft.subject_id, title="Too late")


def test_what_is_live_or_being_written_cannot_be_edited(quick: BlogMonth) -> None:
    """Live posts are changed on the site; a draft comes when it comes."""
    draft = with_drafts(quick)[0]
    for status, said in (("published", "What is live is changed on the site"), ("writing", "cannot be edited")):
        with at_work(quick, TESTER) as work:
            work.session.execute(
                text("UPDATE posts SET status = :status WHERE id = :id"),
                {"status": status, "id": draft.subject_id},
            )
        with pytest.raises(Conflict, match=said):
            edit(quick, draft.subject_id, title="New")


# Content that does not fit, and the field that is named for it.
UNFIT: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"title": ""}, "title"), ({"title": "🎉"}, "title"), ({"title": "x" * 201}, "title"), ({"title": "nul \0"}, None),
    ({"excerpt": "x" * 601}, "excerpt"), ({"body_markdown": " \n"}, "body"), ({"body_markdown": "---"}, "body"),
    ({"body_markdown": "x" * 5_000_000}, "body"), ({"body_markdown": "half \ud800"}, "body"),
    ({"body_markdown": "nul \0"}, "body"), ({"image_digest": "0" * 64}, "image"),
    ({"publish_at": datetime(2026, 11, 20, 9)}, "publish_at"),  # noqa: DTZ001 - that is what is refused
)  # fmt: skip


def test_content_that_does_not_fit_is_refused_and_nothing_stored(quick: BlogMonth) -> None:
    """With the field named; the version in review stays."""
    draft = with_drafts(quick)[0]
    for changes, field in UNFIT:
        with pytest.raises(InvalidInput) as caught:
            edit(quick, draft.subject_id, **changes)
        assert field is None or caught.value.field == field, changes
        assert (post_row(quick, draft.subject_id).version, approval_row(quick, draft.id).status) == (1, "open")


def test_what_goes_out_holds_no_script(quick: BlogMonth) -> None:
    """Made safe once, at saving, and sealed as it goes out."""
    draft = with_drafts(quick)[0]
    edit(
        quick, draft.subject_id, body_markdown='Hi <script>alert(1)</script> <a href="javascript:x()" onclick="y">z</a>'
    )
    with at_work(quick) as work:
        html = read_post(work, draft.subject_id).body_html
    assert "Hi" in html
    assert not any(word in html for word in ("script", "alert", "onclick"))


def test_a_taken_address_is_told_to_people_and_numbered_for_agents(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """One address per site; the neighbour's site has its own."""
    first, second, _ = with_drafts(quick)
    slug = post_row(quick, first.subject_id).slug
    with pytest.raises(InvalidInput, match=f"The address '{slug}' belongs to the post 'Acme topic 1'") as caught:
        edit(quick, second.subject_id, slug=slug)
    assert caught.value.field == "slug"
    (theirs, _) = with_drafts(neighbour)
    edit(neighbour, theirs.subject_id, slug=slug)
    assert post_row(neighbour, theirs.subject_id).slug == slug


def test_two_requests_of_one_title_get_two_addresses(quick: BlogMonth) -> None:
    """The second one is numbered when it is approved."""
    for _ in range(2):
        with at_work(quick) as work:
            request = raise_request(work, RequestBrief(title="Same title", channel_id=quick.channel_id))
        approval = next(a for a in quick.open_approvals("request") if a.subject_id == request.id)
        quick.decide(approval, Decision.APPROVE, by=quick.second)
    with at_work(quick, TESTER) as work:
        slugs = work.session.scalars(text("SELECT slug FROM posts ORDER BY slug")).all()
    assert slugs == ["same-title", "same-title-2"]


def test_a_time_is_kept_in_utc_and_whole_seconds(quick: BlogMonth) -> None:
    """So that what is sealed is what the site is asked for."""
    draft = with_drafts(quick)[0]
    local = datetime(2026, 11, 20, 10, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    edit(quick, draft.subject_id, publish_at=local)
    assert content_of(quick, draft.subject_id).publish_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert post_row(quick, draft.subject_id).publish_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_images_are_stored_once_per_tenant_under_their_hash(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """Told by their first bytes, not by what the browser says; the neighbour does not have them."""
    for data, kind in (
        (PNG, "image/png"), (b"\xff\xd8\xff\xe0rest", "image/jpeg"), (b"GIF89a..", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ):  # fmt: skip
        for _ in range(2):
            with at_work(quick) as work:
                assert store_image(work, data, "text/html") == sha256_bytes(data)
        with at_work(quick) as work:
            assert work.session.get_one(ImageFile, (quick.tenant.id, sha256_bytes(data))).media_type == kind
    draft = with_drafts(quick)[0]
    edit(quick, draft.subject_id, image_digest=sha256_bytes(PNG), image_alt=" A logo ")
    assert content_of(quick, draft.subject_id).image_alt == "A logo"
    theirs = with_drafts(neighbour)[0]
    with pytest.raises(InvalidInput, match="not stored"):
        edit(neighbour, theirs.subject_id, image_digest=sha256_bytes(PNG))
    with at_work(neighbour) as work:
        assert work.session.scalars(select(ImageFile)).all() == []


def test_what_is_no_image_or_too_large_is_refused(quick: BlogMonth) -> None:
    """With the field named."""
    too_large = PNG + b"\0" * (8 * 1024 * 1024)
    for data in (b"", b"<svg onload='x'>", b"%PDF-1.7", b"RIFF\x10\0\0\0WAVE", b"GIF", too_large):
        with pytest.raises(InvalidInput) as caught, at_work(quick) as work:
            store_image(work, data, "image/png")
        assert caught.value.field == "image"


def test_the_neighbours_posts_do_not_exist(quick: BlogMonth, neighbour: BlogMonth) -> None:
    """To read, to list, to edit; and agents edit nothing."""
    theirs = with_drafts(neighbour)[0].subject_id
    content = BlogContent(title="Mine", slug="mine", excerpt="", body_markdown="Mine")
    with at_work(quick) as work:
        for act in (read_post, post_history):
            with pytest.raises(NotFound):
                act(work, theirs)
        with pytest.raises(NotFound):
            edit_post(work, theirs, content, seen_version=1)
    with pytest.raises(NotAllowed), at_work(neighbour, AGENT) as work:
        edit_post(work, theirs, content, seen_version=1)
    assert content_of(neighbour, theirs).title == "Zenith topic 1"


def test_a_rewrite_takes_the_notes_and_the_notes_are_gone_after_it(quick: BlogMonth) -> None:
    """Each draft answers the notes since the last one."""
    draft = with_drafts(quick)[0]
    quick.decide(draft, Decision.REQUEST_CHANGES, "Mention the sale")
    request_id = post_row(quick, draft.subject_id).request_id
    (writing,) = activities(quick, pipelines.WRITE, request_id)
    assert [(note["by"], note["text"], note["version"]) for note in writing.notes] == [
        ("Rita Reviewer", "Mention the sale", 1)
    ]
    let_agents_answer(quick)
    (writing,) = activities(quick, pipelines.WRITE, request_id)
    assert (writing.notes, writing.attempt) == ([], 0)
