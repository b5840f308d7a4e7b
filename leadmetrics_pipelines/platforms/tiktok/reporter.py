"""What a TikTok account tells of itself.

TikTok has no daily series. Daily figures are of the posts of that day: `posts`, and `post_views`, `post_likes`,
`post_comments`, `post_shares` (what they have gathered up to now).
Facts: `has_name`, `has_picture`, `has_description` (whether it is filled), `has_website` (TikTok does not tell),
`followers`, `following`, `likes`, `posts_in_month`, `days_of_month`, `days_since_last_post`, `views_per_post`,
`engagement_rate` (likes, comments and shares by views of the month's posts, 0 to 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.platforms.tiktok.client import account_client

# Each group of fields has a right of its own, so that a missing one hides only its group.
_PROFILE = (
    {"display_name": "has_name", "avatar_url": "has_picture"},
    {"bio_description": "has_description"},
)
_COUNTS = {"follower_count": "followers", "following_count": "following", "likes_count": "likes"}
_VIDEO_FIELDS = "id,create_time,view_count,like_count,comment_count,share_count"
_FIGURES = {
    "view_count": "post_views", "like_count": "post_likes", "comment_count": "post_comments",
    "share_count": "post_shares",
}  # fmt: skip
_ENGAGEMENTS = ("like_count", "comment_count", "share_count")


class TikTokReporter:
    """One TikTok account, read."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._account = account_id
        self._client = account_client(credentials, http, origins)
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        by_day: dict[date, list[dict[str, Any]]] = {}
        for video in self._read_videos(first, min(last, self._clock.now().date())):
            by_day.setdefault(_day_of(video), []).append(video)
        return [figure for day, videos in sorted(by_day.items()) for figure in _sum_day(day, videos)]

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        listed = [video for video in self._read_videos(date.min, today, enough=month_first) if _day_of(video) <= today]
        videos = [video for video in listed if _day_of(video) >= month_first]
        last = _day_of(listed[0]) if listed else None
        source = "POST /v2/video/list, of the month's posts"
        views = sum(_number(video, "view_count") for video in videos)
        engagements = sum(_number(video, name) for video in videos for name in _ENGAGEMENTS)
        why = (
            "" if views else "Nobody has seen a post of this month yet." if videos else "Nothing was posted this month."
        )
        return [
            *self._profile(),
            *self._counts(),
            SnapshotFact(name="posts_in_month", value=len(videos), source=f"{source}: create_time"),
            SnapshotFact(name="days_of_month", value=(today - month_first).days + 1, source="the calendar"),
            SnapshotFact(
                name="days_since_last_post", value=(today - last).days if last else None,
                source="POST /v2/video/list, create_time", why_unknown="" if last else "There are no posts yet.",
            ),
            SnapshotFact(
                name="views_per_post", value=views / len(videos) if videos else None, source=f"{source}: view_count",
                why_unknown="" if videos else why,
            ),
            SnapshotFact(
                name="engagement_rate", value=engagements / views if views else None,
                source=f"{source}: likes, comments and shares by views", why_unknown=why,
            ),
        ]  # fmt: skip

    def _read_videos(self, first: date, last: date, *, enough: date | None = None) -> list[dict[str, Any]]:
        """The posts of these days, newest first. `enough`: one post before this day is the last that is read."""
        found = []
        for video in self._client.walk_videos(_VIDEO_FIELDS, doing="Reading the account's posts"):
            day = _day_of(video)
            if day < first:
                break
            if day <= last:
                found.append(video)
            if enough is not None and day < enough:
                break
        return found

    def _profile(self) -> list[SnapshotFact]:
        facts = []
        for group in _PROFILE:
            user, why = self._read_user(tuple(group))
            facts += [
                SnapshotFact(
                    name=ours, value=bool(user.get(name)) if user else None, source=f"GET /v2/user/info, {name}",
                    why_unknown=why,
                )
                for name, ours in group.items()
            ]  # fmt: skip
        why = "TikTok does not tell whether the profile has a website."
        return [*facts, SnapshotFact(name="has_website", value=None, source="GET /v2/user/info", why_unknown=why)]

    def _counts(self) -> list[SnapshotFact]:
        user, why = self._read_user(tuple(_COUNTS))
        return [
            SnapshotFact(
                name=ours, value=user.get(name) if user else None, source=f"GET /v2/user/info, {name}", why_unknown=why
            )
            for name, ours in _COUNTS.items()
        ]

    def _read_user(self, fields: Sequence[str]) -> tuple[dict[str, Any], str]:
        """Fields of the profile, or why there are none: each group has a right of its own."""
        query = {"fields": ",".join(fields)}
        try:
            return self._client.get("user/info/", query, doing="Reading the profile").get("user") or {}, ""
        except (AccessRevoked, InvalidInput) as error:
            return {}, str(error)


def _sum_day(day: date, videos: Sequence[Mapping[str, Any]]) -> list[DailyFigure]:
    sums = [
        DailyFigure(day=day, metric=ours, value=sum(_number(video, name) for video in videos))
        for name, ours in _FIGURES.items()
    ]
    return [DailyFigure(day=day, metric="posts", value=len(videos)), *sums]


def _day_of(video: Mapping[str, Any]) -> date:
    return datetime.fromtimestamp(int(video.get("create_time") or 0), UTC).date()


def _number(video: Mapping[str, Any], name: str) -> float:
    value = video.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
