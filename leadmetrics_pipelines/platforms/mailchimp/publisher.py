"""The publisher of Mailchimp: a campaign is made, filled and checked; then one call sends it, which nobody repeats.

The campaign's id is kept before the next call, and its inner name carries the marker, so that a campaign whose making
was not answered is found again. A handle: `campaign_id`. Facts: platform_apis.md 12.2 and 12.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected, LeadmetricsError, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.mailchimp.client import MailchimpClient
from leadmetrics_pipelines.platforms.mailchimp.errors import NOT_READY
from leadmetrics_pipelines.platforms.mailchimp.payloads import (
    PreparedMailchimpCampaign,
    compare_settings,
    prepare_campaign,
    read_campaign,
    title_of,
)
from leadmetrics_pipelines.platforms.publishing import (
    Accepted,
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    OutgoingCampaign,
    Prepared,
    Quota,
    RemoteState,
    Traits,
    refuse_kind,
)

_RECENT = "100"
_UNSENT = {"save"}
_DONE = {"sent", "archived"}
_LOOK_AFTER = 30.0


class MailchimpPublisher:
    """One audience of one Mailchimp account, as a `Publisher`. `account_id`: the audience's (list's) id."""

    traits = Traits(looks_first=False, resends=False, settles_after=120, at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._list_id = account_id
        self._client = MailchimpClient(credentials, http=http, origins=origins)
        self._clock = clock

    @doubting_shapes
    def verify(self) -> Account:
        doing = "Asking Mailchimp who we are"
        audience = self._client.ask(self._client.url(f"lists/{self._list_id}"), doing=doing)
        stats = audience.get("stats") or {}
        return Account(
            name=str(audience.get("name", "")),
            can_publish=True,
            site_name=str(audience.get("name", "")),
            site_url=str(audience.get("subscribe_url_long") or ""),
            facts={"members": stats.get("member_count")},
        )

    def quota(self) -> Quota | None:
        """Mailchimp tells of none before it refuses."""
        return None

    def prepare(self, item: AnyOutgoing, handles: Handles) -> Prepared:  # noqa: ARG002  no handle changes what is sent
        if not isinstance(item, OutgoingCampaign):
            raise refuse_kind("Mailchimp", item)
        return prepare_campaign(item, list_id=self._list_id)

    @doubting_shapes
    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        ours = _ours(prepared)
        doing = f"Preparing the campaign '{ours.subject}'"
        campaign = self._resume(ours, handles, doing)
        if campaign is None:
            campaign = self._client.place("POST", self._client.url("campaigns"), ours.create, doing=doing)
        kept = {**handles, "campaign_id": str(campaign["id"])}
        keep(kept)
        if campaign.get("status") not in _UNSENT:
            # It went out already, in an attempt that nobody heard of: `send` is refused and then looks.
            return kept
        changed = compare_settings(ours, campaign.get("settings") or {})
        if changed:
            raise ContentRejected(f"{doing}: it was edited at Mailchimp. {' '.join(changed)} Delete it there.")
        self._client.place("PUT", self._url(kept["campaign_id"], "content"), ours.content, doing=doing)
        self._require_ready(kept["campaign_id"], doing)
        return kept

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        doing = f"Sending the campaign '{_ours(prepared).subject}'"
        answer = self._client.write("POST", self._url(handles["campaign_id"], "actions/send"), b"")
        if answer.status == HTTPStatus.NO_CONTENT:
            return Accepted(handles=handles, detail="Mailchimp is sending it.", look_after=_LOOK_AFTER)
        raise self._refusal(answer, doing)

    @doubting_shapes
    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:  # noqa: ARG002  one question is all there is
        if not isinstance(item, OutgoingCampaign):
            raise refuse_kind("Mailchimp", item)
        doing = f"Looking for the campaign '{item.subject}'"
        campaign = self._read(handles["campaign_id"], doing) if "campaign_id" in handles else self._find(item, doing)
        if campaign is None:
            # Without an id nothing can have been sent. With one, a person deleted it, before or after it went out.
            is_lost = "campaign_id" in handles and since is not None
            return Look(is_certain=not is_lost, detail="It is not at Mailchimp any more." if is_lost else "")
        return self._judge(campaign, item, since)

    @doubting_shapes
    def read_back(self, remote_id: str) -> RemoteState:
        campaign = self._read(remote_id, "Reading a campaign back")
        if campaign is None:
            return RemoteState(state="deleted", detail="The campaign is no longer at Mailchimp.")
        if campaign.get("status") in {"canceled", "canceling"}:
            return RemoteState(state="rejected", detail=f"Cancelled at Mailchimp. {_count_mails(campaign)}")
        return RemoteState(state="live", detail=f"Status {campaign.get('status')}. {_count_mails(campaign)}")

    def _judge(self, campaign: dict[str, Any], item: OutgoingCampaign, since: datetime | None) -> Look:
        status = str(campaign["status"])
        if status in _DONE:
            return Look(ours=read_campaign(campaign, compare_settings(item, campaign.get("settings") or {})))
        if status in _UNSENT:
            return Look(is_certain=self._has_settled(since), detail="The campaign is a draft at Mailchimp.")
        if status == "canceled":
            return Look(refusal=f"The campaign was cancelled at Mailchimp. {_count_mails(campaign)} Look at it there.")
        return Look(is_certain=False, detail=f"At Mailchimp the campaign is '{status}'.")

    def _has_settled(self, since: datetime | None) -> bool:
        return since is None or self._clock.now() - since >= timedelta(seconds=self.traits.settles_after)

    def _resume(self, ours: PreparedMailchimpCampaign, handles: Handles, doing: str) -> dict[str, Any] | None:
        """The campaign of an earlier try. One that was deleted since is made anew: `place` comes before any sending."""
        found = self._read(handles["campaign_id"], doing) if "campaign_id" in handles else None
        return found or self._find_titled(ours.title, doing)

    def _find(self, item: OutgoingCampaign, doing: str) -> dict[str, Any] | None:
        return self._find_titled(title_of(item.marker), doing)

    def _find_titled(self, title: str, doing: str) -> dict[str, Any] | None:
        newest_first = {"count": _RECENT, "sort_field": "create_time", "sort_dir": "DESC", "list_id": self._list_id}
        page = self._client.ask(self._client.url("campaigns"), newest_first, doing=doing)
        found = [
            campaign
            for campaign in page.get("campaigns") or []
            if (campaign.get("settings") or {}).get("title") == title
        ]
        # What went out, or is on its way, comes before a draft, should there be two.
        return min(found, key=lambda campaign: campaign.get("status") in _UNSENT, default=None)

    def _read(self, campaign_id: str, doing: str) -> dict[str, Any] | None:
        return self._client.ask_if_there(self._url(campaign_id), doing=doing)

    def _require_ready(self, campaign_id: str, doing: str) -> None:
        checks = self._client.ask(self._url(campaign_id, "send-checklist"), doing=doing)
        if checks.get("is_ready") is not True:
            wrong = [item for item in checks.get("items") or [] if item.get("type") == "error"]
            told = " ".join(f"{item.get('heading')}: {item.get('details')}" for item in wrong)
            raise ContentRejected(f"{doing}: Mailchimp would not send it. {told} Settle that there or here.")

    def _refusal(self, answer: Answer, doing: str) -> LeadmetricsError:
        error = self._client.error_of(answer, doing=doing, writing=True)
        if answer.status != HTTPStatus.BAD_REQUEST or not isinstance(error, ContentRejected) or NOT_READY in str(error):
            return error
        # A second send is refused with a 400 too, so that this may mean: it went out already.
        return OutcomeUnknown(f"{error} The campaign is looked at before anything else.")

    def _url(self, campaign_id: str, rest: str = "") -> str:
        return self._client.url(f"campaigns/{campaign_id}{'/' if rest else ''}{rest}")


def _ours(prepared: Prepared) -> PreparedMailchimpCampaign:
    if not isinstance(prepared, PreparedMailchimpCampaign):
        raise refuse_kind("Mailchimp", prepared)
    return prepared


def _count_mails(campaign: dict[str, Any]) -> str:
    return f"{campaign.get('emails_sent', 'An unknown number of')} mails were sent."
