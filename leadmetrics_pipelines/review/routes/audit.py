"""The audit log."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import clockwork, fragment, page
from leadmetrics_pipelines.review.presenters.inbox import Chip
from leadmetrics_pipelines.review.presenters.words import Clockwork
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.views.audit_trail import AuditFilter, AuditLine, list_audit
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace

router = APIRouter()
_KINDS = (
    ("", "Everything"), ("post", "Posts"), ("request", "Requests"), ("activity", "Activities"), ("channel", "Channels"),
    ("hold", "Holds"), ("user", "People"), ("token", "Tokens"),
)  # fmt: skip
_PAGES = {"post": "posts", "request": "requests", "activity": "activities", "late_post": "posts"}


@router.get("/audit")
def show_audit(place: PlaceOf, kind: str = "", action: str = "", actor: str = "", after: str = "") -> Response:
    """The log; as a fragment its next lines."""
    wanted = AuditFilter(subject_kind=kind or None, action=action or None, actor=actor.strip() or None)
    query = {key: value for key, value in (("kind", kind), ("action", action), ("actor", actor)) if value}
    with place.work(frame=True) as work:
        found = list_audit(work, wanted, after=ListPlace.parse(after) if after else None)
        clock = clockwork(place)
        context: dict[str, Any] = {
            "lines": [_line(place, line, clock) for line in found.lines],
            "more_href": f"{place.base}/audit?{urlencode({**query, 'after': str(found.more_after)})}"
            if found.more_after else "",
        }  # fmt: skip
        if place.wants_fragment:
            return respond("fragments/audit_rows.html", fragment(place, **context))
        chips = [_chip(place, query, value, label) for value, label in _KINDS]
        context |= {"chips": chips, "kind": kind, "action": action, "actor": actor}
        return respond("pages/audit.html", page(place, "Audit", "audit", **context))


def _chip(place: Place, query: dict[str, str], kind: str, label: str) -> Chip:
    full = {**{key: value for key, value in query.items() if key != "kind"}, **({"kind": kind} if kind else {})}
    return Chip(label, f"{place.base}/audit?{urlencode(full)}", query.get("kind", "") == kind)


def _line(place: Place, line: AuditLine, clock: Clockwork) -> dict[str, Any]:
    room = _PAGES.get(line.subject_kind)
    states = [state.replace("_", " ") for state in (line.from_state, line.to_state) if state]
    return {
        "when": clock.at(line.at), "who": line.actor_name, "kind": line.actor_kind, "route": line.route,
        "action": line.action.replace(".", ": ").replace("_", " "), "subject": line.subject_kind.replace("_", " "),
        "title": line.subject_title, "href": f"{place.base}/{room}/{line.subject_id}" if room else "",
        "move": " → ".join(states), "reason": line.reason,
    }  # fmt: skip
