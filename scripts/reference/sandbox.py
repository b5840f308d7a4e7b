"""The page of the sandbox: what it plays, how it is told to misbehave, how it is looked at."""

from __future__ import annotations

import json

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.sandbox import control, platform_control
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import HOSTS, PARTIES, FaultBook, Match, NewRule, Party
from leadmetrics_pipelines.sandbox.moved_clock import MovedClock
from leadmetrics_pipelines.sandbox.page import PRESETS
from leadmetrics_pipelines.sandbox.parties import make_twins
from leadmetrics_pipelines.sandbox.state import Journal
from leadmetrics_pipelines.sandbox.wordpress.models import SiteSettings
from leadmetrics_pipelines.sandbox.wordpress.store import DEFAULT_SITE, DEFAULT_USERS, Sites
from leadmetrics_pipelines.sandbox.world import World
from scripts.reference.markdown import code, codes, first_paragraph, page, table, whole_text

_ABOUT = f"""
A local twin of every outside party, over its real wire protocol. The demo and the tests use it; product code does not
know it. `leadmetrics sandbox` serves it on `LEADMETRICS_SANDBOX_PORT` of this machine alone. How to use it:
[misbehave on purpose](../how-to/misbehave-on-purpose.md).

- `/` is a page with everything that was posted, the last model calls, and buttons for faults.
- `/wordpress/<site>` is a WordPress site; `{DEFAULT_SITE}` is there from the start, with its public pages.
- `/<host>/...` is what the host of a platform answers, e.g. `/api.linkedin.com/rest/posts`; a person's consent is asked
  for on the platform's own page. Public pages of what was posted are under the host that shows them.
- `/anthropic` is the Messages API. Its answers follow from the request alone, so the same request gets the same
  answer. Its answers carry the header `x-sandbox`, and the model's name ends in `+sandbox`, which every session
  shows.
"""

_TWINS = """
`PUT /platforms/{party}` changes how a platform behaves; what is left out stays. What each word means is said in the
twin's own module. Tokens, quotas and waiting go by the sandbox's own clock, which `POST /clock` moves.
"""


def make_page() -> str:
    """`docs/reference/sandbox.md`."""
    users = [(code(login), role, code(password)) for login, role, password in DEFAULT_USERS]
    return page(
        "Sandbox", _ABOUT,
        "## Users of a new site", table(("user name", "role", "application password"), users),
        "## Control", table(("route", "what it does"), _routes()),
        "## Platforms", _TWINS, table(("party", "hosts", "how it is set up at first"), _twins()),
        "## Faults", _faults(),
        "## A site's settings", "For `PUT /sites/<name>`; what is left out stays.", _fields(SiteSettings),
    )  # fmt: skip


def _routes() -> list[tuple[str, str]]:
    journal, clock = Journal(None), MovedClock(SystemClock())
    parts = (
        control.build_router(
            FaultBook(), Sites(journal), ModelMemory(journal), clock, forget_others=lambda: None
        ),
        platform_control.build_router((), clock),
    )  # fmt: skip
    journal.close()
    paths = get_openapi(title="sandbox", version="1", routes=[route for part in parts for route in part.routes])[
        "paths"
    ]
    return [
        (code(f"{method.upper()} {path}"), first_paragraph(route.get("description")))
        for path, methods in paths.items()
        for method, route in methods.items()
    ]


def _twins() -> list[tuple[str, str, str]]:
    journal = Journal(None)
    twins = make_twins(World(journal=journal, clock=MovedClock(SystemClock())))
    rows = [
        (code(twin.party), codes(_hosts(twin.party)), code(json.dumps(twin.set_up({}), default=str))) for twin in twins
    ]
    journal.close()
    return sorted(rows)


def _hosts(party: Party) -> list[str]:
    return [host for host, owner in HOSTS.items() if owner == party]


def _faults() -> str:
    presets = [(label, code(rule.party), code(rule.effect)) for label, rule in PRESETS.values()]
    return "\n\n".join([
        f"A rule hits calls to one party ({codes(PARTIES)}). {whole_text(NewRule.__doc__)}",
        "A rule, for `POST /faults`:", _fields(NewRule), "Its `match`:", _fields(Match),
        "Rules live in memory: a restart of the sandbox forgives. These are one click away on its page:",
        table(("button", "party", "effect"), presets),
    ])  # fmt: skip


def _fields(model: type[BaseModel]) -> str:
    rows = []
    for name, field in model.model_fields.items():
        default = "" if field.is_required() else code(_plain(field.get_default(call_default_factory=True)))
        rows.append((code(name), default, field.description or ""))
    return table(("field", "default", "what it is"), rows)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return "{}"
    return {None: "null", True: "true", False: "false"}.get(value, value) if isinstance(value, bool | None) else value
