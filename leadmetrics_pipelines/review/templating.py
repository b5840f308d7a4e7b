"""Templates: the Jinja environment, and answers made with it. What a page shows is prepared by `presenters/`."""

from __future__ import annotations

import functools
import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from leadmetrics_pipelines.review.assets import asset_url

# htmx: no eval and no inline style (the policy forbids both), no page kept in the browser's storage, and answers that
# say what is wrong (4xx) are shown where they belong. A 5xx is announced by app.js instead.
_HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "scrollIntoViewOnBoost": False,
    "timeout": 30000,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "4..", "swap": True, "error": False},
        {"code": "5..", "swap": True, "error": True},
    ],
}

KEY_HELP = (
    (("j", "k"), "Next, previous item"),
    (("Enter",), "Open the item"),
    (("a",), "Approve"),
    (("r",), "Request changes"),
    (("d",), "Reject (also Shift R)"),
    (("e",), "Edit"),
    (("x",), "Select for a bulk decision"),
    (("z",), "Undo the last decision"),
    (("c",), "Comment"),
    (("Ctrl", "K"), "Search or jump to"),
    (("g", "t"), "Go to Today (g i: Inbox, g m: Month)"),
    (("Ctrl", "Enter"), "Send the form you are in"),
    (("Esc",), "Close, or leave the field"),
    (("?",), "These keys"),
)


@functools.cache
def templates() -> Environment:
    """The one environment; templates are compiled once per process."""
    environment = Environment(
        loader=PackageLoader("leadmetrics_pipelines.review", "templates"), autoescape=True, auto_reload=False,
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    environment.globals.update(
        asset=asset_url,
        icon=_icon,
        csrf=_csrf_field,
        htmx_config=json.dumps(_HTMX),
        key_help=KEY_HELP,
        csrf_token="",
        theme="",
        rail="",
        flash=None,
    )
    # The same on every page, so drawn once.
    keys = environment.get_template("layout/keys.html").render(key_help=KEY_HELP)
    environment.globals["keys_html"] = Markup(keys)  # noqa: S704 - our own template
    return environment


@functools.cache
def _icon(name: str) -> Markup:
    """A drawing of the sprite. A function with a memory, not a macro: a page draws dozens of the same few."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(asset_url("icons.svg"), name)


@pass_context
def _csrf_field(context: Context) -> Markup:
    """The hidden field that proves that a form is one of ours. Here, so that components need no page's context."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["csrf_token"])


def render_text(template: str, context: dict[str, Any]) -> str:
    """The text of a template."""
    return templates().get_template(template).render(context)


def respond(
    template: str, context: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """An answer from a template."""
    return HTMLResponse(render_text(template, context), status_code=status, headers=headers)
