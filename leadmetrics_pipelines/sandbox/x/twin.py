"""X as a whole: its routes, and its hand for the control API."""

from __future__ import annotations

from fastapi import APIRouter

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.world import Held, World
from leadmetrics_pipelines.sandbox.x import media, public_pages, sign_in, tweets
from leadmetrics_pipelines.sandbox.x.models import USERNAME, Post
from leadmetrics_pipelines.sandbox.x.rest import usual_error
from leadmetrics_pipelines.sandbox.x.store import Account
from leadmetrics_pipelines.sandbox.x.texts import shorten


class XTwin:
    """X, API v2. Dana's account is @acmegarden, number 2244994945.

    `set_up` takes the fields of `models.SetUp` (`lists_lag_seconds`, `processing_polls`, `processing_fails`,
    `withheld_scopes`, `suspended`, `allows_replies`, `credits`, `monthly_cap_reached`, `rate_limits`,
    `duplicate_hours`, `profile`, `metrics`), and two acts of a person on the platform: `delete_post` (an id) and
    `edit_post` ({"id": id, "text": new text}).
    """

    party: Party = "x"

    def __init__(self, world: World) -> None:
        self.account = Account(world)
        self.consents = self.account.consents
        self.router = APIRouter()
        for room in (sign_in, tweets, media, public_pages):
            self.router.include_router(room.build_router(self.account))

    def held(self) -> list[Held]:
        return [_held_post(post) for post in self.account.posts()]

    def error_body(self, status: int) -> tuple[str, str]:
        return usual_error(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        rest = dict(changes)
        deleted, edited = rest.pop("delete_post", None), rest.pop("edit_post", None)
        if deleted is not None:
            self.account.keep_post(self._post(deleted).model_copy(update={"is_deleted": True}))
        if isinstance(edited, dict):
            sent = str(edited.get("text", ""))
            text, links = shorten(sent)
            changed = {"sent": sent, "text": text, "links": links}
            self.account.keep_post(self._post(edited.get("id")).model_copy(update=changed))
        return self.account.change(rest).model_dump()

    def forget(self) -> None:
        self.account.forget()

    def _post(self, number: object) -> Post:
        post = self.account.post(str(number))
        if post is None:
            raise ValueError(f"There is no post {number}.")
        return post


def _held_post(post: Post) -> Held:
    return Held(
        party="x", account=USERNAME, kind="reply" if post.reply_to else "post", id=post.id,
        state="deleted" if post.is_deleted else "live", is_public=not post.is_deleted, text=post.sent,
        url=public_pages.post_address("", post.id), images=len(post.media), at=post.created_at,
    )  # fmt: skip
