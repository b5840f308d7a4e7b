"""The twin of WordPress.com: OAuth 2.1, the person's sites, and WordPress's REST for each of them.

Written from platform_apis.md 8.6; what posts and pictures do is the WordPress twin's. Dana is administrator of one site
and author of another; of a third she is a contributor and may not publish. Set-up: `Behaviour`.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.oauth import PERSON, Consents, OAuthRules
from leadmetrics_pipelines.sandbox.wordpress.models import UNCATEGORIZED, Role, SiteSettings, Term, User
from leadmetrics_pipelines.sandbox.wordpress.store import Site, make_user
from leadmetrics_pipelines.sandbox.wordpress_com import problems, rest, sign_in
from leadmetrics_pipelines.sandbox.world import Held, World

_RULES = OAuthRules(access_seconds=14 * 86400, refresh_seconds=None, pkce="required")


class Blog(BaseModel):
    """One site at WordPress.com, and what Dana is there."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    host: str
    role: Role


BLOGS = (
    Blog(id=101, name="Acme Garden Furniture", host="acmegarden.wordpress.com", role="administrator"),
    Blog(id=102, name="Acme Balcony Notes", host="acmebalcony.wordpress.com", role="author"),
    Blog(id=103, name="Old Shed", host="oldshed.wordpress.com", role="contributor"),
)


class Behaviour(BaseModel):
    """How the twin behaves; the control API changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["", "author", "contributor", "subscriber"] = ""
    """What Dana is on every site; empty: as in `BLOGS`."""
    rotates: bool = False
    """Whether refresh tokens are good once."""


class WordPressComTwin:
    """Three sites. Their content is the WordPress twin's `Site`."""

    party: Party = "wordpress_com"

    def __init__(self, world: World) -> None:
        self.consents = Consents(self.party, _RULES, world.journal, world.clock)
        self.behaviour = Behaviour()
        self.clock = world.clock
        self._journal = world.journal
        self._sites = {blog.id: self._open(blog) for blog in BLOGS}
        self.router = APIRouter()
        for part in (sign_in, rest):
            self.router.include_router(part.build_router(self))

    def held(self) -> list[Held]:
        found = [self._hold(blog, post_id) for blog in BLOGS for post_id in self.site(blog).posts]
        return sorted(found, key=lambda held: held.at)

    def error_body(self, status: int) -> tuple[str, str]:
        return problems.usual_body(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        self.behaviour = Behaviour.model_validate({**self.behaviour.model_dump(), **changes})
        self.consents.rules = _RULES.model_copy(update={"rotates": self.behaviour.rotates})
        return self.behaviour.model_dump()

    def forget(self) -> None:
        self.behaviour = Behaviour()
        self.consents.rules = _RULES
        self._journal.remove_kinds(f"oauth.{self.party}.")
        for site in self._sites.values():
            for post_id in list(site.posts):
                site.drop_post(post_id)
            for media_id in list(site.media):
                site.drop_media(media_id)
            for term_id in [number for number in site.terms if number != UNCATEGORIZED]:
                site.drop_term(term_id)

    def blogs(self) -> tuple[Blog, ...]:
        """All sites that Dana belongs to."""
        return BLOGS

    def hosts(self) -> list[str]:
        """Where they are public."""
        return [blog.host for blog in BLOGS]

    def blog(self, named: str) -> Blog | None:
        """By its number or its host."""
        return next((blog for blog in BLOGS if named in {str(blog.id), blog.host}), None)

    def site(self, blog: Blog) -> Site:
        """Its content."""
        return self._sites[blog.id]

    def dana(self, blog: Blog) -> User:
        """The person there, with the role that is set up."""
        user = next(user for user in self.site(blog).users.values() if user.login == PERSON)
        return user.model_copy(update={"role": self.behaviour.role or blog.role})

    def _open(self, blog: Blog) -> Site:
        site = Site(name=blog.host, journal=self._journal)
        site.load()
        if not site.users:
            site.keep_settings(SiteSettings(title=blog.name))
            site.keep_term(Term(id=UNCATEGORIZED, taxonomy="category", name="Uncategorized", slug="uncategorized"))
            make_user(site, login=PERSON, role=blog.role, now=self.clock.now())
        return site

    def _hold(self, blog: Blog, post_id: int) -> Held:
        post = self.site(blog).posts[post_id]
        return Held(
            party=self.party, account=str(blog.id), kind="post", id=str(post.id), state=post.status,
            is_public=post.status == "publish", text=f"{post.title}\n{post.content}",
            url=f"/{blog.host}/{post.slug}/", images=int(bool(post.featured_media)), at=post.date,
        )  # fmt: skip
