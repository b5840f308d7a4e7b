"""The 14-day dry run as a page: what is due, and what would stop it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Crumb, clockwork, page
from leadmetrics_pipelines.review.presenters.words import Badge, Clockwork, Tone
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.dry_run import HORIZON_DAYS, DryItem, Level, dry_run, worst_first

router = APIRouter()
_BADGES = {
    Level.OK: Badge(Tone.GOOD, "check", "Would go out"),
    Level.WARN: Badge(Tone.ATTENTION, "eye", "Needs a look"),
    Level.FAIL: Badge(Tone.BLOCKED, "warn", "Would not go out"),
}


@router.get("/dry-run")
def show_dry_run(place: PlaceOf) -> Response:
    """Ask the platforms now; nothing is written there."""
    report = dry_run(place.runtime, place.membership.tenant_id, place.actor)
    with place.work(frame=True):
        clock = clockwork(place)
        context = page(
            place, "14-day dry run", "calendar",
            [Crumb("Calendar", f"{place.base}/calendar"), Crumb("14-day dry run")],
            days=HORIZON_DAYS, left_out=report.left_out,
            items=[_present(place, item, clock) for item in worst_first(report.items)],
            counts=[
                {"badge": badge, "count": count} for level, badge in _BADGES.items() if (count := report.count(level))
            ],
        )  # fmt: skip
    return respond("pages/dry_run.html", context)


def _present(place: Place, item: DryItem, clock: Clockwork) -> dict[str, Any]:
    return {
        "title": item.title,
        "href": f"{place.base}/posts/{item.post_id}",
        "channel": item.channel_name,
        "due": clock.at(item.due_at),
        "badge": _BADGES[item.level],
        "findings": [
            {"badge": _BADGES[finding.level], "check": finding.check.capitalize(), "sentence": finding.sentence}
            for finding in item.findings
            if finding.level is not Level.OK
        ],
        "fine": ", ".join(finding.check for finding in item.findings if finding.level is Level.OK),
    }
