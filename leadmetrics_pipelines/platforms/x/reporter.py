"""What X tells of an account: figures of its posts, and the facts of its health score (platform_apis.md 10.5).

Figures, each of the posts that were published on that day (UTC), as they stand at the time of reading: `posts`,
`post_impressions`, `post_likes`, `post_replies`, `post_reposts`, `post_quotes`, `post_bookmarks`.

Facts of a snapshot: `has_description`, `has_picture`, `has_website`, `has_location`, `has_pinned_post` (true or
false), `profile_completeness` (0 to 1 of those five), `is_verified`, `followers`, `followers_gained` and
`follower_growth` (always unknown: X tells today's number only), `posts_in_month`, `posts_with_image`,
`posts_with_gif`, `posts_with_video`, `posts_with_link`, `posts_text_only` (of the month, replies left out),
`content_kinds` (how many of these five kinds), `days_since_last_post`, `impressions` and `engagement_rate` (of the
month's posts; likes, replies, reposts, quotes and bookmarks over impressions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from leadmetrics_pipelines.errors import PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.platforms.x.client import XClient
from leadmetrics_pipelines.platforms.x.oauth import read_me
from leadmetrics_pipelines.platforms.x.payloads import read_moment

_METRICS = {
    "impression_count": "post_impressions", "like_count": "post_likes", "reply_count": "post_replies",
    "retweet_count": "post_reposts", "quote_count": "post_quotes", "bookmark_count": "post_bookmarks",
}  # fmt: skip
_ACTS = ("like_count", "reply_count", "retweet_count", "quote_count", "bookmark_count")
PROFILE = {
    "has_description": "description", "has_picture": "profile_image_url", "has_website": "url",
    "has_location": "location", "has_pinned_post": "pinned_tweet_id",
}  # fmt: skip
KINDS = ("posts_with_image", "posts_with_gif", "posts_with_video", "posts_with_link", "posts_text_only")
# The number before a media key's underscore.
_MEDIA_KINDS = {"3": "posts_with_image", "16": "posts_with_gif", "7": "posts_with_video", "13": "posts_with_video"}
_NO_PICTURE = "default_profile"
_ME, _POSTS = "GET /2/users/me", "GET /2/users/:id/tweets"
_ONLY_TODAY = "X tells how many follow today, not how many came; compare with an earlier snapshot."
_DAY = timedelta(days=1)
_MOST_PAGES = 10


class XReporter:
    """One account on X, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._user = account_id
        self._clock = clock
        self._client = XClient(credentials=credentials, http=http, origins=origins, clock=clock)

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        last = min(last, self._clock.now().date() - _DAY)
        days = {first + n * _DAY: Counter[str]() for n in range((last - first).days + 1)}
        for day, post in self._list_posts(first):
            if day in days:
                days[day]["posts"] += 1
                days[day].update(_count(post))
        return [
            DailyFigure(day=day, metric=metric, value=float(counts[metric]))
            for day, counts in days.items()
            for metric in ("posts", *_METRICS.values())
            if metric in counts or metric == "posts"
        ]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        me = read_me(self._client, doing="Reading the account on X")
        posts = list(self._list_posts(month_first))
        of_month = [post for day, post in posts if month_first <= day <= today]
        return (
            *_describe_profile(me),
            *_count_kinds(of_month),
            _date_last(posts, today),
            *_weigh_engagement(of_month),
        )

    def _list_posts(self, since: date) -> Iterable[tuple[date, dict[str, Any]]]:
        """The account's own posts with their day, newest first, and the newest one before."""
        asked = {
            "max_results": "100", "exclude": "replies,retweets",
            "tweet.fields": "created_at,public_metrics,entities,attachments",
        }  # fmt: skip
        for _ in range(_MOST_PAGES):
            doing = "Listing the posts on X"
            found = self._client.read(f"/users/{self._user}/tweets", asked, doing=doing)
            meta = found.get("meta")
            if not isinstance(meta, dict):
                raise PlatformUnavailable(f"{doing}: X answered 200 without a list. It is tried again later.")
            for post in found.get("data") or []:
                made = read_moment(post.get("created_at"))
                if made is None:
                    continue
                yield made.date(), post
                if made.date() < since:
                    return
            if not meta.get("next_token"):
                return
            asked["pagination_token"] = str(meta["next_token"])


