"""Pages of social posts and newsletters: raised for several channels, edited with a count, refused in place."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import AnyContent, NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.outcomes import take_draft
from leadmetrics_pipelines.services.work import claim_work, fail_claim, finish_claim
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from tests.builders import TESTER, UNDO
from tests.review.pages_world import PagesWorld
from tests.services.quick import AGENT, LEASE
from tests.services.social import build_platform_channel

WORDS: dict[str, AnyContent] = {
    "social": SocialContent(text="Three signs of a good desk. #desks", link="https://acme.example/desks"),
    "newsletter": NewsletterContent(
        subject="Desks in November", preview_text="What is new", body_markdown="Tea is good.", from_name="Acme",
        reply_to="info@acme.example",
    ),
}  # fmt: skip


def raise_one(pages: PagesWorld, kind: str, *platforms: str, title: str = "A good desk") -> UUID:
    """A request raised by the reviewer's browser for channels on these platforms."""
    month = pages.month
    channels = [str(build_platform_channel(month.runtime, month.tenant, platform)) for platform in platforms]
    form = {"kind": kind, "title": title, "brief": "Say it.", "priority": "normal", "channel_ids": channels}
    answer = pages.reviewer().post("requests/new", form)
    assert answer.status_code == 303, answer.text[-2000:]
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        return work.session.scalars(select(ContentRequest.id).where(ContentRequest.title == title)).one()


def write_one(pages: PagesWorld, kind: str, *platforms: str) -> list[UUID]:
    """The posts of such a request, approved by somebody else and written."""
    month, request_id = pages.month, raise_one(pages, kind, *platforms)
    (gate,) = (a for a in month.open_approvals("request") if a.subject_id == request_id)
    month.decide(gate, Decision.APPROVE, by=month.second)
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=AGENT) as work:
        ours = set(work.session.scalars(select(Post.id).where(Post.request_id == request_id)))
        for claim in claim_work(work, worker="test", limit=50, lease=LEASE):
            activity = finish_claim(work, claim, "awaiting_approval")  # type: ignore[arg-type]
            if activity.post_id in ours:
                take_draft(work, activity, WORDS[kind])
        return sorted(ours)


def test_a_social_request_is_raised_for_several_channels(pages: PagesWorld) -> None:
    """The form offers kinds and channels; its page names them all once it is approved."""
    form = pages.reviewer().get("requests/new").text
    assert 'value="newsletter"' in form
    posts = write_one(pages, "social", "linkedin", "facebook")
    assert len(posts) == 2
    with pages.month.runtime.unit_of_work(tenant=pages.month.tenant.id, actor=TESTER) as work:
        request_id = work.session.get_one(Post, posts[0]).request_id
    page = pages.reviewer().get(f"requests/{request_id}").text
    assert all(f"/posts/{post}" in page for post in posts)
    assert "Social post" in page
    sibling = pages.reviewer().get(f"posts/{posts[0]}").text
    assert f"/posts/{posts[1]}" in sibling
    assert "Target keyword" not in sibling


def test_the_editor_of_a_social_post_counts_and_shows_it(pages: PagesWorld) -> None:
    """Its fields, its platform's limit, and how it will look."""
    (post_id,) = write_one(pages, "social", "linkedin")
    editor = pages.reviewer().get(f"posts/{post_id}/edit").text
    for name in ("text", "link", "first_comment", "image"):
        assert f'name="{name}"' in editor
    assert 'name="slug"' not in editor
    assert "data-live" in editor
    assert 'data-most="3000"' in editor


