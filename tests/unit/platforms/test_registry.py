"""From names to publishers."""

from __future__ import annotations

from importlib import import_module

import pytest

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.facts import PLATFORMS, PlatformKind
from leadmetrics_pipelines.platforms.publishing import Traits
from leadmetrics_pipelines.platforms.registry import ROOMS, Access, make_publisher, publisher_module, publishes
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher

CREDENTIALS = {"username": "editor", "application_password": "aaaa bbbb cccc"}


def access_to(url: str, credentials: dict[str, str]) -> Access:
    """The way to a site."""
    return Access(base_url=url, credentials=credentials, http=HttpClients(), clock=SystemClock())


def test_a_publisher_is_made_without_a_connection() -> None:
    """Sockets are closed in this tier."""
    made = make_publisher("wordpress", access_to("https://shop.example", CREDENTIALS))
    assert isinstance(made, WordPressPublisher)


@pytest.mark.parametrize(
    ("platform", "url", "credentials", "says"),
    [
        ("myspace", "https://shop.example", CREDENTIALS, "no platform 'myspace'. Platforms: "),
        ("wordpress", "https://shop.example", {"username": "editor"}, "needs Application password"),
        ("wordpress", "https://shop.example", {}, "needs User name and Application password"),
        ("wordpress", "http://shop.example", CREDENTIALS, "no encryption"),
        ("wordpress", "https://127.0.0.1", CREDENTIALS, "not a public address"),
    ],
)
def test_what_is_missing_is_named(platform: str, url: str, credentials: dict[str, str], says: str) -> None:
    """Before anything is opened."""
    with pytest.raises(InvalidInput, match=says):
        make_publisher(platform, access_to(url, credentials))


def test_every_limit_has_a_source_and_a_date() -> None:
    """Limits differ between sources; one without its source cannot be checked again."""
    for facts in PLATFORMS.values():
        # A tenant's own website has no API, so no version of one.
        assert facts.versions or facts.kind is PlatformKind.WEBSITE
        for limit in facts.limits.values():
            assert limit.source
            assert limit.checked.year >= 2026


def test_every_platform_that_is_published_to_has_its_room() -> None:
    """Its facts, and a publisher that says how it may be treated and what a first comment is, where it takes one."""
    published = [platform for platform in PLATFORMS if publishes(platform) and platform != "wordpress"]
    assert len(published) == 10
    for platform in published:
        room = import_module(f"{ROOMS}.{publisher_module(platform)}")
        (made,) = [
            thing
            for name, thing in vars(room).items()
            if name.endswith("Publisher") and hasattr(thing, "traits") and thing.__module__ == room.__name__
        ]
        assert isinstance(made.traits, Traits)
        assert made.traits.resends is (PLATFORMS[platform].kind is not PlatformKind.EMAIL)
