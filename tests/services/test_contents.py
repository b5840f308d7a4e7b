"""Words of social posts and newsletters: kept, sealed, counted, refused, compared. A neighbour is always there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.services.contents import hash_content, read_document, read_post, write_document
from leadmetrics_pipelines.services.deliverables import add_deliverable, change_deliverable
from leadmetrics_pipelines.services.posts import edit_post, store_image
from leadmetrics_pipelines.services.requests import RequestBrief, edit_request, raise_request
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.views.checks import Check, CheckState
from leadmetrics_pipelines.services.views.item import read_post_item, read_request_item
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, BlogMonth
from tests.services.social import build_month, build_platform_channel, go_live, posts, requests, write_all

LETTER = NewsletterContent(
    subject="News", preview_text="And more", body_markdown="Tea is good.", from_name="Acme", reply_to="tea@acme.example"
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
BLOG = BlogContent(title="T", slug="t", excerpt="", body_markdown="B", categories=("a",), tags=("b", "c"))


@pytest.fixture
def month(runtime: Runtime, acme: Tenant, zenith: Tenant) -> BlogMonth:
    """One social post for LinkedIn and Instagram, written and waiting for review."""
    build_month(runtime, zenith, units=1)
    month = build_month(runtime, acme, platforms=("linkedin", "instagram"), units=1)
    write_all(month)
    return month


def edit(month: BlogMonth, post: Post, **changes: Any) -> None:  # noqa: ANN401  any field
    """Change a post's words as the reviewer."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        now = read_post(work, post.id)
        edit_post(work, post.id, replace(now.content, **changes), seen_version=now.version)


