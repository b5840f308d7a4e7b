"""The calendar as its template shows it: weeks of days with entries, and what has no time yet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.slots import Suggestion, WeeklySlot, to_local
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.words import POST_BADGES
from leadmetrics_pipelines.services.views.calendar_month import CalendarDay, CalendarEntry, CalendarMonth, FreeSlot

# More than these stand behind "more" in a day's cell.
SHOWN_PER_DAY = 4
_WEEK = 7
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def present_calendar(place: Place, calendar: CalendarMonth, *, channel_id: UUID | None) -> dict[str, Any]:
    """The whole calendar."""
    today = to_local(place.runtime.clock.now(), calendar.zone).date()

    def href(month: Month, channel: UUID | None) -> str:
        query = {"month": str(month)} | ({"channel": str(channel)} if channel else {})
        return f"{place.base}/calendar?{urlencode(query)}"

    return {
        "title": calendar.month.title,
        "month": str(calendar.month),
        "zone": calendar.zone,
        "weekdays": [{"short": name[:3], "name": name} for name in WEEKDAYS],
        "weeks": [
            [_day(place, day, calendar.month, today) for day in week] for week in _weeks(calendar.days)
        ],
        "unplanned": [_entry(place, entry) for entry in calendar.unplanned],
        "before": href(calendar.month.preceding(), channel_id),
        "after": href(calendar.month.following(), channel_id),
        "now": href(Month(today.replace(day=1)), channel_id),
        "chips": [
            {"label": "All channels", "href": href(calendar.month, None), "on": channel_id is None},
            *(
                {"label": name, "href": href(calendar.month, identity), "on": identity == channel_id}
                for identity, name, _platform in calendar.channels
            ),
        ],
        "left_out": calendar.left_out,
        "may_move": place.may(Permission.EDIT),
        "query": urlencode({"month": str(calendar.month)} | ({"channel": str(channel_id)} if channel_id else {})),
        "is_empty": not calendar.unplanned and not any(day.entries for day in calendar.days),
    }  # fmt: skip


def present_slots(rows: list[tuple[UUID, WeeklySlot]], suggestion: Suggestion, place: Place) -> dict[str, Any]:
    """A channel's slots and what is known of its best times."""
    return {
        "slots": [
            {"label": slot.label, "remove": f"{place.base}/calendar/slots/{identity}/remove"} for identity, slot in rows
        ],
        "weekdays": list(enumerate(WEEKDAYS)),
        "knowledge": suggestion.knowledge,
        "detail": suggestion.detail,
        "best": [slot.label for slot in suggestion.slots],
    }


def _weeks(days: tuple[CalendarDay, ...]) -> list[tuple[CalendarDay, ...]]:
    return [days[start : start + _WEEK] for start in range(0, len(days), _WEEK)]


def _day(place: Place, day: CalendarDay, month: Month, today: date) -> dict[str, Any]:
    entries = [_entry(place, entry) for entry in day.entries]
    return {
        "iso": day.day.isoformat(),
        "number": day.day.day,
        "label": f"{day.day:%A, %d %B %Y}",
        "outside": day.day < month.first_day or day.day > month.last_day,
        "today": day.day == today,
        "past": day.day < today,
        "entries": entries[:SHOWN_PER_DAY],
        "more": entries[SHOWN_PER_DAY:],
        "free": [_free(slot) for slot in day.free],
    }


def _entry(place: Place, entry: CalendarEntry) -> dict[str, Any]:
    badge = POST_BADGES[entry.status]
    path = f"{place.base}/calendar/{entry.post_id}"
    when = f"{entry.local:%A, %d %B, %H:%M}" if entry.local else "without a time"
    return {
        "id": str(entry.post_id),
        "version": entry.version,
        "title": entry.title,
        "time": f"{entry.local:%H:%M}" if entry.local else "",
        "date": entry.local.date().isoformat() if entry.local else "",
        "clock": f"{entry.local:%H:%M}" if entry.local else "09:00",
        "badge": badge,
        "channel": entry.channel_name,
        "platform": entry.platform,
        "href": f"{place.base}/posts/{entry.post_id}",
        "move": f"{path}/move",
        "unschedule": f"{path}/unschedule" if entry.local else "",
        "movable": entry.is_movable and place.may(Permission.EDIT),
        "label": f"{entry.title}, {entry.channel_name}, {badge.label}, {when}",
    }


def _free(slot: FreeSlot) -> dict[str, Any]:
    return {"time": f"{slot.local:%H:%M}", "channel": slot.channel_name, "at": _minute(slot.local)}


def _minute(local: datetime) -> str:
    return local.isoformat(timespec="minutes")
