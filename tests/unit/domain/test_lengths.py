"""Lengths: a cap in the platform's unit, a target of our own, and the text as it will be sent."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.domain.contents import BlogContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.domain.lengths import (
    TARGETS,
    Cap,
    Measure,
    Target,
    has_alt_missing,
    measure_content,
    text_as_sent,
)

LINK = "https://acme.example/page"
PICTURE = Picture(digest="0" * 64)


def first(platform: str, content: SocialContent, **caps: Cap) -> Measure:
    """What is counted of the text."""
    return measure_content(platform, caps, content)[0]


@pytest.mark.parametrize(
    ("platform", "images", "joins"),
    [
        ("x", (), True), ("x", (PICTURE,), True), ("linkedin", (), False), ("linkedin", (PICTURE,), True),
        ("facebook", (PICTURE,), True), ("instagram", (PICTURE,), False), ("google_business", (), False),
    ],
)  # fmt: skip
def test_a_link_joins_the_text_where_it_has_no_place(platform: str, images: tuple[Picture, ...], joins: bool) -> None:  # noqa: FBT001
    """There it counts, and only there; and never twice."""
    content = SocialContent(text="Tea", link=LINK, images=images)
    assert text_as_sent(platform, content) == (f"Tea\n\n{LINK}" if joins else "Tea")
    said = SocialContent(text=f"Tea {LINK}", link=LINK, images=images)
    assert text_as_sent(platform, said) == said.text


def test_a_cap_holds_to_the_unit() -> None:
    """At it, it fits; one over, it says by how much."""
    cap = Cap(most=280, unit="x_weighted")
    fits = first("x", SocialContent(text="a" * 280), text=cap)
    assert (fits.over, fits.sentence.startswith("Text: 280 of 280 characters")) == (0, True)
    over = first("x", SocialContent(text="a" * 278 + "\N{GRINNING FACE}" * 2), text=cap)
    assert (over.count, over.over) == (282, 2)
    assert over.sentence.endswith("Shorten it by 2.")


def test_without_a_cap_nothing_is_over() -> None:
    """It is counted in characters, and the target still advises."""
    one = first("linkedin", SocialContent(text="a" * 9000))
    assert (one.most, one.over, one.unit, one.target) == (None, 0, "characters", TARGETS["linkedin"])


@pytest.mark.parametrize(
    ("text", "count"),
    [("#a #b", 2), ("a#b", 0), ("&#39; it", 0), ("#tea#cup", 1), ("Number 1: #1", 1), ("(#tea)", 1)],
)
def test_hashtags_are_counted_as_readers_see_them(text: str, count: int) -> None:
    """Not inside words, nor in escapes of HTML."""
    measures = measure_content("instagram", {"hashtags": Cap(most=5, unit="hashtags")}, SocialContent(text=text))
    assert next(one.count for one in measures if one.unit == "hashtags") == count


def test_pictures_comments_and_descriptions_have_caps_of_their_own() -> None:
    """Each names its field."""
    caps = {
        "images": Cap(most=1, unit="images"),
        "alt": Cap(most=3, unit="characters"),
        "comment": Cap(most=2, unit="utf16"),
    }
    content = SocialContent(
        text="Tea", images=(PICTURE, Picture(digest="1" * 64, alt="Teapot")), first_comment="\N{GRINNING FACE}!"
    )
    over = {one.field: one.over for one in measure_content("linkedin", caps, content) if one.over}
    assert over == {"images": 1, "image_alt": 3, "first_comment": 1}


def test_a_newsletter_counts_what_mailboxes_show() -> None:
    """Subject and preview line."""
    letter = NewsletterContent(
        subject="S" * 151, preview_text="P", body_markdown="B", from_name="Acme", reply_to="a@acme.example"
    )
    subject, preview = measure_content("mailchimp", {"subject": Cap(most=150, unit="characters")}, letter)
    assert (subject.over, preview.over, preview.target) == (1, 0, Target(low=35, high=110))


def test_a_picture_without_description_is_noticed() -> None:
    """Of either kind."""
    assert has_alt_missing(SocialContent(text="Tea", images=(PICTURE,)))
    assert not has_alt_missing(SocialContent(text="Tea"))
    assert has_alt_missing(BlogContent(title="T", slug="t", excerpt="", body_markdown="B", image_digest="0" * 64))
