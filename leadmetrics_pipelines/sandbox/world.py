"""What every twin of a platform gets, and what it shows of itself to the control API and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.moved_clock import MovedClock
from leadmetrics_pipelines.sandbox.oauth import Consents
from leadmetrics_pipelines.sandbox.state import Journal


@dataclass(frozen=True, kw_only=True)
class World:
    """The means of all twins."""

    journal: Journal
    clock: MovedClock


class Held(BaseModel):
    """One thing that a platform holds: a post, a campaign, a comment, whatever its state."""

    model_config = ConfigDict(frozen=True)

    party: Party
    account: str
    """The page, user, location, site or list that it belongs to."""
    kind: str
    """post, comment, container, campaign, item, photo, ..."""
    id: str
    state: str
    """The platform's own word."""
    is_public: bool
    """Whether a reader (of a campaign: a recipient) has seen or can see it."""
    text: str
    url: str = ""
    images: int = 0
    at: datetime


class Twin(Protocol):
    """One party. `router` has whole paths, each beginning with the host: `/api.example.com/v2/things`."""

    party: Party
    router: APIRouter
    consents: Consents

    def held(self) -> list[Held]:
        """Everything it holds, oldest first."""
        ...

    def error_body(self, status: int) -> tuple[str, str]:
        """What it says with an error status when a fault gives no body: content type and body."""
        ...

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        """Change how it behaves or what an account is like (each twin's README line says what); the whole set-up.

        Raises ValueError naming what is unknown.
        """
        ...

    def forget(self) -> None:
        """Forget everything that was posted, every token and every change of the set-up."""
        ...
