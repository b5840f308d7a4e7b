"""The twin's memory: posts and the set-up in the journal. No rules."""

from __future__ import annotations

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.state import Journal
from leadmetrics_pipelines.sandbox.tiktok.models import Post, Setup

_FIRST_NUMBER = 7_573_000_000_000_000_001


class Store:
    """Everything that was posted."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    @property
    def setup(self) -> Setup:
        """How the twin behaves."""
        body = self._journal.get("tiktok.setup", "setup")
        return Setup.model_validate_json(body) if body is not None else Setup()

    def change(self, changes: dict[str, object]) -> Setup:
        """Change the set-up. Raises ValueError."""
        changed = Setup.model_validate({**self.setup.model_dump(), **changes})
        self._journal.put("tiktok.setup", "setup", changed.model_dump_json())
        return changed

    def next_number(self) -> int:
        """An id that no post has yet: 64 bits, more than a JavaScript number holds."""
        return _FIRST_NUMBER + len(self.posts())

    def posts(self) -> list[Post]:
        """All posts, oldest first."""
        found = [self._read(body) for body in self._journal.load("tiktok.post")]
        return sorted(found, key=lambda post: post.number)

    def post(self, publish_id: str) -> Post | None:
        """The post that a call started."""
        body = self._journal.get("tiktok.post", publish_id)
        return self._read(body) if body is not None else None

    def keep(self, post: Post) -> Post:
        """Store a post."""
        self._journal.put("tiktok.post", post.publish_id, post.model_dump_json())
        return post

    def _read(self, body: str) -> Post:
        """A post as it is now: work ends by itself, whether anybody asks or not."""
        post = Post.model_validate_json(body)
        if post.polls_left and self._clock.now() >= post.done_at:
            return post.model_copy(update={"polls_left": 0})
        return post

    def forget(self) -> None:
        """Forget everything that was posted, the set-up and all tokens."""
        for prefix in ("tiktok.", "oauth.tiktok."):
            self._journal.remove_kinds(prefix)
