"""Previews of social posts and newsletters: hostile words, folds, counts, pictures, text from right to left."""

from __future__ import annotations

from html import unescape
from uuid import UUID, uuid4

import pytest

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.contents import NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.review.presenters.appearances import APPEARANCES
from leadmetrics_pipelines.review.presenters.previews import (
    Account,
    SocialPreview,
    account_of,
    present_newsletter,
    present_social,
)
from leadmetrics_pipelines.review.templating import render_text
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.review.pages_world import PagesWorld, sign_in

PICTURE = "ab" * 32
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> {{ 7*7 }} javascript:alert(3) #<b>tag</b>'


def preview(platform: str, text: str, *, link: str | None = None, images: int = 0, comment: str = "") -> SocialPreview:
    account = account_of(platform, "Acme Garden", f"https://{platform}.example/acmegarden")
    pictures = tuple(Picture(digest=PICTURE, alt=f"Bench {n}") for n in range(images))
    content = SocialContent(text=text, link=link, images=pictures, first_comment=comment)
    found = present_social(account, content, base="/t/acme")
    assert found is not None
    return found


def draw(shown: SocialPreview) -> str:
    return render_text("fragments/preview_social.html", {"preview": shown, "base": "/t/acme"})


@pytest.mark.parametrize("platform", APPEARANCES)
def test_hostile_words_stay_words(platform: str) -> None:
    """Nothing that was typed becomes an element, an attribute or an address."""
    drawn = draw(preview(platform, HOSTILE, link='javascript:alert(4)//"onclick="x', comment=HOSTILE))
    for evil in ("<script", "<img src=x", "onerror=alert(2)>", "<b>", 'href="javascript', 'onclick="x', "49"):
        assert evil not in drawn.replace("&lt;img src=x onerror=alert(2)&gt;", ""), (platform, evil)
    assert "&lt;script&gt;" in drawn


@pytest.mark.parametrize("platform", APPEARANCES)
def test_nothing_of_the_text_is_lost(platform: str) -> None:
    """Head and rest together are the text, whatever is marked or folded in it."""
    text = "Oak benches 🪑 are #back. Ask @acme.garden.\n\n" * 30 + "https://acme.example/benches"
    shown = preview(platform, text)
    assert "".join(mark.text for mark in (*shown.head, *shown.rest)) == text


def test_the_fold_hides_what_the_platform_hides() -> None:
    """A long text is folded before its limit, at a space; a short one is not; X folds nothing."""
    long = "word " * 100
    shown = preview("linkedin", long)
    head = "".join(mark.text for mark in shown.head)
    assert 120 < len(head) <= 140
    assert "<details" in draw(shown)
    assert "documents no such figure" in draw(shown)
    assert preview("linkedin", "Short.").rest == ()
    assert preview("x", long).rest == ()
    assert "<details" not in draw(preview("x", long))


def test_lines_fold_too_and_no_sign_is_cut() -> None:
    """The third line is the last on LinkedIn; a family of emoji stays together."""
    shown = preview("linkedin", "1\n2\n3\n4\n5")
    assert "".join(mark.text for mark in shown.head) == "1\n2\n3"
    family = "👩‍👩‍👧"
    shown = preview("instagram", "x" * 123 + family + "x" * 50)
    head = "".join(mark.text for mark in shown.head)
    assert head == "x" * 123


@pytest.mark.parametrize(
    ("platform", "sign", "most"),
    [("linkedin", "(", 1500), ("x", "é", 280), ("tiktok", "🪑", 2000), ("instagram", "é", 2200)],
)  # fmt: skip
def test_the_counter_turns_with_the_one_that_is_too_many(platform: str, sign: str, most: int) -> None:
    """As the platform counts: escapes 2 on LinkedIn, an emoji 2 on TikTok."""
    full, over = preview(platform, sign * most, images=1), preview(platform, sign * (most + 1), images=1)
    assert full.counters[0].over == 0
    assert over.counters[0].over in (1, 2)
    assert "Too long" not in draw(full)
    assert "Too long" in draw(over)
    assert f"as {over.look.name} counts" in draw(over)


def test_the_counter_says_how_much_of_how_much() -> None:
    """In the words of the page."""
    assert preview("linkedin", "a" * 312).counters[0].text == "312 / 3,000 characters as LinkedIn counts"


