"""From a platform's name and a channel's credentials to a publisher.

The only place that knows every platform's room; each room is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.addresses import check_url
from leadmetrics_pipelines.platforms.facts import WORDPRESS, facts_of

if TYPE_CHECKING:
    from leadmetrics_pipelines.kit.http import HttpClients
    from leadmetrics_pipelines.platforms.base import Publisher


def make_publisher(
    platform: str, *, base_url: str, credentials: Mapping[str, str], http: HttpClients, allow_loopback: bool
) -> Publisher:
    """The publisher of one channel. Opens no connection.

    `credentials` has the fields of `platforms/facts.py`. Raises InvalidInput for an unknown platform, a missing
    credential, or an address that may not be used.
    """
    facts = facts_of(platform)
    missing = [entry.label for entry in facts.credentials if not credentials.get(entry.name, "").strip()]
    if missing:
        msg = f"{facts.title} needs {' and '.join(missing)}. Enter what is missing in the channel's settings."
        raise InvalidInput(msg, field="credentials")
    url = check_url(base_url, allow_loopback=allow_loopback)
    if facts is WORDPRESS:
        from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
        from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher

        client = WordPressClient(
            base_url=url,
            username=credentials["username"].strip(),
            application_password=credentials["application_password"].strip(),
            http=http,
            allow_loopback=allow_loopback,
        )
        return WordPressPublisher(client)
    msg = f"{facts.title} cannot publish yet."
    raise InvalidInput(msg, field="platform")
