"""The twin of Google: sign-in, Business Profile, Search Console, Analytics and the entrance of Google Ads.

One person, dana. Business Profile: two shops of Acme Garden Furniture she may use, a warehouse that is not verified,
and a location of an account whose invitation she has not accepted. `set_up` takes the fields of `desk.SetUp`.
"""

from __future__ import annotations

from fastapi import APIRouter

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.google import ads, analytics, business, desk, identity, posts, search_console
from leadmetrics_pipelines.sandbox.google.desk import Desk
from leadmetrics_pipelines.sandbox.world import Held, World


class GoogleTwin:
    """A `Twin`."""

    party: Party = "google"

    def __init__(self, world: World) -> None:
        self._desk = Desk(world)
        self.consents = self._desk.consents
        self.router = APIRouter()
        for room in (identity, business, posts, search_console, analytics, ads):
            self.router.include_router(room.build_router(self._desk))

    def held(self) -> list[Held]:
        return posts.held_posts(self._desk)

    def error_body(self, status: int) -> tuple[str, str]:
        return desk.error_body(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        return self._desk.change(changes).model_dump(mode="json")

    def forget(self) -> None:
        """Nothing to do: all is in the journal, which is emptied with it."""
