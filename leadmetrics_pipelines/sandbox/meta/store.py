"""The twin's memory: typed documents in the journal. No rules."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.meta.models import PAGES, Comment, Container, Page, Photo, Post, Setup
from leadmetrics_pipelines.sandbox.state import Journal

_Stored = TypeVar("_Stored", bound=BaseModel)
_FIRST_ID = 900_000_000_001


class Store:
    """Everything that was posted, by kind and id."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def setup(self) -> Setup:
        """How the twin behaves."""
        return self._get("setup", "setup", Setup) or Setup()

    def change(self, changes: dict[str, object]) -> Setup:
        """Change the set-up. Raises ValueError."""
        changed = Setup.model_validate({**self.setup.model_dump(), **changes})
        self._put("setup", "setup", changed)
        return changed

    def next_id(self) -> str:
        """A number that nothing has yet, as Meta's ids are."""
        count = int(self._journal.get("meta.count", "count") or "0")
        self._journal.put("meta.count", "count", str(count + 1))
        return str(_FIRST_ID + count)

    def photo(self, key: str) -> Photo | None:
        """A photo by its id."""
        return self._get("photo", key, Photo)

    def photo_bytes(self, key: str) -> bytes:
        """What was uploaded."""
        return self._journal.data("meta.photo", key) or b""

    def keep_photo(self, photo: Photo, data: bytes) -> None:
        """Store a photo."""
        self._journal.put("meta.photo", photo.id, photo.model_dump_json(), data)

    def post(self, key: str) -> Post | None:
        """A post or medium by its id."""
        return self._get("post", key, Post)

    def posts(self, account: str | None = None) -> list[Post]:
        """Posts and media, of one account or all, oldest first."""
        found = [Post.model_validate_json(body) for body in self._journal.load("meta.post")]
        chosen = [post for post in found if account is None or post.account == account]
        return sorted(chosen, key=lambda post: (post.at, post.id))

    def keep_post(self, post: Post) -> Post:
        """Store a post."""
        self._put("post", post.id, post)
        return post

    def container(self, key: str) -> Container | None:
        """A container by its id."""
        return self._get("container", key, Container)

    def containers(self) -> list[Container]:
        """All containers."""
        return [Container.model_validate_json(body) for body in self._journal.load("meta.container")]

    def keep_container(self, container: Container) -> Container:
        """Store a container."""
        self._put("container", container.id, container)
        return container

    def comments(self, post: str | None = None) -> list[Comment]:
        """Comments, under one post or all, oldest first."""
        found = [Comment.model_validate_json(body) for body in self._journal.load("meta.comment")]
        return sorted((entry for entry in found if post is None or entry.post == post), key=lambda entry: entry.id)

    def keep_comment(self, comment: Comment) -> Comment:
        """Store a comment."""
        self._put("comment", comment.id, comment)
        return comment

    def forget(self) -> None:
        """Forget everything that was posted, the set-up and all tokens."""
        for prefix in ("meta.", "oauth.meta."):
            self._journal.remove_kinds(prefix)

    def _get(self, kind: str, key: str, shape: type[_Stored]) -> _Stored | None:
        body = self._journal.get(f"meta.{kind}", key)
        return shape.model_validate_json(body) if body is not None else None

    def _put(self, kind: str, key: str, value: BaseModel) -> None:
        self._journal.put(f"meta.{kind}", key, value.model_dump_json())


def page_of(key: str) -> Page | None:
    """A Page by its id."""
    return next((page for page in PAGES if page.id == key), None)


def instagram_of(key: str) -> Page | None:
    """The Page to which an Instagram account is linked."""
    return next((page for page in PAGES if page.instagram == key), None)
