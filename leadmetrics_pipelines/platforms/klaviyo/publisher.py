"""The publisher of Klaviyo: template, campaign, message; then one send job, which nobody repeats.

Each id is kept before the next call; the names of template and campaign carry the marker, so that what was made without
an answer is found again. Handles: `template_id`, `campaign_id`, `message_id`. Facts: platform_apis.md 13.2 and 13.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected, LeadmetricsError, OutcomeUnknown, PassingError
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.klaviyo.client import KlaviyoClient
from leadmetrics_pipelines.platforms.klaviyo.payloads import (
    PreparedKlaviyoCampaign,
    assign_body,
    compare_content,
    name_of,
    prepare_campaign,
    read_campaign,
    send_body,
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

_DRAFT = "Draft"
_DONE = {"Sent", "Variations Sent"}
_CANCELLED = "Cancelled"
_LOOK_AFTER = 30.0


class KlaviyoPublisher:
    """One list of one Klaviyo account, as a `Publisher`. `account_id`: the list's id."""

    traits = Traits(looks_first=False, resends=False, settles_after=120, at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._list_id = account_id
        self._client = KlaviyoClient(credentials, http=http, origins=origins)
        self._clock = clock

    @doubting_shapes
    def verify(self) -> Account:
        doing = "Asking Klaviyo who we are"
        found = self._client.ask(self._client.url(f"lists/{self._list_id}"), doing=doing)["data"]
        # Reading campaigns is a right of its own: a token without it would find out too late.
        self._find_named("leadmetrics-probe", doing)
        name = str(found["attributes"]["name"])
        return Account(name=name, can_publish=True, site_name=name, site_url="")

    def quota(self) -> Quota | None:
        """Klaviyo limits calls, not newsletters."""
        return None

    def prepare(self, item: AnyOutgoing, handles: Handles) -> Prepared:  # noqa: ARG002  no handle changes what is sent
        if not isinstance(item, OutgoingCampaign):
            raise refuse_kind("Klaviyo", item)
        return prepare_campaign(item, list_id=self._list_id)

    @doubting_shapes
    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        ours = _ours(prepared)
        doing = f"Preparing the campaign '{ours.content['subject']}'"
        campaign = self._resume(ours, handles, doing)
        kept = dict(handles)
        if campaign is None:
            kept["template_id"] = self._place_template(ours, handles, doing)
            keep(kept)
            campaign = self._client.place("POST", self._client.url("campaigns"), ours.campaign, doing=doing)["data"]
        kept["campaign_id"] = str(campaign["id"])
        keep(kept)
        if campaign["attributes"].get("status") != _DRAFT:
            # It went out already, in an attempt that nobody heard of: `send` is refused and then looks.
            return kept
        return self._fill(ours, kept, keep, doing)

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        doing = f"Sending the campaign '{_ours(prepared).content['subject']}'"
        campaign_id = handles["campaign_id"]
        answer = self._client.write("POST", self._client.url("campaign-send-jobs"), send_body(campaign_id))
        if answer.status // 100 != HTTPStatus.OK // 100:
            raise self._refusal(answer, campaign_id, doing)
        job = self._client.object_of(answer, doing=doing, writing=True).get("data")
        if not isinstance(job, dict) or job.get("id") != campaign_id:
            raise OutcomeUnknown(f"{doing}: Klaviyo answered {answer.status} without the send job's id.")
        return Accepted(handles=handles, detail="Klaviyo is sending it.", look_after=_LOOK_AFTER)

    @doubting_shapes
    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        if not isinstance(item, OutgoingCampaign):
            raise refuse_kind("Klaviyo", item)
        doing = f"Looking for the campaign '{item.subject}'"
        known = handles.get("campaign_id")
        campaign = self._read("campaigns", known, doing) if known else self._find_named(name_of(item.marker), doing)
        if campaign is None:
            # Without an id nothing can have been sent. With one, a person deleted it, before or after it went out.
            is_lost = known is not None and since is not None
            return Look(is_certain=not is_lost, detail="It is not at Klaviyo any more." if is_lost else "")
        status = str(campaign["attributes"].get("status"))
        if status in _DONE:
            wanted = prepare_campaign(item, list_id=self._list_id).content
            message = self._message(campaign["id"], doing) if thorough else {}
            return Look(ours=read_campaign(campaign, compare_content(wanted, _content_of(message))))
        if status.startswith(_CANCELLED):
            return Look(refusal=f"At Klaviyo the campaign is '{status}'. Look at it there before anything else.")
        if status == _DRAFT:
            return self._judge_draft(campaign["id"], since, doing)
        return Look(is_certain=False, detail=f"At Klaviyo the campaign is '{status}'.")

    @doubting_shapes
    def read_back(self, remote_id: str) -> RemoteState:
        campaign = self._read("campaigns", remote_id, "Reading a campaign back")
        if campaign is None:
            return RemoteState(state="deleted", detail="The campaign is no longer at Klaviyo.")
        status = str(campaign["attributes"].get("status"))
        state = "rejected" if status.startswith(_CANCELLED) else "live"
        return RemoteState(state=state, detail=f"Status {status}.")

    def _judge_draft(self, campaign_id: str, since: datetime | None, doing: str) -> Look:
        """The job has the campaign's id: no job, never started. A draft with a job is about to be sent."""
        job = self._read("campaign-send-jobs", campaign_id, doing)
        if job is None:
            waited = since is None or self._clock.now() - since >= timedelta(seconds=self.traits.settles_after)
            return Look(is_certain=waited, detail="The campaign is a draft at Klaviyo, and no send job was started.")
        status = job["attributes"].get("status")
        if status == "cancelled":
            return Look(refusal="The send job was cancelled at Klaviyo. Look at the campaign there.")
        return Look(is_certain=False, detail=f"Klaviyo's send job is '{status}'.")

    def _resume(self, ours: PreparedKlaviyoCampaign, handles: Handles, doing: str) -> dict[str, Any] | None:
        """The campaign of an earlier try. One that was deleted since is made anew: `place` comes before any sending."""
        found = self._read("campaigns", handles["campaign_id"], doing) if "campaign_id" in handles else None
        return found or self._find_named(ours.name, doing)

    def _place_template(self, ours: PreparedKlaviyoCampaign, handles: Handles, doing: str) -> str:
        if "template_id" in handles and self._read("templates", handles["template_id"], doing):
            return handles["template_id"]
        found = next(self._client.walk("templates", {"filter": f'equals(name,"{ours.name}")'}, doing=doing), None)
        if found is None:
            found = self._client.place("POST", self._client.url("templates"), ours.template, doing=doing)["data"]
        return str(found["id"])

    def _fill(self, ours: PreparedKlaviyoCampaign, handles: Handles, keep: Keep, doing: str) -> Handles:
        """The template's text into the campaign's message; done again each time, so that it is the approved one."""
        kept = dict(handles)
        message = self._message(kept["campaign_id"], doing)
        changed = compare_content(ours.content, _content_of(message))
        if changed:
            raise ContentRejected(f"{doing}: it was edited at Klaviyo. {' '.join(changed)} Delete it there.")
        kept["message_id"] = str(message["id"])
        kept["template_id"] = self._place_template(ours, kept, doing)
        keep(kept)
        url = self._client.url("campaign-message-assign-template")
        self._client.place("POST", url, assign_body(kept["message_id"], kept["template_id"]), doing=doing)
        return kept

    def _find_named(self, name: str, doing: str) -> dict[str, Any] | None:
        params = {"filter": f"equals(messages.channel,'email'),contains(name,\"{name}\")", "sort": "-created_at"}
        found = [
            entry
            for entry in self._client.walk("campaigns", params, doing=doing)
            if entry["attributes"]["name"] == name
        ]
        # What went out, or is on its way, comes before a draft, should there be two.
        return min(found, key=lambda entry: entry["attributes"].get("status") == _DRAFT, default=None)

    def _read(self, what: str, remote_id: str, doing: str) -> dict[str, Any] | None:
        found = self._client.ask_if_there(self._client.url(f"{what}/{remote_id}"), doing=doing)
        data = found.get("data") if found else None
        return data if isinstance(data, dict) else None

    def _message(self, campaign_id: str, doing: str) -> dict[str, Any]:
        found = self._client.walk(f"campaigns/{campaign_id}/campaign-messages", {}, doing=doing)
        message = next(found, None)
        if message is None:
            raise ContentRejected(f"{doing}: the campaign has no message at Klaviyo. Delete it there.")
        return message

    def _refusal(self, answer: Answer, campaign_id: str, doing: str) -> LeadmetricsError:
        error = self._client.error_of(answer, doing=doing, writing=True)
        if not isinstance(error, ContentRejected):
            return error
        unsure = OutcomeUnknown(f"{error} The campaign is looked at before anything else.")
        if answer.status != HTTPStatus.BAD_REQUEST:
            # 409: a job may be under way.
            return unsure
        try:
            return unsure if self._read("campaign-send-jobs", campaign_id, doing) else error
        except PassingError:
            return unsure


def _ours(prepared: Prepared) -> PreparedKlaviyoCampaign:
    if not isinstance(prepared, PreparedKlaviyoCampaign):
        raise refuse_kind("Klaviyo", prepared)
    return prepared


def _content_of(message: dict[str, Any]) -> object:
    attributes = message.get("attributes") or {}
    return (attributes.get("definition") or {}).get("content")
