"""What a WordPress site tells of itself over REST, and as any visitor sees it (reference platform_apis.md 8.7).

Figures: `posts_published`, by day (UTC). WordPress counts no visitors.

Facts: those of `platforms/articles.py`, of the newest 500 public posts; of the newest 100 pictures `alt_share` (0 to 1,
those with an alternative text); of the site `visible_to_search` and `has_sitemap`.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import LeadmetricsError, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.platforms.articles import Article, measure_articles, read_html
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.reading import read_list

_POSTS = "GET /wp/v2/posts: date_gmt, modified_gmt, slug, title, excerpt, yoast_head_json, content, featured_media"
_FIELDS = "id,link,slug,date_gmt,modified_gmt,title,content,excerpt,featured_media,yoast_head_json"
_PAGE, _MOST_PAGES = 100, 5
_NOINDEX = re.compile(r"<meta[^>]+name=[\"']robots[\"'][^>]+noindex", re.IGNORECASE)


class WordPressReporter:
    """One site, as a `Reporter`."""

    def __init__(self, client: WordPressClient, *, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        days = Counter(article.published for article in self._articles())
        last = min(last, self._clock.now().date() - timedelta(days=1))
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [DailyFigure(day=day, metric="posts_published", value=float(days[day])) for day in span]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        # Posts come first, and a refusal is raised: without them the channel is dead, not merely unknown.
        articles = [article for article in self._articles() if article.published <= today]
        site = self._client.site().url or self._client.base_url
        return [
            *measure_articles(articles, site_url=site, month_first=month_first, today=today, source=_POSTS),
            _fact("visible_to_search", "home page: robots", self._is_visible),
            _fact("has_sitemap", "GET /wp-sitemap.xml", self._has_sitemap),
            _fact("alt_share", "GET /wp/v2/media: alt_text", self._share_of_alt, "There are no pictures."),
        ]

    def _articles(self) -> list[Article]:
        found: list[dict[str, Any]] = []
        for number in range(1, _MOST_PAGES + 1):
            asked = {"per_page": str(_PAGE), "page": str(number), "_fields": _FIELDS}
            page = read_list(self._client.get("wp/v2/posts", asked), doing="Reading the site's posts")
            found += page
            if len(page) < _PAGE:
                break
        return [article for entry in found if (article := _read(entry))]

    def _is_visible(self) -> bool:
        answer = self._client.look("")
        if answer.status != HTTPStatus.OK:
            msg = f"{answer.where} answered {answer.status}."
            raise PlatformUnavailable(msg)
        return "noindex" not in answer.headers.get("x-robots-tag", "") and not _NOINDEX.search(answer.text)

    def _has_sitemap(self) -> bool:
        # Plugins put theirs elsewhere and send visitors of the usual address on.
        return self._client.look("wp-sitemap.xml").status < HTTPStatus.BAD_REQUEST

    def _share_of_alt(self) -> float | None:
        asked = {"per_page": str(_PAGE), "media_type": "image", "_fields": "id,alt_text"}
        pictures = read_list(self._client.get("wp/v2/media", asked), doing="Reading the site's pictures")
        described = sum(bool(str(picture.get("alt_text") or "").strip()) for picture in pictures)
        return round(described / len(pictures), 4) if pictures else None


def _read(entry: dict[str, Any]) -> Article | None:
    """A post as it is public; None for one that lacks what every post has."""
    try:
        content = _rendered(entry, "content")
        return Article(
            address=str(entry["link"]), slug=str(entry.get("slug") or ""),
            title=html.unescape(read_html(_rendered(entry, "title"))[0]), summary=_summary(entry, content),
            body_html=content, has_image=bool(entry.get("featured_media")) or "<img" in content,
            published=_day(entry["date_gmt"]), updated=_day(entry["modified_gmt"]),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError):
        return None


def _summary(entry: dict[str, Any], content: str) -> str:
    """The description somebody wrote; empty for the one WordPress makes by itself, the beginning of the text."""
    head = entry.get("yoast_head_json")
    if isinstance(head, dict) and head.get("description"):
        return str(head["description"])
    excerpt = read_html(_rendered(entry, "excerpt"))[0].removesuffix("[…]").strip()
    return "" if read_html(content)[0].startswith(excerpt) else excerpt


def _rendered(entry: dict[str, Any], field: str) -> str:
    value = entry.get(field)
    return str(value.get("rendered") or "") if isinstance(value, dict) else ""


def _day(text: str) -> date:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).date()


def _fact(
    name: str, source: str, read: Callable[[], float | bool | None], why: str = "The site does not tell."
) -> SnapshotFact:
    """A fact of a call of its own: when that fails, it alone is unknown."""
    try:
        value = read()
    except LeadmetricsError as error:
        return SnapshotFact(name=name, value=None, source=source, why_unknown=str(error))
    return SnapshotFact(name=name, value=value, source=source, why_unknown=why if value is None else "")
