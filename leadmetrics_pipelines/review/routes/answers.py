"""Small answers that several routes give: go elsewhere, say something, tell the screen reader."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import RedirectResponse, Response

from leadmetrics_pipelines.review.place import FLASH_COOKIE, Place, Visit
from leadmetrics_pipelines.review.presenters.frame import Toast, fragment, write_flash
from leadmetrics_pipelines.review.templating import render_text

_FLASH_SECONDS = 30


def go(visit: Visit, address: str, toast: Toast | None = None) -> Response:
    """Send the browser to a page of ours (after a POST), where the toast is shown."""
    response: Response
    if visit.wants_fragment:
        response = Response(status_code=200, headers={"HX-Redirect": address, "HX-Reswap": "none"})
    else:
        response = RedirectResponse(address, status_code=303)
    if toast is not None:
        response.set_cookie(FLASH_COOKIE, write_flash(toast), max_age=_FLASH_SECONDS, samesite="lax", httponly=True)
    return response


def toast_html(place: Place, toast: Toast) -> str:
    """A toast to be put beside whatever else an answer swaps in."""
    inner = render_text("fragments/toast.html", fragment(place, toast=toast))
    return f'<div hx-swap-oob="innerHTML:#toasts">{inner}</div>'


def announce(**events: Any) -> dict[str, str]:  # noqa: ANN401 - JSON for the browser
    """Headers that make app.js do something after the swap, e.g. `say="Approved"`."""
    return {"HX-Trigger-After-Settle": json.dumps({f"lm:{name}": value for name, value in events.items()})}
