"""The publisher of a channel, with access that will last for a pass: renewed before, and once after a refusal."""

from __future__ import annotations

from leadmetrics_pipelines.platforms.connectors import connects_by_oauth
from leadmetrics_pipelines.platforms.publishing import Publisher
from leadmetrics_pipelines.services.renewals import ensure_fresh
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel


def open_publisher(runtime: Runtime, channel: Channel) -> tuple[Publisher, Channel]:
    """The channel's publisher, and the channel as it is then. Tokens whose end is near are renewed first.

    Raises AccessRevoked (a person must connect it again, and was told), or a passing error when they cannot be renewed
    just now; nothing was sent.
    """
    if not connects_by_oauth(channel.platform):
        return runtime.publisher(channel), channel
    fresh = ensure_fresh(runtime, channel.tenant_id, channel.id)
    return runtime.publisher(fresh), fresh


def renew_publisher(runtime: Runtime, channel: Channel) -> Publisher | None:
    """The channel's publisher with fresh tokens, after the platform refused those of `channel`; None: none to renew.

    Raises as `open_publisher`.
    """
    if not connects_by_oauth(channel.platform):
        return None
    fresh = ensure_fresh(runtime, channel.tenant_id, channel.id, refused_version=channel.credentials_version)
    return runtime.publisher(fresh)
