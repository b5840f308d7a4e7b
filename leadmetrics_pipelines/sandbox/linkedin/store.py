"""LinkedIn's memory: everything by its URN in the journal, the set-up, and who may do what on which page."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.linkedin.models import MAIN_PAGE, PAGES, Comment, Picture, Post, SetUp
from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules
from leadmetrics_pipelines.sandbox.world import World

_FIRST_ID = 7_141_000_000_000_000_000
_RULES = OAuthRules(access_seconds=5_184_000, refresh_seconds=31_536_000, code_seconds=1800)
_Kept = TypeVar("_Kept", bound=BaseModel)


class Pages:
    """All pages, what is on them, and the consents of the people who look after them."""

    def __init__(self, world: World) -> None:
        self.clock = world.clock
        self.consents = Consents("linkedin", _RULES, world.journal, world.clock)
        self._journal = world.journal
        self._refused: Counter[str] = Counter()

    @property
    def set_up(self) -> SetUp:
        """How it behaves now."""
        body = self._journal.get("linkedin.setup", "all")
        return SetUp.model_validate_json(body) if body else SetUp()

    def change(self, changes: dict[str, Any]) -> SetUp:
        """Another set-up. Raises ValueError for a name or value that there is not."""
        old = self.set_up.model_dump()
        merged = {name: {**old[name], **value} if isinstance(value, dict) and isinstance(old.get(name), dict) else value
                  for name, value in changes.items()}  # fmt: skip
        new = SetUp.model_validate({**old, **merged})
        self._journal.put("linkedin.setup", "all", new.model_dump_json())
        self.consents.rules = _RULES.model_copy(update={"issues_refresh": new.issues_refresh})
        return new

    def forget(self) -> None:
        """Be as on the first day."""
        self._journal.remove_kinds("linkedin.")
        self._journal.remove_kinds("oauth.linkedin.")
        self.consents.rules = _RULES
        self._refused.clear()

    def page(self, number: str) -> dict[str, Any] | None:
        """What a page says of itself."""
        found = PAGES.get(number)
        if found is None or number != MAIN_PAGE:
            return found
        changed = {**found, **self.set_up.organization}
        return {name: value for name, value in changed.items() if value is not None}

    def role_on(self, number: str) -> str:
        """Dana's role on a page; empty: none."""
        return self.set_up.roles.get(number, "")

    def refuses_fresh(self, token: str) -> bool:
        """Whether this call of a new token is one of those that LinkedIn refuses."""
        self._refused[token] += 1
        return self._refused[token] <= self.set_up.fresh_token_refusals

    def next_id(self) -> str:
        """A number that was not given out before."""
        given = int(self._journal.get("linkedin.last", "id") or _FIRST_ID) + 1
        self._journal.put("linkedin.last", "id", str(given))
        return str(given)

    def posts(self) -> list[Post]:
        """All posts, deleted ones too, oldest first."""
        return self._all("post", Post)

    def post(self, urn: str) -> Post | None:
        """A post that is not deleted."""
        found = self._one("post", urn, Post)
        return None if found is None or found.is_deleted else found

    def keep_post(self, post: Post) -> None:
        """Store a post as it is now."""
        self._journal.put("linkedin.post", post.urn, post.model_dump_json())

    def shown_posts(self, author: str) -> list[Post]:
        """What lists show of an author: nothing that is deleted or too new."""
        newest = self.clock.now() - timedelta(seconds=self.set_up.lists_lag_seconds)
        return [p for p in self.posts() if p.author == author and not p.is_deleted and p.created_at <= newest]

    def pictures(self) -> list[Picture]:
        """All pictures."""
        return self._all("picture", Picture)

    def picture(self, urn: str) -> Picture | None:
        """A picture."""
        return self._one("picture", urn, Picture)

    def keep_picture(self, picture: Picture, data: bytes | None = None) -> None:
        """Store a picture as it is now."""
        self._journal.put("linkedin.picture", picture.urn, picture.model_dump_json(), data)

    def picture_data(self, urn: str) -> bytes | None:
        """The bytes of a picture."""
        return self._journal.data("linkedin.picture", urn)

    def comments(self, post: str | None = None) -> list[Comment]:
        """All comments, or those below a post, oldest first."""
        return [c for c in self._all("comment", Comment) if post is None or c.post == post]

    def keep_comment(self, comment: Comment) -> None:
        """Store a comment."""
        self._journal.put("linkedin.comment", comment.id, comment.model_dump_json())

    def _all(self, kind: str, shape: type[_Kept]) -> list[_Kept]:
        return [shape.model_validate_json(body) for body in self._journal.load(f"linkedin.{kind}")]

    def _one(self, kind: str, key: str, shape: type[_Kept]) -> _Kept | None:
        body = self._journal.get(f"linkedin.{kind}", key)
        return shape.model_validate_json(body) if body is not None else None
