"""The twin of Mailchimp: consent, one account in the data centre us1, audiences, campaigns, reports.

Written from platform_apis.md, section 12; `activity` and `growth-history` from the vendor's swagger. Dana's account has
the two audiences of `models.AUDIENCES`; any other id is unknown there. Set-up: `models.Behaviour`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from fastapi import APIRouter

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.mailchimp import api, login, problems
from leadmetrics_pipelines.sandbox.mailchimp.models import AUDIENCES, CAMPAIGNS, Audience, Behaviour, Campaign
from leadmetrics_pipelines.sandbox.mailchimp.views import ARCHIVE_HOST
from leadmetrics_pipelines.sandbox.oauth import Consents, OAuthRules
from leadmetrics_pipelines.sandbox.world import Held, World

_RULES = OAuthRules(access_seconds=None, issues_refresh=False, code_seconds=600)
_OUT = {"sending", "sent", "archived"}


class MailchimpTwin:
    """One account. What comes in over HTTP is `api.py`'s and `login.py`'s; here is what it does to campaigns."""

    party: Party = "mailchimp"

    def __init__(self, world: World) -> None:
        self.consents = Consents(self.party, _RULES, world.journal, world.clock)
        self.behaviour = Behaviour()
        self.clock = world.clock
        self._journal = world.journal
        self.router = APIRouter()
        self.router.include_router(login.build_router(self.consents))
        self.router.include_router(api.build_router(self))

    def held(self) -> list[Held]:
        return [self._hold(campaign) for campaign in self.campaigns()]

    def error_body(self, status: int) -> tuple[str, str]:
        return problems.usual_body(status)

    def set_up(self, changes: dict[str, object]) -> dict[str, object]:
        self.behaviour = Behaviour.model_validate({**self.behaviour.model_dump(), **changes})
        return self.behaviour.model_dump()

    def forget(self) -> None:
        self.behaviour = Behaviour()
        self._journal.remove_kinds(CAMPAIGNS)
        self._journal.remove_kinds(f"oauth.{self.party}.")

    def campaigns(self) -> list[Campaign]:
        """All, oldest first."""
        found = [Campaign.model_validate_json(body) for body in self._journal.load(CAMPAIGNS)]
        return sorted(found, key=lambda campaign: (campaign.created, campaign.web_id))

    def sent(self, audience: Audience) -> list[Campaign]:
        """The campaigns of an audience that went out."""
        return [campaign for campaign in self.campaigns() if campaign.list_id == audience.id and campaign.sent_at]

    def audience(self, list_id: str) -> Audience:
        """Raises Refused."""
        found = next((audience for audience in AUDIENCES if audience.id == list_id), None)
        if found is None:
            raise problems.not_found()
        return found

    def find(self, campaign_id: str) -> Campaign:
        """Raises Refused."""
        body = self._journal.get(CAMPAIGNS, campaign_id)
        if body is None:
            raise problems.not_found()
        return Campaign.model_validate_json(body)

    def keep(self, campaign: Campaign) -> Campaign:
        """Store it as it is now."""
        self._journal.put(CAMPAIGNS, campaign.id, campaign.model_dump_json())
        return campaign

    def remove(self, campaign_id: str) -> None:
        """A person deletes a campaign."""
        self._journal.remove(CAMPAIGNS, self.find(campaign_id).id)

    def create(self, list_id: str, settings: dict[str, str]) -> Campaign:
        """A draft without content."""
        number = len(self.campaigns()) + 1
        return self.keep(
            Campaign(
                id=secrets.token_hex(5), web_id=1000 + number, list_id=list_id, settings=settings,
                created=self.clock.now(),
            )
        )  # fmt: skip

    def send(self, campaign: Campaign) -> Campaign:
        """Every member gets it. Raises Refused: once only, and not before it is ready."""
        if campaign.status != "save":
            detail = f"Cannot send a campaign that is '{campaign.status}'."
            raise problems.Refused(400, "Bad Request", detail)
        if self.find_faults(campaign):
            raise problems.Refused(400, "Bad Request", "Your Campaign is not ready to send.")
        if self.behaviour.sends_fail:
            return self.keep(campaign.model_copy(update={"status": "canceled"}))
        change = {
            "status": "sending" if self.behaviour.sending_polls else "sent",
            "polls_left": self.behaviour.sending_polls,
            "emails_sent": self.audience(campaign.list_id).members,
            "sent_at": self.clock.now(),
        }
        return self.keep(campaign.model_copy(update=change))

    def show(self, campaign: Campaign) -> Campaign:
        """Somebody looks at it: one poll nearer to `sent`."""
        if campaign.status != "sending":
            return campaign
        left = campaign.polls_left - 1
        change = {"polls_left": left, "status": "sending" if left >= 0 else "sent"}
        return self.keep(campaign.model_copy(update=change))

    def find_faults(self, campaign: Campaign) -> list[str]:
        """What keeps a campaign from being sent."""
        found = [] if campaign.html else ["Your campaign has no content."]
        return [*found, self.behaviour.not_ready] if self.behaviour.not_ready else found

    def is_listed(self, campaign: Campaign) -> bool:
        """Whether lists show it yet."""
        return self.clock.now() >= campaign.created + timedelta(seconds=self.behaviour.lists_lag_seconds)

    def _hold(self, campaign: Campaign) -> Held:
        return Held(
            party=self.party, account=campaign.list_id, kind="campaign", id=campaign.id, state=campaign.status,
            is_public=campaign.status in _OUT, text=f"{campaign.settings.get('subject_line')}\n{campaign.html}",
            url=f"/{ARCHIVE_HOST}/?u=sandbox&id={campaign.id}", at=campaign.sent_at or campaign.created,
        )  # fmt: skip
