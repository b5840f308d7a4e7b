"""Daily figures and the facts of one location of Google Business Profile (reference platform_apis.md 7.3 to 7.5).

Figures: `impressions` (the sum of the next four), `impressions_desktop_maps`, `impressions_desktop_search`,
`impressions_mobile_maps`, `impressions_mobile_search`, `direction_requests`, `calls`, `website_clicks`.

Facts: `verified`, `has_hours`, `has_special_hours`, `has_description`, `description_characters`, `has_phone`,
`has_website`, `has_address`, `has_category`, `extra_categories`, `photos`, `reviews`, `review_average` (1 to 5),
`reviews_unanswered`, `reviews_answered_share` (0 to 1), `reviews_this_month`, `posts_this_month`,
`days_since_last_post`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, PermanentError
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.google.business.payloads import (
    INFORMATION_URL,
    PERFORMANCE_URL,
    POSTS_URL,
    Profile,
    read_instant,
    read_local_post,
)
from leadmetrics_pipelines.platforms.google.client import GoogleClient, understanding
from leadmetrics_pipelines.platforms.google.facts import GOOGLE_BUSINESS
from leadmetrics_pipelines.platforms.publishing import Account
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

#: Google's metric to ours.
METRICS: Mapping[str, str] = {
    "BUSINESS_IMPRESSIONS_DESKTOP_MAPS": "impressions_desktop_maps",
    "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH": "impressions_desktop_search",
    "BUSINESS_IMPRESSIONS_MOBILE_MAPS": "impressions_mobile_maps",
    "BUSINESS_IMPRESSIONS_MOBILE_SEARCH": "impressions_mobile_search",
    "BUSINESS_DIRECTION_REQUESTS": "direction_requests",
    "CALL_CLICKS": "calls",
    "WEBSITE_CLICKS": "website_clicks",
}
_READ_MASK = (
    "name,title,metadata,profile,regularHours,specialHours,phoneNumbers,websiteUri,storefrontAddress,serviceArea,"
    "categories,openInfo"
)
_REVIEWS_A_PAGE = 50
_POST_PAGES = 10
_Raw = Mapping[str, Any]


class GoogleBusinessReporter:
    """A `Reporter` of one location. `account_id`: `locations/2`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._location = account_id
        self._account = credentials.get("account_name", "")
        self._clock = clock
        self._client = GoogleClient(credentials=credentials, http=http, origins=origins)

    def verify(self) -> Account:
        """Ask whether the location can be read. Raises AccessRevoked when not."""
        profile = self._profile()
        return Account(
            name=profile.title, can_publish=profile.is_verified, site_name=profile.title, site_url=profile.public_url
        )

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        finished = self._clock.now().date() - timedelta(days=GOOGLE_BUSINESS.most("figures_lag_days"))
        last = min(last, finished)
        if last < first:
            return []
        params = [("dailyMetrics", metric) for metric in METRICS]
        for end, day in (("startDate", first), ("endDate", last)):
            params += [(f"dailyRange.{end}.{part}", str(getattr(day, part))) for part in ("year", "month", "day")]
        url = f"{PERFORMANCE_URL}/{self._location}:fetchMultiDailyMetricsTimeSeries"
        doing = "Reading the figures of Google Business Profile"
        page = self._client.get(url, doing=doing, params=params)
        with understanding(doing):
            figures = [figure for series in page.rows("multiDailyMetricTimeSeries") for figure in _read_series(series)]
        return [*_sum_impressions(figures), *figures]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        # The profile comes first, and its refusal is raised: without it the channel is dead, not merely unknown.
        facts = _profile_facts(self._profile())
        for names, source, read in (
            (("photos",), "GET v4 media: totalMediaItemCount", self._read_photos),
            (_REVIEW_FACTS, "GET v4 reviews", lambda: self._read_reviews(month_first, today)),
            (_POST_FACTS, "GET v4 localPosts: createTime", lambda: self._read_posts(month_first, today)),
        ):
            facts += _known_or_why(names, source, read)
        return facts

    def _profile(self) -> Profile:
        doing = "Reading the location on Google Business Profile"
        page = self._client.get(f"{INFORMATION_URL}/{self._location}", doing=doing, params=[("readMask", _READ_MASK)])
        return Profile(page.content)

    def _read_photos(self) -> dict[str, _Known]:
        doing = "Counting pictures on Google Business Profile"
        page = self._client.get(self._v4("media"), doing=doing, params=[("pageSize", "1")])
        total = page.content.get("totalMediaItemCount", 0 if not page.rows("mediaItems") else None)
        return {"photos": _Known(_number(total), "Google did not say how many.")}

    def _read_reviews(self, month_first: date, today: date) -> dict[str, _Known]:
        doing = "Reading reviews on Google Business Profile"
        params = [("pageSize", str(_REVIEWS_A_PAGE)), ("orderBy", "updateTime desc")]
        most = GOOGLE_BUSINESS.most("reviews_read") // _REVIEWS_A_PAGE
        pages = list(self._client.pages(self._v4("reviews"), doing=doing, params=params, most=most))
        reviews = [review for page in pages for review in page.rows("reviews")]
        known = {
            "reviews": _Known(_number(pages[0].content.get("totalReviewCount", 0))),
            "review_average": _Known(_number(pages[0].content.get("averageRating")), "There are no reviews yet."),
        }
        if pages[-1].next_token:
            why = f"There are more than the {len(reviews):,} reviews that are read."
            return known | {name: _Known(None, why) for name in _REVIEW_FACTS if name not in known}
        unanswered = sum(not review.get("reviewReply") for review in reviews)
        share = (len(reviews) - unanswered) / len(reviews) if reviews else None
        return known | {
            "reviews_unanswered": _Known(float(unanswered)),
            "reviews_answered_share": _Known(share, "There are no reviews yet."),
            "reviews_this_month": _Known(float(sum(month_first <= day <= today for day in _days(reviews)))),
        }

    def _read_posts(self, month_first: date, today: date) -> dict[str, _Known]:
        doing = "Reading posts on Google Business Profile"
        url, params = self._v4("localPosts"), [("pageSize", "100")]
        pages = list(self._client.pages(url, doing=doing, params=params, most=_POST_PAGES))
        if pages[-1].next_token:
            why = f"There are more posts than {_POST_PAGES * 100:,}."
            return {name: _Known(None, why) for name in _POST_FACTS}
        raw = [post for page in pages for post in page.rows("localPosts")]
        posts = [post for one in raw if (post := read_local_post(one)) and post.state != "REJECTED"]
        days = [post.created_at.date() for post in posts if post.created_at and post.created_at.date() <= today]
        since = float((today - max(days)).days) if days else None
        return {
            "posts_this_month": _Known(float(sum(month_first <= day for day in days))),
            "days_since_last_post": _Known(since, "There are no posts yet."),
        }

    def _v4(self, what: str) -> str:
        if not self._account:
            raise AccessRevoked("The channel does not know its Google Business account. Connect it again.")
        return f"{POSTS_URL}/{self._account}/{self._location}/{what}"


