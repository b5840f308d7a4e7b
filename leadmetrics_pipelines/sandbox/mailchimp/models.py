"""What the twin of Mailchimp keeps, and how it may be set up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CAMPAIGNS = "mailchimp.campaign"

Status = Literal["save", "paused", "schedule", "sending", "sent", "canceled", "canceling", "archived"]


class Audience(BaseModel):
    """A list of people who get mail."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    members: int


AUDIENCES = (
    Audience(id="a1b2c3d4e5", name="Acme Garden Furniture newsletter", members=1840),
    Audience(id="f6a7b8c9d0", name="Acme Garden Furniture trade customers", members=96),
)


class Campaign(BaseModel):
    """One campaign. `polls_left`: how often it is still shown as sending."""

    id: str
    web_id: int
    list_id: str
    settings: dict[str, str]
    created: datetime
    status: Status = "save"
    html: str = ""
    emails_sent: int = 0
    sent_at: datetime | None = None
    polls_left: int = 0


class Behaviour(BaseModel):
    """How the twin behaves; the control API changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0)
    """A new campaign is missing from `GET /campaigns` for so long."""
    sending_polls: int = Field(default=1, ge=0)
    """How often a campaign is seen as `sending` before it is `sent`."""
    not_ready: str = ""
    """What the checklist finds wrong with every campaign; empty: nothing."""
    role_lost: bool = False
    """The person may read, not write."""
    sends_fail: bool = False
    """A send is taken in and the campaign is then cancelled by Mailchimp."""
