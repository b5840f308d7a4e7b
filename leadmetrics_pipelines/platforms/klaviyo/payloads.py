"""Newsletters as Klaviyo wants them, and back: pure functions from values to bytes and from bytes to values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.platforms.publishing import LivePost, OutgoingCampaign, Prepared, Seen, check_marker

_NAME = "leadmetrics-"
_HEAD = '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n'
# Klaviyo fills in both; without a way to unsubscribe it puts one of its own under the mail.
_FOOT = (
    "\n<hr><p>{% unsubscribe %}</p><p>{{ organization.name }} {{ organization.full_address }}</p>\n<!-- leadmetrics:"
)
_END = " -->\n</body></html>"
_TAGS = ("{{", "{%", "{#")
_COMPARED = {
    "subject": "subject", "preview_text": "preview text", "from_label": "sender's name",
    "from_email": "sender's address", "reply_to_email": "reply address",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PreparedKlaviyoCampaign(Prepared):
    """The bodies of `POST /api/templates` and `POST /api/campaigns`."""

    template: bytes
    campaign: bytes

    @property
    def name(self) -> str:
        """The campaign's and template's inner name: it carries the marker, and both are found by it."""
        return str(json.loads(self.campaign)["data"]["attributes"]["name"])

    @property
    def content(self) -> dict[str, Any]:
        """Subject, preview, sender."""
        messages = json.loads(self.campaign)["data"]["attributes"]["campaign-messages"]["data"]
        content: dict[str, Any] = messages[0]["attributes"]["definition"]["content"]
        return content

    def seen(self) -> Seen:
        attributes = json.loads(self.template)["data"]["attributes"]
        # Whatever is not exactly our own frame stays in the body and so breaks the comparison with what was approved.
        body, _, ending = str(attributes["html"]).removeprefix(_HEAD).rpartition(_FOOT)
        marker, content = ending.removesuffix(_END), self.content
        return Seen(
            marker=marker if self.name == attributes["name"] == _NAME + marker else "",
            title=content["subject"],
            excerpt=content["preview_text"],
            body=body,
            from_name=content["from_label"],
            reply_to=content["reply_to_email"] if content["reply_to_email"] == content["from_email"] else "",
        )


def name_of(marker: str) -> str:
    """The inner name of the campaign and of the template of a publication."""
    return _NAME + check_marker(marker)


def prepare_campaign(item: OutgoingCampaign, *, list_id: str) -> PreparedKlaviyoCampaign:
    """The two requests. The brand's address is both sender and reply address. Raises ContentRejected."""
    _require_sendable(item)
    name = name_of(item.marker)
    html = f"{_HEAD}{item.body_html}{_FOOT}{item.marker}{_END}"
    content = {
        "subject": item.subject, "preview_text": item.preview_text, "from_email": item.reply_to,
        "from_label": item.from_name, "reply_to_email": item.reply_to,
    }  # fmt: skip
    message = {
        "type": "campaign-message",
        "attributes": {"definition": {"channel": "email", "label": name, "content": content}},
    }
    campaign = {
        "name": name,
        "audiences": {"included": [list_id], "excluded": []},
        "send_strategy": {"method": "immediate"},
        "send_options": {"use_smart_sending": True},
        "campaign-messages": {"data": [message]},
    }
    return PreparedKlaviyoCampaign(
        template=_body("template", {"name": name, "editor_type": "CODE", "html": html}),
        campaign=_body("campaign", campaign),
    )


def assign_body(message_id: str, template_id: str) -> bytes:
    """`POST /api/campaign-message-assign-template`."""
    template = {"data": {"type": "template", "id": template_id}}
    return canonical_json(
        {"data": {"type": "campaign-message", "id": message_id, "relationships": {"template": template}}}
    )


def send_body(campaign_id: str) -> bytes:
    """`POST /api/campaign-send-jobs`."""
    return canonical_json({"data": {"type": "campaign-send-job", "id": campaign_id}})


def compare_content(wanted: dict[str, Any], kept: object) -> tuple[str, ...]:
    """What the message at Klaviyo says differently, one sentence each. Fields it does not show are not judged."""
    if not isinstance(kept, dict):
        return ()
    return tuple(
        f"The {name} is '{kept[field]}' at Klaviyo instead of '{wanted[field]}'."
        for field, name in _COMPARED.items()
        if kept.get(field) is not None and kept[field] != wanted[field]
    )


def read_campaign(answered: dict[str, Any], differences: tuple[str, ...] = ()) -> LivePost:
    """A campaign of the API as ours; it has no public address. Raises KeyError when it is none."""
    return LivePost(
        remote_id=str(answered["id"]), url="", status=str(answered["attributes"]["status"]), differences=differences
    )


def _body(kind: str, attributes: dict[str, Any]) -> bytes:
    return canonical_json({"data": {"type": kind, "attributes": attributes}})


def _require_sendable(item: OutgoingCampaign) -> None:
    for name, text in (("subject", item.subject), ("body", item.body_html), ("sender's name", item.from_name)):
        if not text.strip():
            raise ContentRejected(f"The newsletter has no {name}. Write one.")
    if "@" not in item.reply_to:
        raise ContentRejected(f"{item.reply_to!r} is no e-mail address to reply to. Set the brand's address.")
    for text in (item.subject, item.preview_text, item.body_html, item.from_name):
        tag = next((tag for tag in _TAGS if tag in text), None)
        if tag:
            # Klaviyo would put something else in its place, which nobody approved.
            raise ContentRejected(f"The newsletter has '{tag}', which begins a template tag at Klaviyo. Remove it.")
