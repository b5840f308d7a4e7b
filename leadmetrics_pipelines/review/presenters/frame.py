"""What surrounds every page: navigation by role, client switch, banners, breadcrumb, toast."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.review.place import FLASH_COOKIE, RAIL_COOKIE, THEME_COOKIE, Place, Visit
from leadmetrics_pipelines.review.presenters.words import ROLE_WORDS, Clockwork, Tone
from leadmetrics_pipelines.services.people import MembershipOf

# Twelve passes of the publisher's sensor; less would cry wolf whenever a run takes a while.
PUBLISHER_SILENT_AFTER = timedelta(minutes=2)
MOST_TENANTS_IN_MENU = 30


@dataclass(frozen=True)
class NavLink:
    """One line of the navigation."""

    key: str
    label: str
    icon: str
    href: str
    current: bool


@dataclass(frozen=True)
class Crumb:
    """One step of the breadcrumb; the last has no address."""

    label: str
    href: str = ""


@dataclass(frozen=True)
class Banner:
    """Something everybody must know before they go on."""

    tone: Tone
    icon: str
    text: str
    detail: str = ""
    href: str = ""
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class Toast:
    """What just happened; `undo_action` is where a POST takes it back."""

    text: str
    tone: Tone = Tone.GOOD
    icon: str = "done"
    role: str = "status"
    stay_ms: int = 5000
    undo_action: str = ""
    back: str = ""


_NAV = (
    ("today", "Today", "today", Permission.READ),
    ("inbox", "Inbox", "inbox", Permission.READ),
    ("month", "Month", "month", Permission.READ),
    ("calendar", "Calendar", "clock", Permission.READ),
    ("content", "Content", "content", Permission.READ),
    ("channels", "Channels", "channels", Permission.READ),
    ("scores", "Scores", "half", Permission.READ),
    ("team", "Team", "team", Permission.READ),
    ("audit", "Audit", "audit", Permission.READ),
    ("settings", "Settings", "settings", Permission.READ),
)


def page(place: Place, title: str, nav: str, crumbs: Sequence[Crumb] = (), **context: Any) -> dict[str, Any]:  # noqa: ANN401 - a template's context
    """The whole context of a page in a tenant. Needs `place.work(frame=True)` first."""
    trail = [Crumb(place.membership.name, f"{place.base}/today"), *(crumbs or [Crumb(title)])]
    return look(place.request) | {
        "title": title,
        "base": place.base,
        "csrf_token": place.csrf_token,
        "frame": _frame(place, nav),
        "crumbs": trail,
        "may": _permissions(place),
        **context,
    }


def fragment(place: Place, **context: Any) -> dict[str, Any]:  # noqa: ANN401 - a template's context
    """The context of a part of a page."""
    return {"base": place.base, "csrf_token": place.csrf_token, "may": _permissions(place), **context}


def bare_page(request: Request, title: str, **context: Any) -> dict[str, Any]:  # noqa: ANN401 - a template's context
    """The context of a page outside every tenant."""
    return look(request) | {"title": title, **context}


def look(request: Request) -> dict[str, Any]:
    """Theme, rail, and what the last page left to say."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in ("light", "dark") else "",
        "rail": "narrow" if request.cookies.get(RAIL_COOKIE) == "narrow" else "",
        "flash": read_flash(request),
    }


def clockwork(place: Place) -> Clockwork:
    """Shows instants in the tenant's time zone."""
    zone = place.frame.time_zone if place.frame else "UTC"
    return Clockwork(now=place.runtime.clock.now(), zone=zone)


def write_flash(toast: Toast) -> str:
    """A toast as a cookie's value, for the page after a redirect. It says nothing secret and decides nothing."""
    return base64.urlsafe_b64encode(json.dumps(asdict(toast)).encode()).decode()


def read_flash(request: Request) -> Toast | None:
    """The toast the last answer left; None for none, or for one that nobody of us wrote."""
    value = request.cookies.get(FLASH_COOKIE)
    if not value:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(value))
        # Only words come back from the browser; where an undo goes must be an address of ours.
        undo = str(said.get("undo_action", ""))
        return Toast(
            text=str(said["text"])[:500],
            tone=Tone(said["tone"]),
            icon="warn" if said["tone"] == Tone.BLOCKED else "done",
            stay_ms=min(60_000, int(said["stay_ms"])),
            undo_action=undo if undo.startswith("/t/") else "",
            back=str(said.get("back", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return None


def tenant_links(visit: Visit, current: str = "") -> list[dict[str, Any]]:
    """The clients a person may switch to."""
    return [
        {"href": f"/t/{m.slug}/today", "name": m.name, "monogram": monogram(m.name), "current": m.slug == current}
        for m in _first(visit.memberships, current)
    ]


def monogram(name: str) -> str:
    """One or two letters that stand for a name."""
    words = name.split()
    return "".join(word[0] for word in words[:2]).upper() if words else "?"


def _first(memberships: Sequence[MembershipOf], current: str) -> Sequence[MembershipOf]:
    if len(memberships) <= MOST_TENANTS_IN_MENU:
        return memberships
    here = [m for m in memberships if m.slug == current]
    return [*here, *[m for m in memberships if m.slug != current][: MOST_TENANTS_IN_MENU - len(here)]]


def _permissions(place: Place) -> dict[str, bool]:
    return {permission.value: place.may(permission) for permission in Permission}


def _frame(place: Place, nav: str) -> dict[str, Any]:
    frame = place.frame
    if frame is None:
        msg = "A page needs its frame: open the unit of work with place.work(frame=True)."
        raise RuntimeError(msg)
    user = place.signed_in.user
    return {
        "base": place.base,
        "tenant_name": frame.tenant_name,
        "monogram": monogram(frame.tenant_name),
        "tenants": tenant_links(place, place.membership.slug),
        "nav": [
            NavLink(key, label, icon, f"{place.base}/{key}", key == nav)
            for key, label, icon, needs in _NAV
            if place.may(needs)
        ],
        "waiting": frame.waiting,
        "person": {
            "name": user.name,
            "email": user.email,
            "initials": monogram(user.name),
            "role": ROLE_WORDS[place.role],
        },
        "banners": _banners(place),
    }


def _banners(place: Place) -> list[Banner]:
    frame = place.frame
    banners: list[Banner] = []
    if frame is None:
        return banners
    if frame.holds:
        many = "A hold is on" if frame.holds == 1 else f"{frame.holds} holds are on"
        banners.append(
            Banner(
                Tone.ATTENTION,
                "hold",
                f"{many}:",
                "approved posts it reaches do not go out.",
                f"{place.base}/channels",
                "See holds",
            )
        )
    seen, due, now = frame.publisher_seen_at, frame.due_since, place.runtime.clock.now()
    # Only while something waits for it: with nothing due it has no reason to run.
    if due is not None and now - due > PUBLISHER_SILENT_AFTER and (seen is None or now - seen > PUBLISHER_SILENT_AFTER):
        shown = clockwork(place).at(seen or due)
        when = shown.text if shown else ""
        text = f"The publisher has not been seen since {when}." if seen else f"Approved posts have waited since {when}."
        banners.append(
            Banner(
                Tone.BLOCKED,
                "warn",
                text,
                "Nothing goes out until the publisher runs; an operator finds it in Dagster.",
            )
        )
    return banners
