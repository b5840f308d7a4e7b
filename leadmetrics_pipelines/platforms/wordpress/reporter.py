"""What a WordPress site tells of itself over REST, and as any visitor sees it (reference platform_apis.md 8.7).

Figures: `posts_published`, by day (UTC). WordPress counts no visitors.

Facts, of the newest 500 public posts: `posts_in_month`, `days_since_last_post`, `updated_share` (changed within a
year), `average_words`, `internal_links_per_post`, `orphan_share` (no other post links to it), `image_share`,
`summary_share` (a description of its own), `good_slug_share` (words, at most 75 characters), `good_title_share` (20 to
65 characters); of the newest 100 pictures `alt_share`; of the site `https`, `visible_to_search`, `has_sitemap`. Shares
are 0 to 1.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from leadmetrics_pipelines.errors import LeadmetricsError, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.reading import read_list

POSTS = "GET /wp/v2/posts"
NO_POSTS = "There are no public posts."
_FIELDS = "id,link,slug,date_gmt,modified_gmt,title,content,excerpt,featured_media,yoast_head_json"
_PAGE, _MOST_PAGES = 100, 5
_YEAR = timedelta(days=365)
_SLUG, _TITLE = 75, range(20, 66)
_TAG, _HREF = re.compile(r"<[^>]*>"), re.compile(r"<a\s[^>]*?href\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_NOINDEX = re.compile(r"<meta[^>]+name=[\"']robots[\"'][^>]+noindex", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class _Post:
    link: httpx.URL
    slug: str
    title: str
    published: date
    changed: date
    text: str
    links: tuple[httpx.URL, ...]
    has_picture: bool
    has_summary: bool


class WordPressReporter:
    """One site, as a `Reporter`."""

    def __init__(self, client: WordPressClient, *, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        days = Counter(post.published for post in self._posts())
        last = min(last, self._clock.now().date() - timedelta(days=1))
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [DailyFigure(day=day, metric="posts_published", value=float(days[day])) for day in span]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        # Posts come first, and a refusal is raised: without them the channel is dead, not merely unknown.
        posts = [post for post in self._posts() if post.published <= today]
        return [
            *_time_facts(posts, month_first, today),
            *_word_facts(posts),
            *_link_facts(posts),
            _fact("https", "address of the site", lambda: self._client.site().root.scheme == "https"),
            _fact("visible_to_search", "home page: robots", self._is_visible),
            _fact("has_sitemap", "GET /wp-sitemap.xml", self._has_sitemap),
            _fact("alt_share", "GET /wp/v2/media: alt_text", self._share_of_alt, "There are no pictures."),
        ]

    def _posts(self) -> list[_Post]:
        found: list[dict[str, Any]] = []
        for number in range(1, _MOST_PAGES + 1):
            asked = {"per_page": str(_PAGE), "page": str(number), "_fields": _FIELDS}
            page = read_list(self._client.get("wp/v2/posts", asked), doing="Reading the site's posts")
            found += page
            if len(page) < _PAGE:
                break
        return [post for entry in found if (post := _read(entry))]

    def _is_visible(self) -> bool:
        answer = self._seen("")
        return "noindex" not in answer.headers.get("x-robots-tag", "") and not _NOINDEX.search(answer.text)

    def _has_sitemap(self) -> bool:
        answer = self._client.look("wp-sitemap.xml")
        # Plugins put theirs elsewhere and send visitors of the usual address on.
        return answer.status < HTTPStatus.BAD_REQUEST

    def _share_of_alt(self) -> float | None:
        asked = {"per_page": "100", "media_type": "image", "_fields": "id,alt_text"}
        pictures = read_list(self._client.get("wp/v2/media", asked), doing="Reading the site's pictures")
        return _share(bool(str(picture.get("alt_text") or "").strip()) for picture in pictures)

    def _seen(self, path: str) -> Answer:
        answer = self._client.look(path)
        if answer.status != HTTPStatus.OK:
            msg = f"{answer.where} answered {answer.status}."
            raise PlatformUnavailable(msg)
        return answer


def _time_facts(posts: Sequence[_Post], month_first: date, today: date) -> Iterable[SnapshotFact]:
    last = max((post.published for post in posts), default=None)
    in_month = sum(post.published >= month_first for post in posts)
    yield SnapshotFact(name="posts_in_month", value=in_month, source=f"{POSTS}: date_gmt")
    yield _told("days_since_last_post", (today - last).days if last else None, "date_gmt")
    yield _told("updated_share", _share(today - post.changed <= _YEAR for post in posts), "modified_gmt")


def _word_facts(posts: Sequence[_Post]) -> Iterable[SnapshotFact]:
    words = round(sum(len(post.text.split()) for post in posts) / len(posts), 1) if posts else None
    yield _told("average_words", words, "content.rendered without tags")
    yield _told("image_share", _share(post.has_picture for post in posts), "featured_media, pictures in the content")
    yield _told("summary_share", _share(post.has_summary for post in posts), "yoast_head_json.description or excerpt")
    yield _told("good_slug_share", _share(len(p.slug) <= _SLUG and not p.slug.isdigit() for p in posts), "slug")
    yield _told("good_title_share", _share(len(post.title) in _TITLE for post in posts), "title.rendered")


def _link_facts(posts: Sequence[_Post]) -> Iterable[SnapshotFact]:
    inside = [
        {_place(link) for link in post.links if _same_host(link, post.link)} - {_place(post.link)} for post in posts
    ]
    linked = {place for links in inside for place in links}
    mean = round(sum(len(links) for links in inside) / len(posts), 2) if posts else None
    yield _told("internal_links_per_post", mean, "links in content.rendered")
    orphans = _share(_place(post.link) not in linked for post in posts) if len(posts) > 1 else None
    why = "There are fewer than two public posts."
    yield SnapshotFact(
        name="orphan_share", value=orphans, source=f"{POSTS}: links in content.rendered",
        why_unknown=why if orphans is None else "",
    )  # fmt: skip


def _read(entry: dict[str, Any]) -> _Post | None:
    try:
        link = httpx.URL(str(entry["link"]))
        content = _rendered(entry, "content")
        text = _plain(content)
        return _Post(
            link=link, slug=str(entry.get("slug") or ""), title=_plain(_rendered(entry, "title")),
            published=_day(entry["date_gmt"]), changed=_day(entry["modified_gmt"]), text=text,
            links=tuple(_links(content, link)),
            has_picture=bool(entry.get("featured_media")) or "<img" in content,
            has_summary=_has_summary(entry, text),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError, httpx.InvalidURL):
        return None


def _has_summary(entry: dict[str, Any], text: str) -> bool:
    head = entry.get("yoast_head_json")
    if isinstance(head, dict) and head.get("description"):
        return True
    # What WordPress makes by itself is the beginning of the text.
    excerpt = _plain(_rendered(entry, "excerpt")).removesuffix("[…]").strip()
    return bool(excerpt) and not text.startswith(excerpt)


def _links(content: str, base: httpx.URL) -> Iterable[httpx.URL]:
    for href in _HREF.findall(content):
        try:
            yield base.join(html.unescape(href))
        except httpx.InvalidURL:
            continue


def _rendered(entry: dict[str, Any], field: str) -> str:
    value = entry.get(field)
    return str(value.get("rendered") or "") if isinstance(value, dict) else ""


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _day(text: str) -> date:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).date()


def _place(url: httpx.URL) -> str:
    return url.path.rstrip("/")


def _same_host(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.host.removeprefix("www."), one.port) == (other.host.removeprefix("www."), other.port)


def _share(held: Iterable[bool]) -> float | None:
    found = list(held)
    return round(sum(found) / len(found), 4) if found else None


def _told(name: str, value: float | None, field: str) -> SnapshotFact:
    why = NO_POSTS if value is None else ""
    return SnapshotFact(name=name, value=value, source=f"{POSTS}: {field}", why_unknown=why)


def _fact(
    name: str, source: str, read: Callable[[], float | bool | None], why: str = "The site does not tell."
) -> SnapshotFact:
    """A fact of a call of its own: when that fails, it alone is unknown."""
    try:
        value = read()
    except LeadmetricsError as error:
        return SnapshotFact(name=name, value=None, source=source, why_unknown=str(error))
    return SnapshotFact(name=name, value=value, source=source, why_unknown=why if value is None else "")