def _describe_profile(me: dict[str, Any]) -> Iterable[SnapshotFact]:
    parts = {name: _is_filled(field, me.get(field)) for name, field in PROFILE.items()}
    for name, field in PROFILE.items():
        yield SnapshotFact(name=name, value=parts[name], source=f"{_ME}: {field}")
    share = sum(parts.values()) / len(parts)
    yield SnapshotFact(name="profile_completeness", value=share, source=f"{_ME}: five fields")
    verified = me.get("verified")
    yield SnapshotFact(
        name="is_verified", value=verified if isinstance(verified, bool) else None, source=f"{_ME}: verified",
        why_unknown="" if isinstance(verified, bool) else "X did not say.",
    )  # fmt: skip
    followers = (me.get("public_metrics") or {}).get("followers_count")
    yield SnapshotFact(
        name="followers", value=followers, source=f"{_ME}: public_metrics.followers_count",
        why_unknown="" if followers is not None else "X did not say.",
    )  # fmt: skip
    for name in ("followers_gained", "follower_growth"):
        yield SnapshotFact(name=name, value=None, source=_ME, why_unknown=_ONLY_TODAY)


def _count_kinds(posts: list[dict[str, Any]]) -> Iterable[SnapshotFact]:
    kinds = Counter(_kind_of(post) for post in posts)
    yield SnapshotFact(name="posts_in_month", value=len(posts), source=f"{_POSTS}: created_at")
    for kind in KINDS:
        yield SnapshotFact(name=kind, value=kinds[kind], source=f"{_POSTS}: attachments, entities")
    yield SnapshotFact(name="content_kinds", value=len(kinds), source=f"{_POSTS}: attachments, entities")


def _date_last(posts: list[tuple[date, dict[str, Any]]], today: date) -> SnapshotFact:
    last = max((day for day, _ in posts if day <= today), default=None)
    return SnapshotFact(
        name="days_since_last_post", value=(today - last).days if last else None, source=f"{_POSTS}: created_at",
        why_unknown="" if last else "No post is among those that were read.",
    )  # fmt: skip


def _weigh_engagement(posts: list[dict[str, Any]]) -> Iterable[SnapshotFact]:
    totals: Counter[str] = Counter()
    for post in posts:
        totals.update(_metrics_of(post))
    impressions = totals["impression_count"]
    source = f"{_POSTS}: public_metrics"
    yield SnapshotFact(name="impressions", value=impressions, source=f"{source}.impression_count")
    yield SnapshotFact(
        name="engagement_rate", source=source, why_unknown="" if impressions else "Nobody saw a post of this month.",
        value=sum(totals[act] for act in _ACTS) / impressions if impressions else None,
    )  # fmt: skip


def _metrics_of(post: dict[str, Any]) -> dict[str, int]:
    metrics = post.get("public_metrics") or {}
    return {name: metrics[name] for name in _METRICS if isinstance(metrics.get(name), int)}


def _count(post: dict[str, Any]) -> dict[str, int]:
    return {_METRICS[name]: value for name, value in _metrics_of(post).items()}


def _kind_of(post: dict[str, Any]) -> str:
    for key in (post.get("attachments") or {}).get("media_keys") or ():
        return _MEDIA_KINDS.get(str(key).partition("_")[0], "posts_with_image")
    urls = (post.get("entities") or {}).get("urls") or ()
    return "posts_with_link" if any(not url.get("media_key") for url in urls) else "posts_text_only"


def _is_filled(field: str, value: object) -> bool:
    return bool(value) and not (field == "profile_image_url" and _NO_PICTURE in str(value))
