"""From a platform's name and a channel's access to a publisher.

The only place that knows every platform's room; each room is imported when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.addresses import check_url
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.facts import WORDPRESS, PlatformFacts, facts_of

if TYPE_CHECKING:
    from leadmetrics_pipelines.kit.clock import Clock
    from leadmetrics_pipelines.kit.http import HttpClients
    from leadmetrics_pipelines.platforms.publishing import Publisher

ROOMS = "leadmetrics_pipelines.platforms"
# Publishers that are made of an account's id and its credentials: the module in `platforms/`, and the class.
_PUBLISHERS = {
    "linkedin": ("linkedin.publisher", "LinkedInPublisher"),
    "facebook": ("meta.facebook.publisher", "FacebookPublisher"),
    "instagram": ("meta.instagram.publisher", "InstagramPublisher"),
    "x": ("x.publisher", "XPublisher"),
    "tiktok": ("tiktok.publisher", "TikTokPublisher"),
    "google_business": ("google.business.publisher", "GoogleBusinessPublisher"),
    "webflow": ("webflow.publisher", "WebflowPublisher"),
    "wordpress_com": ("wordpress_com.publisher", "WordPressComPublisher"),
    "mailchimp": ("mailchimp.publisher", "MailchimpPublisher"),
    "klaviyo": ("klaviyo.publisher", "KlaviyoPublisher"),
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """How one account is reached."""

    credentials: Credentials = field(repr=False)
    """With the fields of `platforms/facts.py`, or what the room's connector handed out."""
    http: HttpClients
    clock: Clock
    origins: Origins = field(default_factory=Origins)
    """Where the platforms are."""
    base_url: str = ""
    """The address of a site of its own (WordPress)."""
    account_id: str = ""
    """The platform's id of the page, location, list, ...; empty where the address says it all."""
    allow_loopback: bool = False
    """Whether `base_url` may be on this machine."""


def make_publisher(platform: str, access: Access) -> Publisher:
    """The publisher of one account. Opens no connection.

    Raises InvalidInput for an unknown platform, a missing credential, or an address that may not be used.
    """
    facts = facts_of(platform)
    _require_credentials(facts, access)
    if facts is WORDPRESS:
        return _make_wordpress(access)
    if platform not in _PUBLISHERS:
        msg = f"{facts.title} is not published to."
        raise InvalidInput(msg, field="platform")
    module, name = _PUBLISHERS[platform]
    made: Publisher = getattr(import_module(f"{ROOMS}.{module}"), name)(
        account_id=access.account_id, credentials=access.credentials, http=access.http, origins=access.origins,
        clock=access.clock,
    )  # fmt: skip
    return made


def publishes(platform: str) -> bool:
    """Whether posts can go to a platform of this name."""
    return platform == WORDPRESS.name or platform in _PUBLISHERS


def publisher_module(platform: str) -> str:
    """The module below `ROOMS` with the publisher of a platform that is reached by an account's id."""
    return _PUBLISHERS[platform][0]


def _make_wordpress(access: Access) -> Publisher:
    from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
    from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher

    client = WordPressClient(
        base_url=check_url(access.base_url, allow_loopback=access.allow_loopback),
        username=access.credentials["username"].strip(),
        application_password=access.credentials["application_password"].strip(),
        http=access.http,
        allow_loopback=access.allow_loopback,
    )
    return WordPressPublisher(client)


def _require_credentials(facts: PlatformFacts, access: Access) -> None:
    missing = [entry.label for entry in facts.credentials if not access.credentials.get(entry.name, "").strip()]
    if missing:
        msg = f"{facts.title} needs {' and '.join(missing)}. Enter what is missing in the channel's settings."
        raise InvalidInput(msg, field="credentials")
