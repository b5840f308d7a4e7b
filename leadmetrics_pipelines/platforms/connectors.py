"""From a platform's name and the agency's app to its connector, and what connecting is like on each platform, as data.

Rooms are imported when they are asked for. Keep out: how a platform connects; that is in its room's `oauth.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from leadmetrics_pipelines.errors import InvalidInput

if TYPE_CHECKING:
    from leadmetrics_pipelines.kit.clock import Clock
    from leadmetrics_pipelines.kit.http import HttpClients
    from leadmetrics_pipelines.kit.origins import Origins
    from leadmetrics_pipelines.platforms.connecting import AppKeys, Connector, Credentials, Scope

_ROOMS = "leadmetrics_pipelines.platforms"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one platform is connected by OAuth."""

    family: str
    """Whose app is used: Facebook, Instagram and Meta Ads share one, so do Google's products."""
    module: str
    connector: str
    renews_by: Literal["refresh_token", "access_token", ""] = "refresh_token"
    """Which stored token a renewal needs; empty where nothing ends."""
    rotates: bool = False
    """Whether a refresh token works once: after a lost answer the stored one may be dead."""
    gives_back: Literal["token", "person", "never"] = "token"
    """What `revoke` ends: this token's consent, or all that one person gave our app; never: there is no call for it."""


WAYS: Mapping[str, Way] = {
    "linkedin": Way(family="linkedin", module="linkedin.oauth", connector="LinkedInConnector", gives_back="never"),
    "facebook": Way(
        family="meta", module="meta.oauth", connector="FacebookConnector", renews_by="access_token", gives_back="person"
    ),
    "instagram": Way(
        family="meta",
        module="meta.oauth",
        connector="InstagramConnector",
        renews_by="access_token",
        gives_back="person",
    ),
    "x": Way(family="x", module="x.oauth", connector="XConnector", rotates=True),
    "tiktok": Way(family="tiktok", module="tiktok.oauth", connector="TikTokConnector", rotates=True),
    "google_business": Way(
        family="google", module="google.business.oauth", connector="GoogleBusinessConnector", gives_back="person"
    ),
    "search_console": Way(
        family="google", module="google.search_console.oauth", connector="SearchConsoleConnector", gives_back="person"
    ),
    "ga4": Way(family="google", module="google.analytics.oauth", connector="AnalyticsConnector", gives_back="person"),
    "google_ads": Way(family="google", module="google.ads.oauth", connector="GoogleAdsConnector", gives_back="person"),
    "meta_ads": Way(
        family="meta", module="meta.oauth", connector="MetaAdsConnector", renews_by="access_token", gives_back="person"
    ),
    "webflow": Way(family="webflow", module="webflow.oauth", connector="WebflowConnector", renews_by=""),
    "mailchimp": Way(
        family="mailchimp", module="mailchimp.oauth", connector="MailchimpConnector", renews_by="", gives_back="never"
    ),
    "klaviyo": Way(family="klaviyo", module="klaviyo.oauth", connector="KlaviyoConnector"),
    "wordpress_com": Way(family="wordpress_com", module="wordpress_com.oauth", connector="WordPressComConnector"),
}


def connects_by_oauth(platform: str) -> bool:
    """Whether a person connects it on the platform's own pages."""
    return platform in WAYS


def app_family(platform: str) -> str:
    """Whose app keys a platform uses. Raises InvalidInput when it is not connected by OAuth."""
    return _way(platform).family


def can_renew(platform: str, credentials: Credentials) -> bool:
    """Whether what is stored is enough to renew without a person. LinkedIn gives most apps no refresh token."""
    token = WAYS[platform].renews_by if platform in WAYS else ""
    return bool(token and credentials.get(token))


def asked_scopes(platform: str) -> tuple[Scope, ...]:
    """The rights that connecting asks for, with what each is for; none where there is nothing to grant."""
    if platform not in WAYS or not has_room(platform):
        return ()
    way = WAYS[platform]
    found: tuple[Scope, ...] = getattr(importlib.import_module(f"{_ROOMS}.{way.module}"), way.connector).scopes
    return found


def has_room(platform: str) -> bool:
    """Whether the platform can be connected by now."""
    try:
        return importlib.util.find_spec(f"{_ROOMS}.{_way(platform).module}") is not None
    except ModuleNotFoundError:
        return False


def gives_back(platform: str) -> Literal["token", "person", "never", "typed"]:
    """What giving an access back would end; `typed`: the platform is connected by a password that a person typed."""
    return WAYS[platform].gives_back if platform in WAYS else "typed"


def make_connector(platform: str, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> Connector:
    """The connector of a platform. Opens no connection. Raises InvalidInput for one that has none."""
    way = _way(platform)
    try:
        room = importlib.import_module(f"{_ROOMS}.{way.module}")
    except ModuleNotFoundError as error:
        raise InvalidInput(f"{platform} cannot be connected yet.", field="platform") from error
    make = cast("Callable[..., Connector]", getattr(room, way.connector))
    return make(keys=keys, http=http, origins=origins, clock=clock)


def _way(platform: str) -> Way:
    if platform not in WAYS:
        msg = f"{platform} is not connected on the platform's own pages. Those that are: {', '.join(WAYS)}."
        raise InvalidInput(msg, field="platform")
    return WAYS[platform]
