"""The publisher of a channel, with access that will last for a pass."""

from __future__ import annotations

from leadmetrics_pipelines.platforms.publishing import Publisher
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel


def open_publisher(runtime: Runtime, channel: Channel) -> Publisher:
    """The channel's publisher. Raises what opening raises."""
    return runtime.publisher(channel)


def renew_publisher(runtime: Runtime, channel: Channel) -> Publisher | None:  # noqa: ARG001 - until tokens renew
    """The channel's publisher with fresh tokens, after the platform refused the old ones; None: none to renew."""
    return None
