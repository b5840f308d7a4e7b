"""What errors of WordPress.com's own calls mean (platform_apis.md 8.6): v1.1 says `error`, wp/v2 says `code`.

Errors of posts and pictures are WordPress's, and judged by `wordpress/errors.py`.
"""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput
from leadmetrics_pipelines.platforms.json_api import Dialect, Rule, Said

RECONNECT = "Connect the channel again; at WordPress.com the app may have been removed (Security, Connected Apps)."
RIGHTS = "Connect with a user who is Author, Editor or Administrator of the site, and allow all that is asked for."


def _read(body: object) -> Said:
    if not isinstance(body, dict):
        return Said()
    return Said(str(body.get("error") or body["code"]), str(body.get("message", "")))


DIALECT = Dialect(
    name="WordPress.com",
    read=_read,
    rules={
        "invalid_token": Rule(AccessRevoked, RECONNECT),
        "authorization_required": Rule(AccessRevoked, RECONNECT),
        "unauthorized": Rule(AccessRevoked, RIGHTS),
        "unknown_blog": Rule(InvalidInput, "The site is no longer at WordPress.com. Connect the channel again."),
    },
    refusal=Rule(ContentRejected, "Look at the site at WordPress.com."),
)
