"""The twin of Klaviyo: consent with PKCE, one account, lists, templates, campaigns, send jobs, reports.

Written from platform_apis.md, section 13; metric aggregates and `profile_count` from the vendor's openapi. Dana's
account has the two lists of `models.LISTS`; any other id is unknown there. Set-up: `models.Behaviour`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TypeVar

from fastapi import APIRouter
from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.klaviyo import api, problems, reports, sign_in
from leadmetrics_pipelines.sandbox.klaviyo.models import (
    CAMPAIGNS,
    LISTS,
    TEMPLATES,
    Behaviour,
    Campaign,
    PeopleList,
    Template,
)
from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules
from leadmetrics_pipelines.sandbox.world import Held, World

REFRESH_SECONDS = 90 * 86400
_RULES = OAuthRules(access_seconds=3600, refresh_seconds=REFRESH_SECONDS, pkce="required", code_seconds=300)
_OUT = {"Sending", "Sent"}
_Stored = TypeVar("_Stored", bound=BaseModel)


class KlaviyoTwin:
    """One account. What comes in over HTTP is `api.py`'s, `reports.py`'s and `sign_in.py`'s."""

    party: Party = "klaviyo"

    def __init__(self, world: World) -> None:
        self.consents = Consents(self.party, _RULES, world.journal, world.clock)
        self.behaviour = Behaviour()
        self.clock = world.clock
        self._journal = world.journal
        self.router = APIRouter()
        for routes in (sign_in.build_router(self), api.build_router(self), reports.build_router(self)):
            self.router.include_router(routes)

    def held(self) -> list[Held]:
        return [self._hold(campaign) for campaign in self.campaigns()]

    def error_body(self, status: int) -> tuple[str, str]:
        return problems.usual_body(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        self.behaviour = Behaviour.model_validate({**self.behaviour.model_dump(), **changes})
        self.consents.rules = _RULES.model_copy(update={"rotates": self.behaviour.rotates})
        return self.behaviour.model_dump()

    def forget(self) -> None:
        self.behaviour = Behaviour()
        self.consents.rules = _RULES
        for kind in (CAMPAIGNS, TEMPLATES, f"oauth.{self.party}."):
            self._journal.remove_kinds(kind)

    def people(self, list_id: str) -> PeopleList:
        """Raises Refused."""
        found = next((people for people in LISTS if people.id == list_id), None)
        if found is None:
            raise problems.Refused(404)
        return found

    def campaigns(self) -> list[Campaign]:
        """All, oldest first."""
        found = [Campaign.model_validate_json(body) for body in self._journal.load(CAMPAIGNS)]
        return sorted(found, key=lambda campaign: campaign.made)

    def templates(self) -> list[Template]:
        """All, oldest first."""
        found = [Template.model_validate_json(body) for body in self._journal.load(TEMPLATES)]
        return sorted(found, key=lambda template: template.made)

    def campaign(self, campaign_id: str) -> Campaign:
        """Raises Refused."""
        return self._find(CAMPAIGNS, campaign_id, Campaign)

    def template(self, template_id: str) -> Template:
        """Raises Refused."""
        return self._find(TEMPLATES, template_id, Template)

    def keep(self, campaign: Campaign) -> Campaign:
        """Store it as it is now."""
        self._journal.put(CAMPAIGNS, campaign.id, campaign.model_dump_json())
        return campaign

    def remove(self, campaign_id: str) -> None:
        """A person deletes a campaign."""
        self._journal.remove(CAMPAIGNS, self.campaign(campaign_id).id)

    def add_template(self, name: str, html: str) -> Template:
        """A template of its own."""
        made = Template(id=secrets.token_hex(3).upper(), name=name, html=html, made=self.clock.now())
        self._journal.put(TEMPLATES, made.id, made.model_dump_json())
        return made

    def add_campaign(self, name: str, list_id: str, content: dict[str, str]) -> Campaign:
        """A draft with a message that has no template yet."""
        return self.keep(
            Campaign(
                id=f"01{secrets.token_hex(12).upper()}", name=name, list_id=list_id, content=content,
                message_id=f"01{secrets.token_hex(12).upper()}", made=self.clock.now(),
            )
        )  # fmt: skip

    def assign(self, message_id: str, template_id: str) -> Campaign:
        """A clone of the template into the message. Raises Refused."""
        source = self.template(template_id)
        campaign = next((found for found in self.campaigns() if found.message_id == message_id), None)
        if campaign is None:
            raise problems.Refused(404)
        if campaign.status != "Draft":
            raise problems.Refused(400, "The campaign is no draft any more.")
        clone = self.add_template(f"{source.name} (clone)", source.html)
        return self.keep(campaign.model_copy(update={"template_id": clone.id}))

    def send(self, campaign_id: str) -> Campaign:
        """Start the send job. Raises Refused: once only, and not without a text."""
        campaign = self.campaign(campaign_id)
        if campaign.job is not None:
            raise problems.Refused(409)
        if campaign.template_id is None:
            raise problems.Refused(400, "The campaign's message has no template.")
        if self.behaviour.cancel_reason:
            change = {"job": "cancelled", "status": f"Cancelled: {self.behaviour.cancel_reason}"}
            return self.keep(campaign.model_copy(update=change))
        polls = self.behaviour.job_polls
        sent = {"sent_at": self.clock.now(), "recipients": self.people(campaign.list_id).profiles, "polls_left": polls}
        under_way = {"job": "queued", "status": "Sending"} if polls else {"job": "complete", "status": "Sent"}
        return self.keep(campaign.model_copy(update={**sent, **under_way}))

    def show(self, campaign: Campaign) -> Campaign:
        """Somebody looks at it: one poll nearer to `Sent`."""
        if campaign.status != "Sending":
            return campaign
        left = campaign.polls_left - 1
        step = {"job": "processing"} if left >= 0 else {"job": "complete", "status": "Sent"}
        return self.keep(campaign.model_copy(update={"polls_left": left, **step}))

    def is_listed(self, campaign: Campaign) -> bool:
        """Whether lists show it yet."""
        return self.clock.now() >= campaign.made + timedelta(seconds=self.behaviour.lists_lag_seconds)

    def _find(self, kind: str, key: str, shape: type[_Stored]) -> _Stored:
        body = self._journal.get(kind, key)
        if body is None:
            raise problems.Refused(404)
        return shape.model_validate_json(body)

    def _hold(self, campaign: Campaign) -> Held:
        html = self.template(campaign.template_id).html if campaign.template_id else ""
        return Held(
            party=self.party, account=campaign.list_id, kind="campaign", id=campaign.id, state=campaign.status,
            is_public=campaign.status in _OUT, text=f"{campaign.content['subject']}\n{html}",
            url=f"/www.klaviyo.com/campaign/{campaign.id}/web-view", at=campaign.sent_at or campaign.made,
        )  # fmt: skip
