"""What an Instagram account tells of itself.

Daily figures: `reach`, `new_followers`, `views`, `engagements` (5.4), and `stories`: one for each story that is live
now, with its id as the dimension. A story lives 24 hours, so only what is stored day by day knows those of a month.
Facts: `has_name`, `has_username`, `has_biography`, `has_picture`, `has_website` (whether it is filled), `followers`,
`posts_in_month`, `days_of_month`, `days_since_last_post`, `engagement_rate` (interactions by reach of the month's
posts, 0 to 1), `stories_live` (now), `stories_in_month` (always unknown here), `hashtags_per_post`,
`hashtag_posts_over` (with more than the product takes), `hashtag_variety` (different ones by all, 0 to 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.meta.account import page_client, read_time
from leadmetrics_pipelines.platforms.meta.facts import INSTAGRAM
from leadmetrics_pipelines.platforms.meta.insights import read_series
from leadmetrics_pipelines.platforms.meta.instagram.payloads import read_hashtags
from leadmetrics_pipelines.platforms.meta.pace import describe_pace, read_pace
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

_PROFILE = {
    "name": "has_name",
    "username": "has_username",
    "biography": "has_biography",
    "profile_picture_url": "has_picture",
    "website": "has_website",
}
_SERIES = {"reach": "reach", "follower_count": "new_followers"}
_TOTALS = {"views": "views", "total_interactions": "engagements"}
# A day of an account is one of California, as that of a Page.
_ZONE = ZoneInfo("America/Los_Angeles")
_DAY = timedelta(days=1)
# One call each: enough for a month of any client, and a bound for everybody else.
_POSTS_MEASURED = 50


class InstagramReporter:
    """One Instagram business account, read."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._account = account_id
        self._client = page_client(credentials, http, origins)
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        path = f"{self._account}/insights"
        series = read_series(self._client, path, _SERIES, first=first, last=last, zone=_ZONE)
        finished = min(last, self._clock.now().astimezone(_ZONE).date() - _DAY)
        totals: list[DailyFigure] = []
        day = first
        while day <= finished:
            totals += self._read_totals(day)
            day += _DAY
        stories = self._read_story_figures(first, last)
        return sorted([*series, *totals, *stories], key=lambda figure: (figure.day, figure.metric))

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        listed = self._client.walk(
            f"{self._account}/media", {"fields": "id,caption,timestamp", "limit": "50"}, doing="Reading the posts"
        )
        pace = read_pace(listed, time_field="timestamp", month_first=month_first, today=today)
        return [
            *self._profile(),
            *describe_pace(pace, month_first=month_first, today=today, source="GET /account/media, timestamp"),
            self._measure_engagement(pace.posts),
            *self._count_stories(),
            *_judge_hashtags([str(post.get("caption") or "") for post in pace.posts]),
        ]

    def _read_totals(self, day: date) -> list[DailyFigure]:
        """These have no series: one call for each day."""
        since, until = (int(datetime.combine(at, time(), _ZONE).timestamp()) for at in (day, day + _DAY))
        query = {
            "metric": ",".join(_TOTALS), "metric_type": "total_value", "period": "day",
            "since": str(since), "until": str(until),
        }  # fmt: skip
        try:
            answer = self._client.get(f"{self._account}/insights", query, doing="Reading the figures")
        except (AccessRevoked, InvalidInput):
            return []
        values: dict[str, object] = {
            str(entry.get("name")): (entry.get("total_value") or {}).get("value") for entry in answer.get("data") or ()
        }
        return [
            DailyFigure(day=day, metric=_TOTALS[name], value=float(value))
            for name, value in values.items()
            if name in _TOTALS and isinstance(value, int | float)
        ]

    def _profile(self) -> list[SnapshotFact]:
        fields = f"{','.join(_PROFILE)},followers_count"
        account = self._client.get(self._account, {"fields": fields}, doing="Reading the account's profile")
        followers = account.get("followers_count")
        return [
            *(
                SnapshotFact(name=ours, value=bool(account.get(name)), source=f"GET /account, {name}")
                for name, ours in _PROFILE.items()
            ),
            SnapshotFact(
                name="followers", value=followers if isinstance(followers, int) else None,
                source="GET /account, followers_count",
                why_unknown="" if isinstance(followers, int) else "The account does not tell.",
            ),
        ]  # fmt: skip

    def _measure_engagement(self, posts: Sequence[Mapping[str, Any]]) -> SnapshotFact:
        name, source = "engagement_rate", "GET /media/insights, total_interactions by reach, of the month's posts"
        reach = interactions = 0.0
        why = "" if posts else "Nothing was posted this month."
        for post in posts[:_POSTS_MEASURED]:
            try:
                found = self._client.get(
                    f"{post['id']}/insights", {"metric": "reach,total_interactions"}, doing="Reading a post's figures"
                )
            except (AccessRevoked, InvalidInput) as error:
                why = str(error)
                continue
            values: dict[str, float | None] = {
                str(entry.get("name")): _first_value(entry) for entry in found.get("data") or ()
            }
            reach += values.get("reach") or 0
            interactions += values.get("total_interactions") or 0
        if reach:
            return SnapshotFact(name=name, value=interactions / reach, source=source)
        return SnapshotFact(name=name, value=None, source=source, why_unknown=why or "No post has reached anybody yet.")

    def _count_stories(self) -> list[SnapshotFact]:
        source = "GET /account/stories"
        why = "Instagram shows a story for 24 hours only; those of a month are known from the figures stored each day."
        month = SnapshotFact(name="stories_in_month", value=None, source=source, why_unknown=why)
        try:
            live = len(self._read_stories())
        except (AccessRevoked, InvalidInput) as error:
            return [month, SnapshotFact(name="stories_live", value=None, source=source, why_unknown=str(error))]
        return [month, SnapshotFact(name="stories_live", value=live, source=source)]

    def _read_stories(self) -> list[tuple[str, date]]:
        """What is live now: id and day."""
        listed = self._client.walk(
            f"{self._account}/stories", {"fields": "id,timestamp", "limit": "50"}, doing="Reading the stories"
        )
        found = [(str(story.get("id")), read_time(story.get("timestamp"))) for story in listed]
        return [(key, at.astimezone(_ZONE).date()) for key, at in found if at is not None]

    def _read_story_figures(self, first: date, last: date) -> list[DailyFigure]:
        try:
            stories = self._read_stories()
        except (AccessRevoked, InvalidInput):
            return []
        return [
            DailyFigure(day=day, metric="stories", value=1, dimension=key)
            for key, day in stories
            if first <= day <= last
        ]


def _judge_hashtags(captions: Sequence[str]) -> list[SnapshotFact]:
    source = "GET /account/media, caption"
    names = ("hashtags_per_post", "hashtag_posts_over", "hashtag_variety")
    if not captions:
        why = "Nothing was posted this month."
        return [SnapshotFact(name=name, value=None, source=source, why_unknown=why) for name in names]
    tags = [read_hashtags(caption) for caption in captions]
    every = [tag for some in tags for tag in some]
    most = INSTAGRAM.most("hashtags")
    over = sum(len(some) > most for some in tags)
    variety = len(set(every)) / len(every) if every else None
    values = (len(every) / len(tags), over, variety)
    whys = ("", "", "" if every else "The month's posts have no hashtags.")
    return [
        SnapshotFact(name=name, value=value, source=source, why_unknown=why)
        for name, value, why in zip(names, values, whys, strict=True)
    ]


def _first_value(entry: Mapping[str, Any]) -> float | None:
    values: list[dict[str, Any]] = entry.get("values") or [{}]
    value = values[0].get("value")
    return float(value) if isinstance(value, int | float) else None
