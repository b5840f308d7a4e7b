"""What Klaviyo's errors mean: from the code of a JSON:API error to a family (platform_apis.md 13.3).

The vendor guarantees id, code, title and detail; code names beyond `invalid` are unverified, so that what the table
does not know goes by its status. A conflict on the send call is `publisher.py`'s: it may mean that it went out already.
"""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput
from leadmetrics_pipelines.platforms.json_api import Dialect, Rule, Said

_RECONNECT = "Connect the channel again; at Klaviyo the app may have been removed."
_RIGHTS = "Connect again and allow all that is asked for, with a Klaviyo user who may send campaigns."


def _read(body: object) -> Said:
    if not isinstance(body, dict):
        return Said()
    errors = body["errors"]
    told = [str(error.get("detail") or error.get("title") or "") for error in errors]
    return Said(str(errors[0]["code"]), " ".join(told))


DIALECT = Dialect(
    name="Klaviyo",
    read=_read,
    rules={
        "not_authenticated": Rule(AccessRevoked, _RECONNECT),
        "authentication_failed": Rule(AccessRevoked, _RECONNECT),
        "permission_denied": Rule(AccessRevoked, _RIGHTS),
        "invalid": Rule(ContentRejected, "Change what is named here and approve the newsletter again."),
        "not_found": Rule(InvalidInput, "It was deleted at Klaviyo. Connect the channel again."),
    },
    refusal=Rule(ContentRejected, "Look at the campaign in Klaviyo."),
)
