"""What Mailchimp's errors mean: from the title of `application/problem+json` to a family (platform_apis.md 12.3).

Titles in 4xx answers, whatever the call: nothing was written. Its edge answers 403 and 429 as HTML or plain text, which
`json_api.py` knows for what they are. The send call has rules of its own in `publisher.py`.
"""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput
from leadmetrics_pipelines.platforms.json_api import Dialect, Rule, Said

_RECONNECT = "Connect the channel again; at Mailchimp the app may have been removed."
_RIGHTS = "Connect with a Mailchimp user of the role Manager or higher."

NOT_READY = "not ready to send"
"""In `detail` of the 400 to a send: the one refusal of it that says that nothing went out."""


def _read(body: object) -> Said:
    if not isinstance(body, dict):
        return Said()
    fields = [f"{error['field']}: {error['message']}" for error in body.get("errors") or ()]
    return Said(str(body["title"]), " ".join([str(body.get("detail", "")), *fields]))


DIALECT = Dialect(
    name="Mailchimp",
    read=_read,
    rules={
        "API Key Invalid": Rule(AccessRevoked, _RECONNECT),
        "API Key Missing": Rule(AccessRevoked, _RECONNECT),
        "User Disabled": Rule(AccessRevoked, "Mailchimp has closed this user's access. Ask the account's owner."),
        "Wrong Datacenter": Rule(AccessRevoked, "The account moved. Connect the channel again."),
        "Forbidden": Rule(AccessRevoked, _RIGHTS),
        "User Action Not Permitted": Rule(AccessRevoked, _RIGHTS),
        "Compliance Related": Rule(AccessRevoked, "Mailchimp holds this account back. Its owner must settle that."),
        "Invalid Resource": Rule(ContentRejected, "Change what is named here and approve the newsletter again."),
        "Bad Request": Rule(ContentRejected, "Change the newsletter accordingly, or look at it in Mailchimp."),
        "Resource Not Found": Rule(InvalidInput, "It was deleted at Mailchimp. Connect the channel again."),
    },
    refusal=Rule(ContentRejected, "Look at the campaign in Mailchimp."),
)
