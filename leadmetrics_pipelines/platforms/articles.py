"""What can be said of a site's posts by reading them: freshness, length, links, pictures. Pure, for every CMS.

The names of the facts are those of the health score's formulas for sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from leadmetrics_pipelines.kit.text import count_words
from leadmetrics_pipelines.platforms.reading import SnapshotFact

_YEAR = timedelta(days=365)
_TITLE = range(20, 66)
_SLUG = 75


@dataclass(frozen=True, kw_only=True)
class Article:
    """One public post as the platform shows it."""

    address: str
    slug: str
    title: str
    summary: str
    body_html: str
    has_image: bool
    published: date
    updated: date


class _Reader(HTMLParser):
    """Text and links of an HTML fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Words of two blocks are two words.
        self.text.append(" ")
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  HTMLParser's signature
        self.text.append(" ")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read_html(body_html: str) -> tuple[str, tuple[str, ...]]:
    """The text of an HTML fragment, its white space made single, and the addresses it links to."""
    reader = _Reader()
    reader.feed(body_html)
    reader.close()
    return " ".join("".join(reader.text).split()), tuple(reader.links)


def measure_articles(
    articles: Sequence[Article], *, site_url: str, month_first: date, today: date, source: str
) -> tuple[SnapshotFact, ...]:
    """The facts of a site's posts up to `today`. Without a post only their number is known."""
    articles = [article for article in articles if article.published <= today]
    why = "The site has too few posts." if articles else "The site has no posts."
    return tuple(
        SnapshotFact(name=name, value=value, source=source, why_unknown="" if value is not None else why)
        for name, value in _measure(articles, site_url=site_url, month_first=month_first, today=today)
    )


def _measure(
    articles: Sequence[Article], *, site_url: str, month_first: date, today: date
) -> Iterator[tuple[str, float | bool | None]]:
    newest = max((article.published for article in articles), default=None)
    texts = [read_html(article.body_html) for article in articles]
    inside = [_links_inside(article, links, site_url) for article, (_, links) in zip(articles, texts, strict=True)]
    linked = {address for addresses in inside for address in addresses}
    yield "posts_total", len(articles)
    yield "posts_in_month", sum(month_first <= article.published <= today for article in articles)
    yield "days_since_last_post", (today - newest).days if newest else None
    yield "updated_share", _share([today - article.updated <= _YEAR for article in articles])
    yield "average_words", _average([count_words(text) for text, _ in texts])
    yield "internal_links_per_post", _average([len(addresses) for addresses in inside])
    # A single post has no others that could link to it.
    orphans = [_place(article.address) not in linked for article in articles] if len(articles) > 1 else []
    yield "orphan_share", _share(orphans)
    yield "image_share", _share([article.has_image for article in articles])
    yield "summary_share", _share([bool(article.summary.strip()) for article in articles])
    yield "good_slug_share", _share([len(article.slug) <= _SLUG and not article.slug.isdigit() for article in articles])
    yield "good_title_share", _share([len(article.title) in _TITLE for article in articles])
    yield "https", site_url.startswith("https://")


def _links_inside(article: Article, links: Sequence[str], site_url: str) -> set[str]:
    """The other pages of the site that a post links to."""
    host = urlsplit(site_url).netloc
    targets = {urljoin(article.address, link) for link in links}
    return {_place(target) for target in targets if urlsplit(target).netloc == host} - {_place(article.address)}


def _place(address: str) -> str:
    """An address without what does not change the page: query, fragment, a slash at the end."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def _share(yes: Sequence[bool]) -> float | None:
    return round(sum(yes) / len(yes), 4) if yes else None


def _average(counts: Sequence[int]) -> float | None:
    return round(sum(counts) / len(counts), 2) if counts else None
