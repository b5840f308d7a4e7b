"""Assets of channels' access: tokens that are fresh, and the answer to "does it still work?".

Not partitioned: one run is for all tenants, and one tenant's failure loses no other's result. Keep out: what is read
from a channel, and what is published on it.
"""

from typing import TYPE_CHECKING

import dagster as dg

from assets.groups import OWNERS, Group
from resources.runtime import RuntimeResource

if TYPE_CHECKING:
    from collections.abc import Sequence


@dg.asset(
    group_name=Group.CHANNELS,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "Fresh tokens of every channel whose renewal is due. Reads `channels`; asks the platforms' token endpoints; "
        "writes `channels` (sealed), and an alert with a task for the client's admin where only a person can help. "
        "Drops what unfinished connecting left behind."
    ),
)
def channel_access(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Renew what is due."""
    from leadmetrics_pipelines.services.connections import forget_old_attempts
    from leadmetrics_pipelines.services.renewals import renew_due

    report = renew_due(runtime.get(), tell=context.log.info)
    with runtime.across_tenants() as work:
        forget_old_attempts(work)
    context.add_output_metadata(
        {"channels": report.total, **{str(outcome): count for outcome, count in report.counts.items()}}
        | {"refused or unanswered": _bullets(report.problems)}
    )
    _fail_for(report.broken)


@dg.asset(
    group_name=Group.CHANNELS,
    owners=OWNERS,
    kinds={"postgres"},
    description=(
        "Whether each channel still works, by a read-only question to its platform. Reads `channels`; writes what the "
        "platform said, an alert with a task where access is refused, and an alert where an API version ends soon."
    ),
)
def channel_probes(context: dg.AssetExecutionContext, runtime: RuntimeResource) -> None:
    """Ask every platform, and look at the versions."""
    from leadmetrics_pipelines.services.probes import probe_all
    from leadmetrics_pipelines.services.versions import warn_of_sunsets

    report = probe_all(runtime.get(), tell=context.log.info)
    ending = warn_of_sunsets(runtime.get())
    counts = {"fine": report.fine, "refused": len(report.refused), "away": len(report.away), "ending": len(ending)}
    context.add_output_metadata(counts | {"to mend": _bullets((*report.refused, *report.away))})
    _fail_for(report.broken)


def _bullets(lines: "Sequence[str]") -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md("\n".join(f"- {line}" for line in lines[:50]) or "none")


def _fail_for(broken: "Sequence[str]") -> None:
    if broken:
        raise dg.Failure(
            f"{len(broken)} channels need an operator; the rest is done.", metadata={"channels": _bullets(broken)}
        )
