"""What is known of each platform's API, as data with source and date: versions, sunsets, limits, credentials.

Limits differ between sources and change without notice (reference/lessons 12 and 18), so none is a bare number in code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from leadmetrics_pipelines.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit, and how we know it."""

    most: int
    unit: str
    source: str
    checked: date


@dataclass(frozen=True, kw_only=True)
class CredentialField:
    """One thing a person enters to connect a channel."""

    name: str
    label: str
    secret: bool
    hint: str


class PlatformKind(StrEnum):
    """What a platform is for (mission 1, "Channel types")."""

    SOCIAL = "social"
    CMS = "cms"
    LOCAL = "local"
    EMAIL = "email"
    ANALYTICS = "analytics"
    ADS = "ads"
    WEBSITE = "website"


@dataclass(frozen=True, kw_only=True)
class ApiVersion:
    """One pinned version of an API, and how we know when it ends."""

    api: str
    version: str
    sunset: date | None
    """Day on which it stops; None when none is announced."""
    source: str
    checked: date


@dataclass(frozen=True, kw_only=True)
class PlatformFacts:
    """What is known of one platform."""

    name: str
    title: str
    kind: PlatformKind
    versions: tuple[ApiVersion, ...]
    credentials: tuple[CredentialField, ...] = ()
    """What a person types in to connect; empty where OAuth connects."""
    limits: dict[str, Limit] = field(default_factory=dict)

    def most(self, limit: str) -> int:
        """The number of a limit by its name."""
        return self.limits[limit].most


_MEASURED = date(2026, 11, 20)

WORDPRESS = PlatformFacts(
    name="wordpress",
    title="WordPress",
    kind=PlatformKind.CMS,
    versions=(
        ApiVersion(
            api="WordPress REST API", version="wp/v2", sunset=None, source="reference wordpress.md", checked=_MEASURED
        ),
    ),
    credentials=(
        CredentialField(
            name="username",
            label="User name",
            secret=False,
            hint="A user of the site with the role Author, Editor or Administrator; its e-mail address works too.",
        ),
        CredentialField(
            name="application_password",
            label="Application password",
            secret=True,
            hint="In the site's admin: Users, Profile, Application Passwords. Not the password for signing in.",
        ),
    ),
    limits={
        "slug_characters": Limit(
            most=190, unit="characters", source="measured: the site cuts at 200; room for a suffix", checked=_MEASURED
        ),
        "request_bytes": Limit(
            most=1024 * 1024,
            unit="bytes",
            source="nginx refuses larger bodies unless told otherwise (client_max_body_size); WordPress has no limit",
            checked=_MEASURED,
        ),
        "image_bytes": Limit(
            most=20 * 1024 * 1024,
            unit="bytes",
            source="our own rule; measured: raw uploads are not stopped by upload_max_filesize",
            checked=_MEASURED,
        ),
    },
)


WEBSITE = PlatformFacts(name="website", title="Website", kind=PlatformKind.WEBSITE, versions=())


def _collect() -> tuple[PlatformFacts, ...]:
    """One import and one name for each room."""
    from leadmetrics_pipelines.platforms.google.facts import GOOGLE
    from leadmetrics_pipelines.platforms.klaviyo.facts import KLAVIYO
    from leadmetrics_pipelines.platforms.linkedin.facts import LINKEDIN
    from leadmetrics_pipelines.platforms.mailchimp.facts import MAILCHIMP
    from leadmetrics_pipelines.platforms.meta.facts import META
    from leadmetrics_pipelines.platforms.tiktok.facts import TIKTOK
    from leadmetrics_pipelines.platforms.webflow.facts import WEBFLOW
    from leadmetrics_pipelines.platforms.wordpress_com.facts import WORDPRESS_COM
    from leadmetrics_pipelines.platforms.x.facts import X

    return (WORDPRESS, WEBSITE, LINKEDIN, X, *GOOGLE, *META, TIKTOK, MAILCHIMP, KLAVIYO, WEBFLOW, WORDPRESS_COM)


class _Platforms(Mapping[str, PlatformFacts]):
    """All facts by the platform's name. Collected when first asked: rooms make theirs of the classes above."""

    @cached_property
    def _by_name(self) -> dict[str, PlatformFacts]:
        return {facts.name: facts for facts in _collect()}

    def __getitem__(self, name: str) -> PlatformFacts:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


PLATFORMS = _Platforms()


def facts_of(platform: str) -> PlatformFacts:
    """The facts of a platform, or InvalidInput naming the platforms there are."""
    try:
        return PLATFORMS[platform]
    except KeyError:
        msg = f"There is no platform '{platform}'. Platforms: {', '.join(PLATFORMS)}."
        raise InvalidInput(msg, field="platform") from None
