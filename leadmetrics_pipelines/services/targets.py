"""Target channels: whether the channels somebody chose exist here and can carry what is made for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.pipelines import TEMPLATES, PipelineTemplate
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork


def check_targets(
    work: UnitOfWork, template: PipelineTemplate, channel_id: UUID | None, channel_ids: Sequence[UUID]
) -> tuple[UUID | None, tuple[UUID, ...]]:
    """The main channel and all channels, tidied: several for social content, else one or none.

    Raises NotFound (no channel of this tenant) or InvalidInput (too many, or a platform that does not carry it).
    """
    wanted = list(dict.fromkeys([*channel_ids, *([channel_id] if channel_id else [])]))
    if channel_id in wanted:  # the main one first
        wanted.sort(key=lambda one: one != channel_id)
    if template.content is not ContentKind.SOCIAL and len(wanted) > 1:
        msg = f"A {template.unit} goes to one channel. Choose one."
        raise InvalidInput(msg, field="channel_ids")
    for one in wanted:
        _check_platform(template, _channel(work, one))
    main = wanted[0] if wanted else None
    return main, tuple(wanted) if template.content is ContentKind.SOCIAL else ()


def channels_for(work: UnitOfWork, template: PipelineTemplate) -> tuple[Channel, ...]:
    """The tenant's channels that could carry it, oldest first."""
    rows = work.session.scalars(select(Channel).where(Channel.tenant_id == work.tenant_id).order_by(Channel.id))
    return tuple(row for row in rows if facts_of(row.platform).kind in template.platforms)


def publishing_channels(work: UnitOfWork) -> tuple[Channel, ...]:
    """The tenant's channels that content can go to, oldest first."""
    wanted = {name for template in TEMPLATES.values() for name in template.platforms}
    rows = work.session.scalars(select(Channel).where(Channel.tenant_id == work.tenant_id).order_by(Channel.id))
    return tuple(row for row in rows if facts_of(row.platform).kind in wanted)


def _channel(work: UnitOfWork, channel_id: UUID) -> Channel:
    found = work.session.scalar(select(Channel).where(Channel.id == channel_id, Channel.tenant_id == work.tenant_id))
    if found is None:
        msg = "There is no such channel in this tenant. Connect it first."
        raise NotFound(msg)
    return found


def _check_platform(template: PipelineTemplate, channel: Channel) -> None:
    facts = facts_of(channel.platform)
    if facts.kind not in template.platforms:
        msg = f"{facts.title} ({channel.name}) does not take a {template.unit}. Choose another channel."
        raise InvalidInput(msg, field="channel_ids")
