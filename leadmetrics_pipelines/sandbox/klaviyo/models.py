"""What the twin of Klaviyo keeps, and how it may be set up."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

CAMPAIGNS = "klaviyo.campaign"
TEMPLATES = "klaviyo.template"
REVISION = "2026-10-15"
METRICS = {"RECVD1": "Received Email", "OPENED": "Opened Email", "CLICKD": "Clicked Email",
           "UNSUBM": "Unsubscribed from Email Marketing", "RESQ6t": "Placed Order"}  # fmt: skip
SCOPES = (
    "lists:read", "campaigns:read", "campaigns:write", "templates:read", "templates:write", "metrics:read",
    "accounts:read",
)  # fmt: skip


class PeopleList(BaseModel):
    """A list of profiles."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    profiles: int


LISTS = (
    PeopleList(id="Y6nRLr", name="Acme Garden Furniture newsletter", profiles=2310),
    PeopleList(id="T4zQ8w", name="Acme Garden Furniture balcony tips", profiles=415),
)


class Template(BaseModel):
    """A mail's text. Assigning it to a message makes a clone."""

    id: str
    name: str
    html: str
    made: datetime


class Campaign(BaseModel):
    """One campaign with its one message. `job`: the status of its send job, None before there is one."""

    id: str
    name: str
    list_id: str
    content: dict[str, str]
    message_id: str
    template_id: str | None = None
    status: str = "Draft"
    job: str | None = None
    made: datetime
    sent_at: datetime | None = None
    recipients: int = 0
    polls_left: int = 0


class Behaviour(BaseModel):
    """How the twin behaves; the control API changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lists_lag_seconds: float = Field(default=0, ge=0)
    """A new campaign is missing from `GET /api/campaigns` for so long."""
    job_polls: int = Field(default=1, ge=0)
    """How often a send job is seen as under way before it is complete."""
    cancel_reason: str = ""
    """Klaviyo cancels what is sent, and says this; empty: it does not."""
    role_lost: bool = False
    """The person may read, not write."""
    rotates: bool = False
    """Whether refresh tokens are good once."""
    retired_revision: str = ""
    """A `revision` that is answered with 410."""
