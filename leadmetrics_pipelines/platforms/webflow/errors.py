"""What Webflow's errors mean: from `code` to a family (platform_apis.md 9.3). A 4xx has written nothing."""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput
from leadmetrics_pipelines.platforms.json_api import Dialect, Rule, Said

_RECONNECT = "Connect the channel again; at Webflow the app may have been removed from the site."
_RIGHTS = "Connect again and allow all that is asked for, with a user who may edit and publish the site."
_GONE = "It was deleted at Webflow. Connect the channel again."


def _read(body: object) -> Said:
    if not isinstance(body, dict):
        return Said()
    details = [f"{detail['param']}: {detail['description']}" for detail in body.get("details") or ()]
    return Said(str(body["code"]), " ".join([str(body.get("message", "")), *details]))


DIALECT = Dialect(
    name="Webflow",
    read=_read,
    rules={
        "not_authorized": Rule(AccessRevoked, _RECONNECT),
        "missing_scopes": Rule(AccessRevoked, _RIGHTS),
        "forbidden": Rule(AccessRevoked, _RIGHTS),
        "validation_error": Rule(ContentRejected, "Change what is named here and approve the post again."),
        "resource_not_found": Rule(InvalidInput, _GONE),
        # The structure of the collection was changed in the Designer, or the site was never published as it is now.
        "conflict": Rule(InvalidInput, "Publish the whole site once in Webflow's Designer; then this can be retried."),
    },
    refusal=Rule(ContentRejected, "Look at the collection in Webflow."),
)