def test_a_social_post_is_saved_with_pictures(pages: PagesWorld) -> None:
    """Each with its description; one that is dropped is gone."""
    (post_id,) = write_one(pages, "social", "linkedin")
    rita = pages.reviewer()
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
    typed = {"kind": "social", "text": "New words", "link": "", "first_comment": "", "act": "save"}
    answer = rita.client.post(
        rita.address(f"posts/{post_id}/edit"), data={**typed, "csrf": rita.csrf, "seen_version": "1"},
        files={"image": ("a.png", png, "image/png")}, follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text[-2000:]
    content = read(pages, post_id)
    assert isinstance(content, SocialContent)
    assert (content.text, content.link, len(content.images)) == ("New words", None, 1)
    digest = content.images[0].digest
    described = {**typed, "seen_version": "2", "image_digest": [digest], "image_alt": ["A desk"]}
    rita.post(f"posts/{post_id}/edit", described)
    content = read(pages, post_id)
    assert isinstance(content, SocialContent)
    assert content.images[0].alt == "A desk"
    gone = {**typed, "seen_version": "3", "image_digest": [digest], "image_alt": ["A desk"], "drop": [digest]}
    rita.post(f"posts/{post_id}/edit", gone)
    assert read(pages, post_id) == SocialContent(text="New words")


def test_a_text_over_the_cap_comes_back_with_what_was_typed(pages: PagesWorld) -> None:
    """And says by how much it is too long."""
    (post_id,) = write_one(pages, "social", "linkedin")
    long = "a" * 3001
    answer = pages.reviewer().post(f"posts/{post_id}/edit", {"kind": "social", "text": long, "seen_version": "1"})
    assert answer.status_code == 422
    assert "Shorten it by 1" in answer.text
    assert long in answer.text
    assert read(pages, post_id) == WORDS["social"]


def test_a_newsletter_is_edited_field_by_field(pages: PagesWorld) -> None:
    """Subject, preview line, sender and text."""
    (post_id,) = write_one(pages, "newsletter", "mailchimp")
    rita = pages.reviewer()
    editor = rita.get(f"posts/{post_id}/edit").text
    assert all(f'name="{name}"' in editor for name in ("subject", "preview_text", "from_name", "reply_to", "body"))
    typed = {
        "kind": "newsletter", "subject": "Desks, again", "preview_text": "New", "body": "Tea **is** good.",
        "from_name": "Acme", "reply_to": "nobody", "seen_version": "1",
    }  # fmt: skip
    refused = rita.post(f"posts/{post_id}/edit", typed)
    assert (refused.status_code, "no e-mail address" in refused.text) == (422, True)
    assert rita.post(f"posts/{post_id}/edit", {**typed, "reply_to": "tea@acme.example"}).status_code == 303
    saved = read(pages, post_id)
    assert isinstance(saved, NewsletterContent)
    assert (saved.subject, saved.reply_to) == ("Desks, again", "tea@acme.example")
    assert rita.get(f"posts/{post_id}/preview").status_code == 200


@pytest.mark.parametrize("kind", ["social", "newsletter"])
def test_a_channel_that_does_not_carry_the_kind_is_refused(pages: PagesWorld, kind: str) -> None:
    """A WordPress site takes neither."""
    form = {"kind": kind, "title": "X", "priority": "normal", "channel_ids": [str(pages.month.channel_id)]}
    answer = pages.reviewer().post("requests/new", form)
    assert answer.status_code == 422
    assert "does not take" in answer.text


def test_failed_writing_is_done_by_hand(pages: PagesWorld) -> None:
    """The form is the editor of the post's kind, and what is given goes to review."""
    month, request_id = pages.month, raise_one(pages, "social", "linkedin")
    (gate,) = (a for a in month.open_approvals("request") if a.subject_id == request_id)
    month.decide(gate, Decision.APPROVE, by=month.second)
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=AGENT) as work:
        (post_id,) = work.session.scalars(select(Post.id).where(Post.request_id == request_id))
        claims = claim_work(work, worker="test", limit=50, lease=LEASE)
        found = {claim.activity_id: fail_claim(work, claim, "It broke").post_id for claim in claims}
    (activity_id,) = (one for one, of_post in found.items() if of_post == post_id)
    browser = pages.someone(Role.OPERATOR, "Olga Operator")
    assert 'name="first_comment"' in browser.get(f"activities/{activity_id}/by-hand").text
    answer = browser.post(f"activities/{activity_id}/by-hand", {"kind": "social", "text": "By hand"})
    assert answer.status_code == 303, answer.text[-2000:]
    assert read(pages, post_id) == SocialContent(text="By hand")


def read(pages: PagesWorld, post_id: UUID) -> AnyContent:
    """The present words of a post."""
    with pages.month.runtime.unit_of_work(tenant=pages.month.tenant.id, actor=TESTER) as work:
        return read_post(work, post_id).content
