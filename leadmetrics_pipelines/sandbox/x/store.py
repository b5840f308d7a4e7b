"""X's memory: posts and media in the journal, the set-up, the consents, and how often each endpoint was called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules
from leadmetrics_pipelines.sandbox.world import World
from leadmetrics_pipelines.sandbox.x.models import PROFILE, Media, Post, SetUp

_FIRST_ID = 1_880_000_000_000_000_000
_RULES = OAuthRules(
    access_seconds=7200, refresh_seconds=180 * 86400, rotates=True, replay_ends_family=True, pkce="required",
    code_seconds=30,
)  # fmt: skip
_WINDOW = 900
#: Calls of one user in 15 minutes (reference platform_apis.md 10.3).
LIMITS = {
    "POST /2/tweets": 100, "DELETE /2/tweets/:id": 50, "GET /2/users/:id/tweets": 900, "GET /2/users/me": 75,
    "POST /2/media/upload": 500, "POST /2/media/upload/parts": 1875,
}  # fmt: skip
_OTHERS = 900
_Kept = TypeVar("_Kept", bound=BaseModel)


class Account:
    """Dana's account @acmegarden, the app's consents, and the app's rate limits."""

    def __init__(self, world: World) -> None:
        self.clock = world.clock
        self.consents = Consents("x", _RULES, world.journal, world.clock)
        self._journal = world.journal
        self._windows: dict[str, tuple[int, int]] = {}

    @property
    def set_up(self) -> SetUp:
        """How it behaves now."""
        body = self._journal.get("x.setup", "all")
        return SetUp.model_validate_json(body) if body else SetUp()

    def change(self, changes: dict[str, Any]) -> SetUp:
        """Another set-up. Raises ValueError for a name or value that there is not."""
        old = self.set_up.model_dump()
        merged = {name: {**old[name], **value} if isinstance(value, dict) and isinstance(old.get(name), dict) else value
                  for name, value in changes.items()}  # fmt: skip
        new = SetUp.model_validate({**old, **merged})
        self._journal.put("x.setup", "all", new.model_dump_json())
        return new

    def forget(self) -> None:
        """Be as on the first day."""
        self._journal.remove_kinds("x.")
        self._journal.remove_kinds("oauth.x.")
        self._windows.clear()

    def profile(self) -> dict[str, Any]:
        """Who the account is."""
        changed = {**PROFILE, **self.set_up.profile}
        return {name: value for name, value in changed.items() if value is not None}

    def count_call(self, endpoint: str) -> tuple[int, int, int]:
        """One call more: how many are left (below 0: one too many), of how many, and when it begins anew."""
        most = self.set_up.rate_limits.get(endpoint, LIMITS.get(endpoint, _OTHERS))
        now = int(self.clock.now().timestamp())
        ends, used = self._windows.get(endpoint, (0, 0))
        if now >= ends:
            ends, used = now + _WINDOW, 0
        self._windows[endpoint] = (ends, used + 1)
        return most - used - 1, most, ends

    def next_id(self) -> str:
        """A number that was not given out before."""
        given = int(self._journal.get("x.last", "id") or _FIRST_ID) + 1
        self._journal.put("x.last", "id", str(given))
        return str(given)

    def posts(self) -> list[Post]:
        """All posts, deleted ones too, oldest first."""
        return [Post.model_validate_json(body) for body in self._journal.load("x.post")]

    def post(self, number: str) -> Post | None:
        """A post that is not deleted."""
        found = self._one("post", number, Post)
        return None if found is None or found.is_deleted else found

    def shown_posts(self) -> list[Post]:
        """What the timeline shows, newest first: nothing that is deleted or too new."""
        newest = self.clock.now() - timedelta(seconds=self.set_up.lists_lag_seconds)
        return [p for p in reversed(self.posts()) if not p.is_deleted and p.created_at <= newest]

    def keep_post(self, post: Post) -> None:
        """Store a post as it is now."""
        self._journal.put("x.post", post.id, post.model_dump_json())

    def media(self, number: str) -> Media | None:
        """An upload that has not ended."""
        found = self._one("media", number, Media)
        return None if found is None or found.ends_at <= self.clock.now() else found

    def keep_media(self, media: Media, data: bytes | None = None) -> None:
        """Store an upload as it is now."""
        self._journal.put("x.media", media.id, media.model_dump_json(), data)

    def media_data(self, number: str) -> bytes | None:
        """The bytes of an upload."""
        return self._journal.data("x.media", number)

    def _one(self, kind: str, key: str, shape: type[_Kept]) -> _Kept | None:
        body = self._journal.get(f"x.{kind}", key)
        return shape.model_validate_json(body) if body is not None else None
