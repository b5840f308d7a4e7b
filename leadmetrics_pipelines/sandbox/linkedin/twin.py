"""LinkedIn as a whole: its routes behind the errors they raise, and its hand for the control API."""

from __future__ import annotations

from fastapi import APIRouter

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.linkedin import comments, images, organizations, posts, public_pages, sign_in
from leadmetrics_pipelines.sandbox.linkedin.little_text import read_text
from leadmetrics_pipelines.sandbox.linkedin.models import Comment, Post
from leadmetrics_pipelines.sandbox.linkedin.rest import usual_error
from leadmetrics_pipelines.sandbox.linkedin.store import Pages
from leadmetrics_pipelines.sandbox.world import Held, World

_ROOMS = (sign_in, posts, images, comments, organizations, public_pages)


class LinkedInTwin:
    """LinkedIn Company Pages.

    Dana is administrator of page 2414183 ("Acme Garden Furniture"), content administrator of 2414184 and only an
    analyst of 2414185.

    `set_up` takes the fields of `models.SetUp` (`lists_lag_seconds`, `processing_polls`, `processing_fails`,
    `withheld_scopes`, `roles`, `organization`, `fresh_token_refusals`, `issues_refresh`, `oldest_version`,
    `duplicate_hours`, `daily_posts`, `figures`), and two acts of a person on the platform: `delete_post` (a URN) and
    `edit_post` ({"id": URN, "text": new text}).
    """

    party: Party = "linkedin"

    def __init__(self, world: World) -> None:
        self.pages = Pages(world)
        self.consents = self.pages.consents
        self.router = APIRouter()
        for room in _ROOMS:
            self.router.include_router(room.build_router(self.pages))

    def held(self) -> list[Held]:
        things = [*map(_held_post, self.pages.posts()), *map(_held_comment, self.pages.comments())]
        return sorted(things, key=lambda thing: (thing.at, thing.id))

    def error_body(self, status: int) -> tuple[str, str]:
        return usual_error(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        rest = dict(changes)
        deleted, edited = rest.pop("delete_post", None), rest.pop("edit_post", None)
        if deleted is not None:
            self.pages.keep_post(self._post(deleted).model_copy(update={"is_deleted": True}))
        if isinstance(edited, dict):
            posts.edit_post(self.pages, self._post(edited.get("id")), str(edited.get("text", "")))
        return self.pages.change(rest).model_dump()

    def forget(self) -> None:
        self.pages.forget()

    def _post(self, urn: object) -> Post:
        post = self.pages.post(str(urn))
        if post is None:
            raise ValueError(f"There is no post {urn}.")
        return post


def _held_post(post: Post) -> Held:
    return Held(
        party="linkedin", account=post.author.rpartition(":")[2], kind="post", id=post.urn,
        state="DELETED" if post.is_deleted else post.lifecycle, is_public=not post.is_deleted,
        text=read_text(post.commentary), url=public_pages.post_address("", post.urn),
        images=len(public_pages.images_in(post.content)), at=post.created_at,
    )  # fmt: skip


def _held_comment(comment: Comment) -> Held:
    return Held(
        party="linkedin", account=comment.actor.rpartition(":")[2], kind="comment", id=comment.id, state="PUBLISHED",
        is_public=True, text=comment.text, at=comment.created_at,
    )  # fmt: skip
