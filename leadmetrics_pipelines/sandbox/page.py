"""The sandbox's own page: what was posted, what the model was asked, which faults are in force, with buttons."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.anthropic.memory import ModelMemory
from leadmetrics_pipelines.sandbox.faults import FaultBook, Match, NewRule
from leadmetrics_pipelines.sandbox.views import PostView, view_post
from leadmetrics_pipelines.sandbox.wordpress.store import Site, Sites
from leadmetrics_pipelines.sandbox.wordpress.writing import publish_due
from leadmetrics_pipelines.sandbox.world import Twin

_CALLS_SHOWN = 20
_HELD_SHOWN = 30
_POST = Match(method="POST", path_regex=r"/wp/v2/posts(/\d+)?/?$")
#: The misbehaviours one click away, by name.
PRESETS: dict[str, tuple[str, NewRule]] = {
    "wordpress-lost-answer": (
        "WordPress: next post is stored, the answer is lost",
        NewRule(party="wordpress", effect="drop_after", match=_POST),
    ),
    "wordpress-refused": (
        "WordPress: next post, the connection breaks before it is read",
        NewRule(party="wordpress", effect="drop_before", match=_POST),
    ),
    "wordpress-maintenance": (
        "WordPress: maintenance (503) until cleared",
        NewRule(party="wordpress", effect="status", status=503, times=None),
    ),
    "wordpress-signed-out": (
        "WordPress: credentials not accepted (401) until cleared",
        NewRule(party="wordpress", effect="status", status=401, times=None),
    ),
    "linkedin-lost-answer": (
        "LinkedIn: next post is stored, the answer is lost",
        NewRule(party="linkedin", effect="drop_after", match=Match(method="POST", path_regex=r"/rest/posts$")),
    ),
    "meta-busy": (
        "Facebook and Instagram: 500 to the next three calls",
        NewRule(party="meta", effect="status", status=500, times=3),
    ),
    "google-limit": ("Google: rate limit (429), twice", NewRule(party="google", effect="status", status=429, times=2)),
    "wordpress-slow": (
        "WordPress: 2 seconds slower until cleared",
        NewRule(party="wordpress", effect="delay", seconds=2, times=None),
    ),
    "model-overloaded": (
        "Model: overloaded (529), three times",
        NewRule(party="anthropic", effect="status", status=529, times=3),
    ),
    "model-limit": (
        "Model: rate limit (429, retry after 5 s), once",
        NewRule(party="anthropic", effect="status", status=429, headers={"retry-after": "5"}),
    ),
    "model-cut": ("Model: next answer is cut off", NewRule(party="anthropic", effect="cut_answer")),
    "model-invalid": (
        "Model: next answer does not fit the schema",
        NewRule(party="anthropic", effect="invalid_answer"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class _SiteView:
    name: str
    url: str
    posts: list[PostView]
    pictures: int


def build_router(
    book: FaultBook, sites: Sites, memory: ModelMemory, clock: Clock, *, twins: tuple[Twin, ...]
) -> APIRouter:
    """The page `/` and the buttons on it."""
    routes = APIRouter(include_in_schema=False)
    environment = Environment(loader=PackageLoader("leadmetrics_pipelines.sandbox"), autoescape=True)
    template = environment.get_template("page.html")

    @routes.get("/")
    async def show(request: Request) -> HTMLResponse:
        for site in sites.all():
            publish_due(site, clock.now())
        return HTMLResponse(
            template.render(
                sites=[_view(site, f"{request.base_url}wordpress/{site.name}") for site in sites.all()],
                platforms=[
                    (twin.party.replace("_", " "), twin.held()[::-1][:_HELD_SHOWN], len(twin.held())) for twin in twins
                ],
                model_calls=memory.calls()[::-1][:_CALLS_SHOWN],
                rules=book.rules(),
                calls=book.calls()[::-1][:_CALLS_SHOWN],
                totals=book.totals(),
                presets={name: label for name, (label, _) in PRESETS.items()},
            )
        )

    @routes.post("/buttons/fault")
    async def set_fault(request: Request) -> RedirectResponse:
        chosen = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("preset", "")
        if chosen not in PRESETS:
            raise HTTPException(422, f"No preset {chosen!r}.")
        book.add(PRESETS[chosen][1])
        return RedirectResponse("/", status_code=303)

    @routes.post("/buttons/clear")
    async def clear() -> RedirectResponse:
        book.clear()
        return RedirectResponse("/", status_code=303)

    return routes


def _view(site: Site, url: str) -> _SiteView:
    newest_first = sorted(site.posts.values(), key=lambda post: post.id, reverse=True)
    return _SiteView(
        name=site.name, url=url, posts=[view_post(site, url, post) for post in newest_first], pictures=len(site.media)
    )
