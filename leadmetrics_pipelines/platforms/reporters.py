"""From a platform's name and a channel's access to what can be read of it. Rooms are imported when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.addresses import check_url
from leadmetrics_pipelines.platforms.facts import WORDPRESS, facts_of

if TYPE_CHECKING:
    from leadmetrics_pipelines.platforms.reading import Reporter
    from leadmetrics_pipelines.platforms.registry import Access

_ROOMS = "leadmetrics_pipelines.platforms"
_REPORTERS: Mapping[str, tuple[str, str]] = {
    "linkedin": ("linkedin.reporter", "LinkedInReporter"),
    "facebook": ("meta.facebook.reporter", "FacebookReporter"),
    "instagram": ("meta.instagram.reporter", "InstagramReporter"),
    "x": ("x.reporter", "XReporter"),
    "tiktok": ("tiktok.reporter", "TikTokReporter"),
    "google_business": ("google.business.reporter", "GoogleBusinessReporter"),
    "search_console": ("google.search_console.reporter", "SearchConsoleReporter"),
    "ga4": ("google.analytics.reporter", "AnalyticsReporter"),
    "webflow": ("webflow.reporter", "WebflowReporter"),
    "wordpress_com": ("wordpress_com.reporter", "WordPressComReporter"),
    "mailchimp": ("mailchimp.reporter", "MailchimpReporter"),
    "klaviyo": ("klaviyo.reporter", "KlaviyoReporter"),
}


def is_read(platform: str) -> bool:
    """Whether figures and facts of a platform of this name are read."""
    return platform == WORDPRESS.name or platform in _REPORTERS


def make_reporter(platform: str, access: Access) -> Reporter:
    """The reporter of one account. Opens no connection. Raises InvalidInput where there is none."""
    if platform == WORDPRESS.name:
        return _make_wordpress(access)
    if platform not in _REPORTERS:
        msg = f"Nothing is read from {facts_of(platform).title}."
        raise InvalidInput(msg, field="platform")
    module, name = _REPORTERS[platform]
    try:
        room = import_module(f"{_ROOMS}.{module}")
    except ModuleNotFoundError as error:
        msg = f"{facts_of(platform).title} cannot be read by this version."
        raise InvalidInput(msg, field="platform") from error
    made: Reporter = getattr(room, name)(
        account_id=access.account_id, credentials=access.credentials, http=access.http, origins=access.origins,
        clock=access.clock,
    )  # fmt: skip
    return made


def _make_wordpress(access: Access) -> Reporter:
    from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
    from leadmetrics_pipelines.platforms.wordpress.reporter import WordPressReporter

    client = WordPressClient(
        base_url=check_url(access.base_url, allow_loopback=access.allow_loopback),
        username=access.credentials["username"].strip(),
        application_password=access.credentials["application_password"].strip(),
        http=access.http,
        allow_loopback=access.allow_loopback,
    )
    return WordPressReporter(client, clock=access.clock)