def checks(month: BlogMonth, post_id: UUID) -> list[Check]:
    """What the page warns of."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        return [check for check in read_post_item(work, post_id).checks if check.state is not CheckState.PASS]


@pytest.mark.parametrize(
    "content",
    [
        BLOG,
        LETTER,
        SocialContent(text="a", link="https://a.example", images=(Picture(digest="0" * 64, alt="b"),)),
    ],
)
def test_content_is_read_back_as_it_was_written(content: Any) -> None:  # noqa: ANN401  any kind
    """Whatever the kind."""
    assert read_document(write_document(content, "<p>html</p>")) == (content, "<p>html</p>")


def test_a_document_from_before_there_were_kinds_is_a_blog_post() -> None:
    """It says nothing of its kind, nor of categories and tags."""
    old = {
        "title": "T", "slug": "t", "excerpt": "", "body_markdown": "B", "image_digest": None, "image_alt": "",
        "publish_at": None, "body_html": "<p>B</p>",
    }  # fmt: skip
    assert read_document(old)[0] == replace(BLOG, categories=(), tags=())


def test_the_same_words_have_one_hash_whatever_the_time() -> None:
    """Spaces and capitals do not make them new; a link or a picture does."""
    one = SocialContent(text="Tea is good.")
    assert hash_content(one) == hash_content(SocialContent(text=" tea  IS good.\n"))
    assert hash_content(one) != hash_content(replace(one, link="https://acme.example"))
    assert hash_content(one) != hash_content(replace(one, images=(Picture(digest="0" * 64),)))


def test_the_cap_of_the_platform_holds_at_saving(month: BlogMonth) -> None:
    """To the character, in its own unit: LinkedIn escapes what it reserves."""
    linkedin, instagram = posts(month)
    edit(month, linkedin, text="a" * 2998 + "#", link=None)
    with pytest.raises(InvalidInput, match=r"3,001 of at most 3,000 .* Shorten it by 1\.") as caught:
        edit(month, linkedin, text="a" * 2999 + "#", link=None)
    assert caught.value.field == "text"
    with pytest.raises(InvalidInput, match="6 of at most 5 hashtags"):
        edit(month, instagram, text="#a #b #c #d #e #f")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"), ({"text": "a\x00b"}, "text"), ({"link": "acme.example"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"), ({"images": (Picture(digest="0" * 64),)}, "image"),
    ],
)  # fmt: skip
def test_words_that_do_not_fit_are_refused_by_field(month: BlogMonth, changes: dict[str, Any], field: str) -> None:
    """And the version stays the one it was."""
    post = posts(month)[0]
    with pytest.raises(InvalidInput) as caught:
        edit(month, post, **changes)
    assert (caught.value.field, posts(month)[0].version) == (field, 1)


def test_content_of_another_kind_has_no_place(month: BlogMonth) -> None:
    """A social post does not become a blog post."""
    post = posts(month)[0]
    with (
        month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work,
        pytest.raises(InvalidInput, match="social post"),
    ):
        edit_post(work, post.id, BLOG, seen_version=1)


def test_an_instagram_post_is_approved_with_a_picture_only(month: BlogMonth) -> None:
    """Agents make none, so a person adds it; the seal covers picture and description."""
    instagram = posts(month)[1]
    (gate,) = (a for a in month.open_approvals("post") if a.subject_id == instagram.id)
    assert [c.text for c in checks(month, instagram.id) if c.state is CheckState.FAIL]
    with pytest.raises(InvalidInput, match="no post without a picture"):
        month.decide(gate, Decision.APPROVE, by=month.second)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        digest = store_image(work, PNG)
    edit(month, instagram, images=(Picture(digest=digest, alt="A desk"),))
    (gate,) = (a for a in month.open_approvals("post") if a.subject_id == instagram.id)
    assert month.decide(gate, Decision.APPROVE, by=month.second).status == "approved"


def test_the_same_words_on_the_same_channel_are_warned_of(month: BlogMonth) -> None:
    """For ninety days, with a way to the other post; on another channel they are fine."""
    linkedin = posts(month)[0]
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        words = read_post(work, linkedin.id).content
    (gate,) = (a for a in month.open_approvals("post") if a.subject_id == linkedin.id)
    month.decide(gate, Decision.APPROVE)
    go_live(month, linkedin.id)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.reviewer) as work:
        brief = RequestBrief(title="Again", kind=requests(month)[0].kind, channel_ids=(month.channel_id,))  # type: ignore[arg-type]
        raise_request(work, brief)
    (gate,) = month.open_approvals("request")
    month.decide(gate, Decision.APPROVE, by=month.second)
    month.let_agents_work()
    again = posts(month)[-1]
    edit(month, again, text=words.text.upper(), link=words.link)  # type: ignore[union-attr]
    (warning,) = (c for c in checks(month, again.id) if c.post_id)
    assert (warning.state, warning.post_id) == (CheckState.WARN, linkedin.id)
    assert "went out on this channel" in warning.text
    month.clock.advance(seconds=timedelta(days=91).total_seconds())
    assert not [c for c in checks(month, again.id) if c.post_id]


def test_a_request_shows_all_its_posts(month: BlogMonth) -> None:
    """With the channel of each; and each post shows its siblings."""
    one, two = posts(month)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        item = read_request_item(work, one.request_id)
        assert [(line.id, line.platform) for line in item.posts] == [(one.id, "linkedin"), (two.id, "instagram")]
        assert [line.id for line in read_post_item(work, one.id).siblings] == [two.id]
        assert {line.step_key for line in read_post_item(work, one.id).activities} == {
            "plan", "approve_plan", "write", "review",
        }  # fmt: skip


def test_channels_must_carry_the_kind(month: BlogMonth, zenith: Tenant) -> None:
    """A blog post does not go to LinkedIn, a newsletter to one list only, and never to a neighbour's channel."""
    runtime, tenant = month.runtime, month.tenant
    theirs = build_platform_channel(runtime, zenith, "instagram")
    lists = [build_platform_channel(runtime, tenant, platform) for platform in ("mailchimp", "klaviyo")]
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        for kind, channels, words in (
            ("blog_posts", [month.channel_id], "does not take a blog post"),
            ("gbp_posts", [month.channel_id], "does not take a GBP post"),
            ("email_newsletters", lists, "goes to one channel"),
        ):
            with pytest.raises(InvalidInput, match=words):
                add_deliverable(work, kind=kind, name="N", monthly_quantity=1, channel_ids=channels)
        with pytest.raises(NotFound):
            add_deliverable(work, kind="social_posts", name="N", monthly_quantity=1, channel_ids=[theirs])
        row = add_deliverable(work, kind="email_newsletters", name="N", monthly_quantity=1, channel_ids=lists[:1])
        assert (row.channel_id, row.channel_ids) == (lists[0], [])
        assert change_deliverable(work, row.id, channel_id=lists[1]).channel_id == lists[1]


def test_a_requests_kind_stays_and_its_channels_may_change(month: BlogMonth) -> None:
    """Until it is approved; without any channel it cannot be."""
    runtime, tenant = month.runtime, month.tenant
    other = build_platform_channel(runtime, tenant, "facebook")
    with runtime.unit_of_work(tenant=tenant.id, actor=month.reviewer) as work:
        request = raise_request(work, RequestBrief(title="Ad hoc", kind="social"))  # type: ignore[arg-type]
        request_id = request.id
        with pytest.raises(InvalidInput, match="asks for a social post"):
            edit_request(work, request_id, RequestBrief(title="Ad hoc"), seen_version=1)
    (gate,) = month.open_approvals("request")
    with pytest.raises(InvalidInput, match="names no channel"):
        month.decide(gate, Decision.APPROVE, by=month.second)
    with runtime.unit_of_work(tenant=tenant.id, actor=month.reviewer) as work:
        brief = RequestBrief(title="Ad hoc", kind="social", channel_ids=(other, month.channel_id))  # type: ignore[arg-type]
        edit_request(work, request_id, brief, seen_version=1)
    (gate,) = month.open_approvals("request")
    month.decide(gate, Decision.APPROVE, by=month.second)
    assert {post.channel_id for post in posts(month, request_id)} == {other, month.channel_id}
