"""The control API of the platforms' twins: what they hold, how they are set up, their tokens, and their clock."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.moved_clock import MovedClock
from leadmetrics_pipelines.sandbox.oauth import PERSON
from leadmetrics_pipelines.sandbox.world import Held, Twin


class Step(BaseModel):
    """How far the platforms' clock is moved on."""

    seconds: float = Field(ge=0, le=400 * 86400)


def build_router(twins: tuple[Twin, ...], clock: MovedClock) -> APIRouter:
    """The routes `/platforms/...` and `/clock`."""
    routes = APIRouter(tags=["control"])
    by_party = {twin.party: twin for twin in twins}

    def twin_of(party: Party) -> Twin:
        if party not in by_party:
            raise HTTPException(404, f"{party} is no platform with OAuth here.")
        return by_party[party]

    @routes.get("/platforms/{party}/held")
    async def held(party: Party) -> list[Held]:
        """Everything a platform holds, oldest first."""
        return twin_of(party).held()

    @routes.get("/platforms/held")
    async def held_by_all() -> list[Held]:
        """Everything all platforms hold."""
        return [thing for twin in twins for thing in twin.held()]

    @routes.put("/platforms/{party}")
    async def set_up(party: Party, changes: dict[str, object]) -> dict[str, object]:
        """Change how a platform behaves or what its accounts are like; the whole set-up."""
        try:
            return twin_of(party).set_up(changes)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @routes.post("/platforms/{party}/revoke")
    async def revoke(party: Party, person: str = PERSON) -> dict[str, int]:
        """End every token of a person, as removing the app does."""
        return {"ended": twin_of(party).consents.end_person(person)}

    @routes.post("/platforms/{party}/expire")
    async def expire(party: Party, person: str = PERSON) -> dict[str, int]:
        """Let a person's access tokens run out now; refresh tokens stay."""
        return {"ended": twin_of(party).consents.expire_access(person)}

    @routes.post("/clock")
    async def advance(step: Step) -> dict[str, str]:
        """Move the platforms' clock on; calls in the log keep the real time."""
        return {"now": clock.advance(step.seconds).isoformat()}

    return routes


def forget_all(twins: tuple[Twin, ...], clock: MovedClock) -> Callable[[], None]:
    """What a reset does here."""

    def forget() -> None:
        clock.set_right()
        for twin in twins:
            twin.forget()

    return forget
