"""The lengths of content on its platform: `domain/lengths.py` with the caps of `platforms/facts.py`.

Used while writing (agents' facts), at saving and approval (`check_lengths`), and before publishing.
"""

from __future__ import annotations

from uuid import UUID

from leadmetrics_pipelines.domain.contents import AnyContent, pictures_of
from leadmetrics_pipelines.domain.counting import COUNTERS
from leadmetrics_pipelines.domain.lengths import NEEDS_PICTURE, TARGETS, Cap, Measure, Target, measure_content
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

_COUNTED = ("hashtags", "mentions", "cashtags", "images")


def caps_of(platform: str) -> dict[str, Cap]:
    """What a platform takes at most, by the name of its limit: text, comment, alt, subject, title, hashtags, ...

    Raises InvalidInput for a platform there is not.
    """
    return {
        name: Cap(most=limit.most, unit=limit.unit if limit.unit in COUNTERS else name)
        for name, limit in facts_of(platform).limits.items()
        if limit.unit in COUNTERS or name in _COUNTED
    }


def target_of(platform: str) -> Target | None:
    """The length that a writer aims at on a platform; None where we have no rule."""
    return TARGETS.get(platform)


def measure(platform: str, content: AnyContent) -> tuple[Measure, ...]:
    """Everything that is counted of this content on this platform."""
    return measure_content(platform, caps_of(platform), content)


def measure_for_channel(work: UnitOfWork, channel_id: UUID | None, content: AnyContent) -> tuple[Measure, ...]:
    """The same, for a channel; without one there are no caps to count against."""
    channel = work.session.get(Channel, channel_id) if channel_id else None
    return measure(channel.platform, content) if channel else ()


def check_approvable(work: UnitOfWork, channel_id: UUID | None, content: AnyContent) -> None:
    """Raise InvalidInput when the platform would surely refuse it: too long, or without the picture it must have.

    A draft may lack the picture, because agents make none; what is approved may not.
    """
    check_lengths(work, channel_id, content)
    channel = work.session.get(Channel, channel_id) if channel_id else None
    if channel and lacks_picture(channel.platform, content):
        msg = f"{facts_of(channel.platform).title} takes no post without a picture. Edit it, and add one."
        raise InvalidInput(msg, field="images")


def lacks_picture(platform: str, content: AnyContent) -> bool:
    """Whether the platform would refuse it because it has no picture."""
    return platform in NEEDS_PICTURE and not pictures_of(content)


def check_lengths(work: UnitOfWork, channel_id: UUID | None, content: AnyContent) -> None:
    """Raise InvalidInput when the channel's platform would not take so much, saying by how much it is over."""
    for one in measure_for_channel(work, channel_id, content):
        if one.over:
            raise InvalidInput(one.sentence, field=one.field)