def test_pictures_have_the_layout_of_their_number() -> None:
    """One to four on LinkedIn, the fifth behind +1; a strip on Instagram; none, no frame."""
    assert "social-pictures" not in draw(preview("linkedin", "Words"))
    for count in (1, 2, 3, 4):
        assert f"is-{count}" in draw(preview("linkedin", "Words", images=count))
    assert "+1" in draw(preview("linkedin", "Words", images=5))
    assert "is-strip" in draw(preview("instagram", "Words", images=3))
    assert f'src="/t/acme/images/{PICTURE}"' in draw(preview("x", "Words", images=1))


def test_where_a_picture_must_be_its_absence_is_told() -> None:
    """Instagram and TikTok take no post without one."""
    assert "takes no post without a picture" in draw(preview("instagram", "Words"))
    assert "takes no post without a picture" not in draw(preview("facebook", "Words"))


def test_a_link_is_a_card_a_button_or_nowhere() -> None:
    """And joins the text on LinkedIn beside a picture."""
    link = "https://acme.example/oak-benches?x=1"
    assert "Oak benches" in draw(preview("facebook", "Words", link=link))
    assert "Learn more" in draw(preview("google_business", "Words", link=link))
    assert "is not published" in unescape(draw(preview("instagram", "Words", link=link)))
    assert link in "".join(mark.text for mark in preview("linkedin", "Words", link=link, images=1).head)
    assert 'class="social-link"' not in draw(preview("linkedin", "Words", link="https://[broken"))


def test_text_from_right_to_left_sets_its_own_direction() -> None:
    """The browser decides by the first strong letter, for the text and the comment."""
    drawn = draw(preview("facebook", "مقاعد من خشب البلوط #حديقة", comment="שלום"))
    assert drawn.count('dir="auto"') == 2
    assert '<span class="mark">#حديقة</span>' in drawn


def test_a_newsletter_is_a_row_in_a_mailbox() -> None:
    """Its subject is cut as on a phone, and its words stay words."""
    content = NewsletterContent(
        subject="A subject that is much too long for the list of a telephone", preview_text=HOSTILE,
        body_markdown="", from_name="<i>Acme</i>", reply_to="hello@acme.example",
    )  # fmt: skip
    shown = present_newsletter(Account(platform="mailchimp", name="List", handle=""), content, src="/body")
    drawn = render_text("fragments/preview_newsletter.html", {"preview": shown})
    assert len(shown.subject_short) <= 41
    assert f"{shown.subject_short.removesuffix('…')}…" in drawn
    assert "<script" not in drawn
    assert "<i>" not in drawn
    assert "allow-scripts" not in drawn


def add_channel(pages: PagesWorld, platform: str) -> UUID:
    with pages.runtime.unit_of_work(tenant=pages.tenant.id, actor=TESTER) as work:
        channel = Channel(
            id=new_id(), tenant_id=pages.tenant.id, platform=platform, name="Acme Garden", account_id=platform,
            base_url=f"https://{platform}.example/acme", status=ChannelStatus.CONNECTED, created_at=work.now,
        )  # fmt: skip
        work.session.add(channel)
        work.session.flush()
        return channel.id


def test_what_is_typed_is_shown_and_not_stored(pages: PagesWorld, zenith: Tenant) -> None:
    """The route answers with the fragment, counts line ends once, and knows no channel of a neighbour's."""
    channel = add_channel(pages, "x")
    rita = pages.reviewer()
    form = {"text": "One\r\ntwo ", "image_digest": ["", PICTURE], "image_alt": ["", "A bench"]}
    answer = rita.post(f"previews/{channel}/social", form, htmx=True)
    assert answer.status_code == 200, answer.text
    assert "7 / 280 characters as X counts" in answer.text
    assert 'alt="A bench"' in answer.text
    assert "<html" not in answer.text
    mail = rita.post(f"previews/{add_channel(pages, 'mailchimp')}/newsletter", {"subject": "Hello"}, htmx=True)
    assert "Hello" in mail.text
    with pages.runtime.unit_of_work(tenant=pages.tenant.id, actor=TESTER) as work:
        assert work.session.query(Post).count() == 0
    assert rita.post(f"previews/{uuid4()}/social", {"text": "x"}).status_code == 404
    assert rita.post(f"previews/{pages.month.channel_id}/social", {"text": "x"}).status_code == 404
    build_person(pages.runtime.database, zenith, name="Nina Neighbour")
    nina = sign_in(pages.runtime, "nina.neighbour@zenith.example", "zenith")
    assert nina.post(f"previews/{channel}/social", {"text": "x"}).status_code == 404
    assert rita.post(f"previews/{channel}/social", {"text": "x"}, csrf="wrong").status_code == 403
