"""What LinkedIn tells of a page: daily figures, and the facts of its health score (reference platform_apis.md 2.7).

Figures: impressions, unique_impressions, clicks, reactions, comments, shares, followers_gained_organic,
followers_gained_paid; days are UTC.

Facts of a snapshot: `has_description`, `has_website`, `has_tagline`, `has_logo`, `has_cover`, `has_industry`,
`has_location`, `has_founded`, `has_staff_count`, `has_specialties` (true or false), `profile_completeness` (0 to 1 of
those ten), `followers`, `followers_gained` (of the month so far), `follower_growth` (that, over the followers at its
beginning; 0.02 is 2 %), `posts_in_month`, `posts_with_image`, `posts_with_images`, `posts_with_video`,
`posts_with_document`, `posts_with_link`, `posts_with_poll`, `posts_text_only` (of the month), `content_kinds` (how many
of these seven kinds), `days_since_last_post`, `impressions` and `engagement_rate` (of the month so far; clicks,
reactions, comments and shares over impressions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.linkedin.client import LinkedInClient, encode
from leadmetrics_pipelines.platforms.linkedin.errors import RightMissing
from leadmetrics_pipelines.platforms.linkedin.payloads import read_moment
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_SHARE = {
    "impressionCount": "impressions", "uniqueImpressionsCount": "unique_impressions", "clickCount": "clicks",
    "likeCount": "reactions", "commentCount": "comments", "shareCount": "shares",
}  # fmt: skip
_GAIN = {"organicFollowerGain": "followers_gained_organic", "paidFollowerGain": "followers_gained_paid"}
_ACTS = ("clicks", "reactions", "comments", "shares")
PROFILE = {
    "has_description": "localizedDescription", "has_website": "localizedWebsite", "has_tagline": "tagline",
    "has_logo": "logoV2", "has_cover": "coverPhotoV2", "has_industry": "industries", "has_location": "locations",
    "has_founded": "foundedOn", "has_staff_count": "staffCountRange", "has_specialties": "localizedSpecialties",
}  # fmt: skip
KINDS = (
    "posts_with_image", "posts_with_images", "posts_with_video", "posts_with_document", "posts_with_link",
    "posts_with_poll", "posts_text_only",
)  # fmt: skip
_DAY = timedelta(days=1)
_KEPT = timedelta(days=364)
_PAGE, _MOST_PAGES = 50, 6
_ORGANIZATION, _POSTS = "GET /rest/organizations", "GET /rest/posts?q=author"
_SHARES, _GAINS = "organizationalEntityShareStatistics", "organizationalEntityFollowerStatistics"
_FOLLOWERS = "GET /rest/networkSizes"
_Value = TypeVar("_Value")


class LinkedInReporter:
    """One page on LinkedIn, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._page = account_id
        self._urn = f"urn:li:organization:{account_id}"
        self._clock = clock
        self._client = LinkedInClient(credentials=credentials, http=http, origins=origins, clock=clock)

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        found: list[DailyFigure] = []
        for resource, part, names in ((_SHARES, "totalShareStatistics", _SHARE), (_GAINS, "followerGains", _GAIN)):
            for day, values in self._read_days(resource, part, first, last):
                found += [
                    DailyFigure(day=day, metric=metric, value=float(values[field]))
                    for field, metric in names.items()
                    if isinstance(values.get(field), int | float)
                ]
        return found

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        return (
            *_facts_or_unknown(self._describe_page, (*PROFILE, "profile_completeness"), _ORGANIZATION),
            *self._count_followers(month_first, today),
            *_facts_or_unknown(
                lambda: self._count_posts(month_first, today),
                ("posts_in_month", *KINDS, "content_kinds", "days_since_last_post"), _POSTS,
            ),
            *_facts_or_unknown(
                lambda: self._weigh_engagement(month_first, today), ("impressions", "engagement_rate"), _SHARES
            ),
        )  # fmt: skip

    def _describe_page(self) -> Iterable[SnapshotFact]:
        about = self._client.read(f"/organizations/{self._page}", doing="Reading the LinkedIn page")
        parts = {name: bool(about.get(field)) for name, field in PROFILE.items()}
        for name, field in PROFILE.items():
            yield SnapshotFact(name=name, value=parts[name], source=f"{_ORGANIZATION}: {field}")
        share = sum(parts.values()) / len(parts)
        yield SnapshotFact(name="profile_completeness", value=share, source=f"{_ORGANIZATION}: ten fields")

    def _count_followers(self, month_first: date, today: date) -> Iterable[SnapshotFact]:
        total, why = _ask(self._read_followers)
        gained, why_not = _ask(lambda: self._sum_gains(month_first, today))
        growth = gained / (total - gained) if total and gained is not None and total > gained else None
        yield SnapshotFact(name="followers", value=total, source=f"{_FOLLOWERS}: firstDegreeSize", why_unknown=why)
        yield SnapshotFact(name="followers_gained", value=gained, source=f"{_GAINS}: gains", why_unknown=why_not)
        unknown = why or why_not or "Nobody followed the page before this month."
        yield SnapshotFact(
            name="follower_growth", value=growth, source=f"{_GAINS} over {_FOLLOWERS}",
            why_unknown="" if growth is not None else unknown,
        )  # fmt: skip

    def _read_followers(self) -> int:
        answer = self._client.read(
            f"/networkSizes/{encode(self._urn)}", "edgeType=COMPANY_FOLLOWED_BY_MEMBER", doing="Counting followers"
        )
        return int(answer["firstDegreeSize"])

    def _sum_gains(self, month_first: date, today: date) -> int:
        days = self._read_days(_GAINS, "followerGains", month_first, today)
        return sum(int(values.get(field) or 0) for _, values in days for field in _GAIN)

    def _count_posts(self, month_first: date, today: date) -> Iterable[SnapshotFact]:
        posts = [(moment.date(), post) for post in self._list_posts(month_first) if (moment := _published(post))]
        of_month = [post for day, post in posts if month_first <= day <= today]
        kinds = Counter(_kind_of(post) for post in of_month)
        yield SnapshotFact(name="posts_in_month", value=len(of_month), source=f"{_POSTS}: publishedAt")
        for kind in KINDS:
            yield SnapshotFact(name=kind, value=kinds[kind], source=f"{_POSTS}: content")
        yield SnapshotFact(name="content_kinds", value=len(kinds), source=f"{_POSTS}: content")
        last = max((day for day, _ in posts if day <= today), default=None)
        yield SnapshotFact(
            name="days_since_last_post", value=(today - last).days if last else None,
            source=f"{_POSTS}: publishedAt", why_unknown="" if last else "No post is among the last that were read.",
        )  # fmt: skip

    def _weigh_engagement(self, month_first: date, today: date) -> Iterable[SnapshotFact]:
        totals: Counter[str] = Counter()
        for _, values in self._read_days(_SHARES, "totalShareStatistics", month_first, today):
            totals.update({metric: int(values.get(field) or 0) for field, metric in _SHARE.items()})
        impressions = totals["impressions"]
        yield SnapshotFact(name="impressions", value=impressions, source=f"{_SHARES}: impressionCount")
        rate = sum(totals[act] for act in _ACTS) / impressions if impressions else None
        yield SnapshotFact(
            name="engagement_rate", value=rate, source=f"{_SHARES}: clicks, likes, comments, shares, impressions",
            why_unknown="" if impressions else "Nobody saw a post in these days.",
        )  # fmt: skip

    def _read_days(self, resource: str, part: str, first: date, last: date) -> list[tuple[date, dict[str, Any]]]:
        """The finished days of a statistic, at most the year that LinkedIn keeps."""
        now = self._clock.now()
        first, last = max(first, (now - _KEPT).date()), min(last, (now - _DAY).date())
        if first > last:
            return []
        times = f"(timeRange:(start:{_midnight(first)},end:{_midnight(last + _DAY)}),timeGranularityType:DAY)"
        query = f"q=organizationalEntity&organizationalEntity={encode(self._urn)}&timeIntervals={times}"
        elements = self._client.read(f"/{resource}", query, doing="Reading LinkedIn's statistics", finder=True)
        found = []
        for element in elements.get("elements") or []:
            moment = read_moment((element.get("timeRange") or {}).get("start"))
            if moment is not None and first <= moment.date() <= last:
                found.append((moment.date(), element.get(part) or {}))
        return found

    def _list_posts(self, since: date) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(_MOST_PAGES):
            query = f"q=author&author={encode(self._urn)}&start={number * _PAGE}&count={_PAGE}&sortBy=CREATED"
            elements = self._client.read("/posts", query, doing="Listing the page's posts", finder=True)
            page = elements.get("elements") or []
            found += page
            oldest = _published(page[-1]) if page else None
            if len(page) < _PAGE or (oldest is not None and oldest.date() < since):
                break
        return found


def _facts_or_unknown(
    read: Callable[[], Iterable[SnapshotFact]], names: Iterable[str], source: str
) -> Sequence[SnapshotFact]:
    """The facts of one call; when LinkedIn refuses that call alone, each of them as unknown."""
    found, why = _ask(lambda: tuple(read()))
    if found is None:
        return [SnapshotFact(name=name, value=None, source=source, why_unknown=why) for name in names]
    return found


def _ask(read: Callable[[], _Value]) -> tuple[_Value | None, str]:
    """What was read, or why this one right is missing."""
    try:
        return read(), ""
    except RightMissing as error:
        return None, str(error)


def _published(post: dict[str, Any]) -> datetime | None:
    return read_moment(post.get("publishedAt") or post.get("createdAt"))


def _kind_of(post: dict[str, Any]) -> str:
    content = post.get("content") or {}
    if "multiImage" in content:
        return "posts_with_images"
    if "article" in content:
        return "posts_with_link"
    if "poll" in content:
        return "posts_with_poll"
    urn = str((content.get("media") or {}).get("id") or "")
    kind = urn.removeprefix("urn:li:").partition(":")[0]
    return f"posts_with_{kind}" if kind in {"image", "video", "document"} else "posts_text_only"


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
