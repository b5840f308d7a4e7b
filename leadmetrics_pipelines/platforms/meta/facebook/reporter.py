"""What a Facebook Page tells of itself.

Daily figures: `views`, `reach`, `engagements`, `new_followers`, `followers` (4.3; the old impressions are gone).
Facts: `has_<field>` for each of `PROFILE_FIELDS` (whether it is filled), `followers`, `posts_in_month`,
`days_of_month`, `days_since_last_post`, `response_rate` (0 to 1, of the messages of the last 28 days),
`response_minutes` (median), `messages_unanswered`, `review_rating` (1 to 5), `review_count`, `recommended_share`
(0 to 1).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.meta.account import page_client, read_time
from leadmetrics_pipelines.platforms.meta.insights import read_series
from leadmetrics_pipelines.platforms.meta.pace import describe_pace, read_pace
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact

PROFILE_FIELDS = (
    "about", "description", "category", "cover", "picture", "emails", "phone", "website", "hours", "location",
    "username",
)  # fmt: skip
_METRICS = {
    "page_media_view": "views",
    "page_total_media_view_unique": "reach",
    "page_post_engagements": "engagements",
    "page_daily_follows": "new_followers",
    "page_follows": "followers",
}
# A day of a Page is one of California.
_PAGE_ZONE = ZoneInfo("America/Los_Angeles")
_MESSAGE_DAYS = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class _Replies:
    """Messages that customers wrote: how many, and after how many minutes each answered one was answered."""

    asked: int
    minutes: tuple[float, ...]


class FacebookReporter:
    """One Facebook Page, read."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._page = account_id
        self._client = page_client(credentials, http, origins)
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:
        return read_series(
            self._client, f"{self._page}/insights", _METRICS, first=first, last=last, zone=_PAGE_ZONE,
        )  # fmt: skip

    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        return [
            *self._profile(),
            *self._posts(month_first, today),
            *self._replies(),
            self._recommendations(),
        ]

    def _profile(self) -> list[SnapshotFact]:
        extra = "followers_count,overall_star_rating,rating_count"
        page = self._client.get(
            self._page, {"fields": f"{','.join(PROFILE_FIELDS)},{extra}"}, doing="Reading the Page's profile"
        )
        filled = [
            SnapshotFact(name=f"has_{name}", value=_is_filled(page, name), source=f"GET /page, {name}")
            for name in PROFILE_FIELDS
        ]
        return [
            *filled,
            _told(page, "followers", "followers_count"),
            _told(page, "review_rating", "overall_star_rating"),
            _told(page, "review_count", "rating_count"),
        ]

    def _posts(self, month_first: date, today: date) -> list[SnapshotFact]:
        query = {"fields": "id,created_time", "limit": "100"}
        listed = self._client.walk(f"{self._page}/published_posts", query, doing="Reading the Page's posts")
        pace = read_pace(listed, time_field="created_time", month_first=month_first, today=today)
        source = "GET /page/published_posts, created_time"
        return describe_pace(pace, month_first=month_first, today=today, source=source)

    def _replies(self) -> list[SnapshotFact]:
        source = "GET /page/conversations, messages from and created_time, last 28 days"
        names = ("response_rate", "response_minutes", "messages_unanswered")
        try:
            found = self._read_replies()
        except (AccessRevoked, InvalidInput) as error:
            return [SnapshotFact(name=name, value=None, source=source, why_unknown=str(error)) for name in names]
        if not found.asked:
            why = "Nobody wrote to the Page in the last 28 days."
            return [SnapshotFact(name=name, value=None, source=source, why_unknown=why) for name in names]
        answered = len(found.minutes)
        median = statistics.median(found.minutes) if found.minutes else None
        return [
            SnapshotFact(name="response_rate", value=answered / found.asked, source=source),
            SnapshotFact(
                name="response_minutes", value=median, source=source,
                why_unknown="" if found.minutes else "No message was answered.",
            ),
            SnapshotFact(name="messages_unanswered", value=found.asked - answered, source=source),
        ]  # fmt: skip

    def _read_replies(self) -> _Replies:
        """A message counts as answered when the Page wrote after it in the same conversation."""
        query = {"fields": "id,updated_time,messages.limit(20){from,created_time}", "limit": "50"}
        oldest = self._clock.now() - _MESSAGE_DAYS
        asked, minutes = 0, []
        for talk in self._client.walk(f"{self._page}/conversations", query, doing="Reading how messages are answered"):
            messages = sorted(_read_messages(talk), key=lambda entry: entry[0])
            for index, (at, author) in enumerate(messages):
                if author == self._page or at < oldest:
                    continue
                asked += 1
                answer = next((later for later, who in messages[index:] if who == self._page), None)
                if answer is not None:
                    minutes.append((answer - at).total_seconds() / 60)
        return _Replies(asked=asked, minutes=tuple(minutes))

    def _recommendations(self) -> SnapshotFact:
        name, source = "recommended_share", "GET /page/ratings, recommendation_type"
        query = {"fields": "created_time,recommendation_type", "limit": "100"}
        try:
            entries = list(self._client.walk(f"{self._page}/ratings", query, doing="Reading the reviews"))
        except (AccessRevoked, InvalidInput) as error:
            return SnapshotFact(name=name, value=None, source=source, why_unknown=str(error))
        kinds = [entry.get("recommendation_type") for entry in entries]
        judged = [kind for kind in kinds if kind in {"positive", "negative"}]
        if not judged:
            return SnapshotFact(
                name=name, value=None, source=source, why_unknown="Nobody has recommended the Page yet."
            )
        return SnapshotFact(name=name, value=judged.count("positive") / len(judged), source=source)


def _is_filled(page: Mapping[str, Any], name: str) -> bool:
    """Empty fields are absent; a picture that nobody chose is a silhouette."""
    value = page.get(name)
    if name == "picture" and isinstance(value, dict):
        return (value.get("data") or {}).get("is_silhouette") is not True
    return bool(value)


def _told(page: Mapping[str, Any], name: str, field: str) -> SnapshotFact:
    value = page.get(field)
    why = "" if isinstance(value, int | float) else "The Page does not tell."
    return SnapshotFact(
        name=name,
        value=value if isinstance(value, int | float) else None,
        source=f"GET /page, {field}",
        why_unknown=why,
    )


def _read_messages(talk: Mapping[str, Any]) -> list[tuple[datetime, str]]:
    entries = (talk.get("messages") or {}).get("data") or ()
    found = [(read_time(entry.get("created_time")), str((entry.get("from") or {}).get("id"))) for entry in entries]
    return [(at, author) for at, author in found if at is not None]
