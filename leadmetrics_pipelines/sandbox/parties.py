"""Which twins of platforms there are. A new one is added here and in `faults.py` (its name and hosts)."""

from __future__ import annotations

from collections.abc import Callable

from leadmetrics_pipelines.sandbox.google.twin import GoogleTwin
from leadmetrics_pipelines.sandbox.klaviyo.twin import KlaviyoTwin
from leadmetrics_pipelines.sandbox.linkedin.twin import LinkedInTwin
from leadmetrics_pipelines.sandbox.mailchimp.twin import MailchimpTwin
from leadmetrics_pipelines.sandbox.meta.twin import MetaTwin
from leadmetrics_pipelines.sandbox.tiktok.twin import TikTokTwin
from leadmetrics_pipelines.sandbox.webflow.twin import WebflowTwin
from leadmetrics_pipelines.sandbox.wordpress_com.twin import WordPressComTwin
from leadmetrics_pipelines.sandbox.world import Twin, World
from leadmetrics_pipelines.sandbox.x.twin import XTwin

_TWINS: tuple[Callable[[World], Twin], ...] = (
    LinkedInTwin,
    XTwin,
    MailchimpTwin,
    MetaTwin,
    TikTokTwin,
    GoogleTwin,
    KlaviyoTwin,
    WebflowTwin,
    WordPressComTwin,
)


def make_twins(world: World) -> tuple[Twin, ...]:
    """All twins, in the order in which pages list them."""
    return tuple(make(world) for make in _TWINS)
