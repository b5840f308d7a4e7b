"""Newsletters as Mailchimp wants them, and back: pure functions from values to bytes and from bytes to values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.platforms.mailchimp.facts import MAILCHIMP
from leadmetrics_pipelines.platforms.publishing import LivePost, OutgoingCampaign, Prepared, Seen, check_marker

_TITLE = "leadmetrics-"
_HEAD = '<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n'
# Without an unsubscribe link and the sender's postal address Mailchimp does not send; it fills in both.
_FOOT = '\n<hr><p><a href="*|UNSUB|*">Unsubscribe</a></p><p>*|HTML:LIST_ADDRESS_HTML|*</p>\n<!-- leadmetrics:'
_END = " -->\n</body></html>"
_COMPARED = {
    "subject_line": "subject", "preview_text": "preview text", "from_name": "sender's name",
    "reply_to": "reply address",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PreparedMailchimpCampaign(Prepared):
    """The bodies of `POST /campaigns` and `PUT /campaigns/{id}/content`."""

    create: bytes
    content: bytes

    @property
    def title(self) -> str:
        """The campaign's inner name: it carries the marker, and the campaign is found by it."""
        return str(self._settings["title"])

    @property
    def subject(self) -> str:
        """For messages."""
        return str(self._settings["subject_line"])

    def seen(self) -> Seen:
        settings = self._settings
        html = str(json.loads(self.content)["html"])
        # Whatever is not exactly our own frame stays in the body and so breaks the comparison with what was approved.
        body, _, ending = html.removeprefix(_HEAD).rpartition(_FOOT)
        marker = ending.removesuffix(_END)
        return Seen(
            marker=marker if settings["title"] == _TITLE + marker else "",
            title=settings["subject_line"],
            excerpt=settings["preview_text"],
            body=body,
            from_name=settings["from_name"],
            reply_to=settings["reply_to"],
        )

    @property
    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = json.loads(self.create)["settings"]
        return settings


def title_of(marker: str) -> str:
    """The inner name of the campaign of a publication."""
    return _TITLE + check_marker(marker)


def prepare_campaign(item: OutgoingCampaign, *, list_id: str) -> PreparedMailchimpCampaign:
    """The two requests. Raises ContentRejected."""
    _require_sendable(item)
    create = {
        "type": "regular",
        "recipients": {"list_id": list_id},
        "settings": {
            "subject_line": item.subject, "preview_text": item.preview_text, "title": title_of(item.marker),
            "from_name": item.from_name, "reply_to": item.reply_to,
        },
        "tracking": {"opens": True, "html_clicks": True},
    }  # fmt: skip
    html = f"{_HEAD}{item.body_html}{_FOOT}{item.marker}{_END}"
    return PreparedMailchimpCampaign(create=canonical_json(create), content=canonical_json({"html": html}))


def _require_sendable(item: OutgoingCampaign) -> None:
    most = MAILCHIMP.most("subject")
    if len(item.subject) > most:
        raise ContentRejected(f"The subject has {len(item.subject)} characters; {most} fit. Shorten it.")
    for name, text in (("subject", item.subject), ("body", item.body_html), ("sender's name", item.from_name)):
        if not text.strip():
            raise ContentRejected(f"The newsletter has no {name}. Write one.")
    if "@" not in item.reply_to:
        raise ContentRejected(f"{item.reply_to!r} is no e-mail address to reply to. Set the brand's address.")
    for text in (item.subject, item.preview_text, item.body_html, item.from_name):
        if "*|" in text:
            # Mailchimp would put something else in its place, which nobody approved.
            raise ContentRejected("The newsletter has '*|', which begins a merge tag at Mailchimp. Remove it.")


def compare_settings(sent: OutgoingCampaign | PreparedMailchimpCampaign, kept: dict[str, Any]) -> tuple[str, ...]:
    """What the campaign at Mailchimp says differently, one sentence each. Fields it does not show are not judged."""
    if isinstance(sent, OutgoingCampaign):
        sent = prepare_campaign(sent, list_id="")
    wanted = json.loads(sent.create)["settings"]
    return tuple(
        f"The {name} is '{kept[field]}' at Mailchimp instead of '{wanted[field]}'."
        for field, name in _COMPARED.items()
        if field in kept and kept[field] != wanted[field]
    )


def read_campaign(answered: dict[str, Any], differences: tuple[str, ...] = ()) -> LivePost:
    """A campaign of the API as ours. Raises KeyError when it is none."""
    return LivePost(
        remote_id=str(answered["id"]),
        url=str(answered.get("long_archive_url") or ""),
        status=str(answered["status"]),
        differences=differences,
    )
