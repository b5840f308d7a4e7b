"""What is said of a site's posts by reading them."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

from leadmetrics_pipelines.platforms.articles import Article, measure_articles, read_html

TODAY = date(2026, 11, 20)
SITE = "https://acme.example"


def an_article(**changes: Any) -> Article:  # noqa: ANN401  any field
    """A post of a fortnight ago."""
    day = TODAY - timedelta(days=14)
    article = Article(
        address=f"{SITE}/blog/one", slug="one-of-many", title="A title of a good length", summary="S",
        body_html="<p>Three words here</p>", has_image=True, published=day, updated=day,
    )  # fmt: skip
    return dataclasses.replace(article, **changes)


def measure(*articles: Article) -> dict[str, Any]:
    """The values by name."""
    facts = measure_articles(articles, site_url=SITE, month_first=date(2026, 11, 1), today=TODAY, source="s")
    return {fact.name: fact.value for fact in facts}


def test_text_is_read_without_tags_and_links_with_their_targets() -> None:
    """Words of two blocks stay two words; entities are letters."""
    text, links = read_html('<h2>Tea</h2><p>&amp; <a href="/x">coffee</a></p><a>no target</a>')
    assert text == "Tea & coffee no target"
    assert links == ("/x",)


def test_a_site_without_posts_knows_their_number_only() -> None:
    """And whether it is encrypted."""
    found = measure()
    assert {name: value for name, value in found.items() if value is not None} == {
        "posts_total": 0, "posts_in_month": 0, "https": True,
    }  # fmt: skip


def test_links_count_when_they_lead_to_another_page_of_the_site() -> None:
    """Not to itself, not elsewhere, not twice; relative ones too."""
    body = (
        f'<a href="{SITE}/blog/two/">x</a><a href="two?x=1">x</a><a href="#top">x</a>'
        '<a href="https://other.example/">x</a><a href="mailto:a@b.example">x</a>'
    )
    found = measure(an_article(body_html=body), an_article(address=f"{SITE}/blog/two"))
    assert (found["internal_links_per_post"], found["orphan_share"]) == (0.5, 0.5)


def test_a_single_post_is_no_orphan() -> None:
    """There are no others that could link to it."""
    assert measure(an_article())["orphan_share"] is None


def test_shares_and_days() -> None:
    """Of two posts, one of them old and poor."""
    old = an_article(
        slug="1", title="Short", summary=" ", has_image=False,
        published=TODAY - timedelta(days=500), updated=TODAY - timedelta(days=400),
    )  # fmt: skip
    found = measure(an_article(), old)
    assert (found["days_since_last_post"], found["posts_in_month"], found["average_words"]) == (14, 1, 3)
    for name in ("updated_share", "image_share", "summary_share", "good_slug_share", "good_title_share"):
        assert found[name] == 0.5