_REVIEW_FACTS = ("reviews", "review_average", "reviews_unanswered", "reviews_answered_share", "reviews_this_month")
_POST_FACTS = ("posts_this_month", "days_since_last_post")


@dataclass(frozen=True)
class _Known:
    value: float | None
    why: str = ""


def _known_or_why(names: Sequence[str], source: str, read: Callable[[], Mapping[str, _Known]]) -> list[SnapshotFact]:
    """Facts of one group; a group that Google refuses is unknown, and does not hide the others."""
    try:
        known = read()
    except PermanentError as error:
        known = {name: _Known(None, str(error)) for name in names}
    return [
        SnapshotFact(name=name, value=one.value, source=source, why_unknown=one.why if one.value is None else "")
        for name, one in known.items()
    ]


def _profile_facts(profile: Profile) -> list[SnapshotFact]:
    description = profile.text("profile", "description")
    values: dict[str, tuple[float | bool, str]] = {
        "verified": (profile.is_verified, "metadata.hasVoiceOfMerchant"),
        "has_hours": (profile.count("regularHours", "periods") > 0, "regularHours.periods"),
        "has_special_hours": (profile.count("specialHours", "specialHourPeriods") > 0, "specialHours"),
        "has_description": (bool(description), "profile.description"),
        "description_characters": (float(len(description)), "profile.description"),
        "has_phone": (profile.has("phoneNumbers", "primaryPhone"), "phoneNumbers.primaryPhone"),
        "has_website": (bool(profile.website), "websiteUri"),
        "has_address": (profile.has("storefrontAddress") or profile.has("serviceArea"), "storefrontAddress"),
        "has_category": (profile.has("categories", "primaryCategory"), "categories.primaryCategory"),
        "extra_categories": (float(profile.count("categories", "additionalCategories")), "categories"),
    }
    return [
        SnapshotFact(name=name, value=value, source=f"GET v1 location: {field}")
        for name, (value, field) in values.items()
    ]


def _read_series(series: _Raw) -> Iterator[DailyFigure]:
    for one in series.get("dailyMetricTimeSeries", []):
        metric = METRICS.get(str(one.get("dailyMetric")))
        values = one.get("timeSeries", {}).get("datedValues", [])
        if metric is None:
            continue
        for dated in values:
            day = date(**{part: int(dated["date"][part]) for part in ("year", "month", "day")})
            # Google leaves a zero out (reference 7.4).
            yield DailyFigure(day=day, metric=metric, value=float(dated.get("value", 0)))


def _sum_impressions(figures: Sequence[DailyFigure]) -> list[DailyFigure]:
    totals: dict[date, float] = {}
    for figure in figures:
        if figure.metric.startswith("impressions_"):
            totals[figure.day] = totals.get(figure.day, 0) + figure.value
    return [DailyFigure(day=day, metric="impressions", value=total) for day, total in sorted(totals.items())]


def _days(reviews: Sequence[_Raw]) -> Iterator[date]:
    for review in reviews:
        created = read_instant(review.get("createTime"))
        if created is not None:
            yield created.date()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
