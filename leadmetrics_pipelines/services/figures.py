"""Daily figures of channels: read from their platforms, and stored by one upsert per channel that may be repeated.

Platforms restate: a figure that is told again replaces what was stored. One that is no longer told (a query that fell
out of a day's first ones) stays as it was last told; `read_at` says when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import text

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.platforms.reading import DailyFigure
from leadmetrics_pipelines.services.reading import ChannelProblem, find_readable, open_reporter, read_until
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.snapshots import READER
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

log = structlog.get_logger(__name__)

# The same figure twice in one answer would stop the upsert: the last one is taken.
_UPSERT = text("""
WITH once AS (
    SELECT DISTINCT ON (day, metric, dimension) *
    FROM unnest(CAST(:days AS date[]), CAST(:metrics AS text[]), CAST(:dimensions AS text[]),
                CAST(:values AS double precision[])) WITH ORDINALITY AS told (day, metric, dimension, value, n)
    ORDER BY day, metric, dimension, n DESC
), stored AS (
    INSERT INTO channel_figures (tenant_id, channel_id, day, metric, dimension, value, read_at)
    SELECT :tenant, :channel, day, metric, dimension, value, :now FROM once
    ON CONFLICT (channel_id, day, metric, dimension) DO UPDATE SET value = excluded.value, read_at = excluded.read_at
    WHERE channel_figures.value <> excluded.value
    RETURNING 1
)
SELECT count(*) FROM stored
""")


@dataclass(frozen=True, kw_only=True)
class FiguresReport:
    """What was read of one tenant's month. `changed`: figures that are new or were restated."""

    channels: int
    figures: int
    changed: int
    problems: tuple[ChannelProblem, ...] = ()
    skipped: str = ""


def read_figures(
    runtime: Runtime, *, tenant: UUID, month: Month, run_id: str | None = None, actor: Actor = READER
) -> FiguresReport:
    """Read the days of a month that are over, of every connected channel, and store what is new or restated.

    Any past month may be asked for; platforms leave out what they no longer keep.
    """
    now = runtime.clock.now()
    last = read_until(month, now) or month.last_day
    if month.first_day > now.date():
        return FiguresReport(channels=0, figures=0, changed=0, skipped=f"{month.title} has not begun.")
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        channels = find_readable(work)
    read = changed = 0
    problems: list[ChannelProblem] = []
    for channel in channels:
        try:
            figures = open_reporter(runtime, channel).figures(month.first_day, last)
        except LeadmetricsError as error:
            problems.append(ChannelProblem(channel=channel.name, problem=str(error)))
            continue
        except Exception:
            log.exception("figures failed", channel=channel.id, platform=channel.platform, run=run_id)
            problems.append(ChannelProblem(channel=channel.name, problem="The platform's answer was not understood."))
            continue
        with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
            changed += store_figures(work, channel, figures)
        read += len(figures)
    return FiguresReport(channels=len(channels), figures=read, changed=changed, problems=tuple(problems))


def store_figures(work: UnitOfWork, channel: Channel, figures: Sequence[DailyFigure]) -> int:
    """Upsert figures of a channel; the number that are new or restated. Repeating it changes nothing."""
    if not figures:
        return 0
    values = {
        "tenant": channel.tenant_id, "channel": channel.id, "now": work.now,
        "days": [figure.day for figure in figures], "metrics": [figure.metric for figure in figures],
        "dimensions": [figure.dimension for figure in figures], "values": [float(figure.value) for figure in figures],
    }  # fmt: skip
    return int(work.session.execute(_UPSERT, values).scalar_one())
